package deskdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/gateway/helpdesk"
)

// ErrTwoPeople: the accounts have proved different codici fiscali.
var ErrTwoPeople = fault.New(fault.Conflict, "error.helpdesk.two_people").For("two_people")

// PreviewMerge tells what a merge would do.
func (s *Store) PreviewMerge(ctx context.Context, into, from string) (helpdesk.Preview, error) {
	var p helpdesk.Preview
	var err error
	if p.Into, err = s.Accounts.Account(ctx, into); err != nil {
		return p, err
	}
	if p.From, err = s.Accounts.Account(ctx, from); err != nil {
		return p, err
	}
	if p.Identities, err = s.Accounts.Identities(ctx, from); err != nil {
		return p, err
	}
	have, err := s.Accounts.Attributes(ctx, into)
	if err != nil {
		return p, err
	}
	other, err := s.Accounts.Attributes(ctx, from)
	if err != nil {
		return p, err
	}
	for _, a := range other {
		if has(have, a) {
			p.Kept = append(p.Kept, a.Name)
		} else {
			p.Added = append(p.Added, a.Name)
		}
	}
	p.Conflict = twoPeople(p.Into, p.From)
	return p, nil
}

// has tells whether a source has said something of that name.
func has(list []account.Attribute, a account.Attribute) bool {
	for _, b := range list {
		if b.Name == a.Name && b.Source == a.Source {
			return true
		}
	}
	return false
}

func twoPeople(a, b account.Account) bool {
	return a.ID == b.ID || a.FiscalCode != "" && b.FiscalCode != "" && a.FiscalCode != b.FiscalCode
}

// moved is what a merge took from the other account, for its undo.
type moved struct {
	State      account.State       `json:"state"`
	Identities []string            `json:"identities,omitempty"`
	Attributes []account.Attribute `json:"attributes,omitempty"`
	// Ties are rows of affiliations and of authorisations of parents.
	Ties []string `json:"ties,omitempty"`
	// Units are those whose clerks find the person now too.
	Units []string `json:"units,omitempty"`
	// Fiscal is set when the codice fiscale went over.
	Fiscal string `json:"fiscal_code,omitempty"`
}

// mergeAccounts lets the account a.Other live on in the holder's: its identities lead here, its
// Codice Persona becomes an alias, what it knew and this one did not is added. All
// sessions of both end.
func mergeAccounts(ctx context.Context, tx *db.Tx, a helpdesk.Act, into account.Account) error {
	from, err := accountdb.Hold(ctx, tx, a.Other)
	if err != nil {
		return err
	}
	open := into.State == account.Active && (from.State == account.Active || from.State == account.Frozen)
	switch {
	case !open:
		return ErrState
	case twoPeople(into, from):
		return ErrTwoPeople
	}
	m := moved{State: from.State}
	if m.Identities, err = accountdb.Texts(ctx, tx, `UPDATE identity SET account_id = $1 WHERE account_id = $2 RETURNING id`, into.ID, from.ID); err != nil {
		return err
	}
	if m.Attributes, err = addMissing(ctx, tx, into.ID, from.ID); err != nil {
		return err
	}
	if m.Ties, err = moveTies(ctx, tx, into.ID, from.ID); err != nil {
		return err
	}
	m.Units, err = accountdb.Texts(ctx, tx, `INSERT INTO account_unit (account_id, unit, source, at)
		SELECT $1, unit, source, at FROM account_unit WHERE account_id = $2 ON CONFLICT (account_id, unit) DO NOTHING RETURNING unit`, into.ID, from.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE account SET state = $1, fiscal_code = NULL WHERE id = $2`, string(account.Merged), from.ID); err != nil {
		return fmt.Errorf("deskdb: merge: %w", err)
	}
	if into.FiscalCode == "" && from.FiscalCode != "" {
		m.Fiscal = string(from.FiscalCode)
		if _, err := tx.ExecContext(ctx, `UPDATE account SET fiscal_code = $1 WHERE id = $2`, m.Fiscal, into.ID); err != nil {
			return fmt.Errorf("deskdb: merge: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, `UPDATE person_code SET account_id = $1 WHERE account_id = $2`, into.ID, from.ID); err != nil {
		return fmt.Errorf("deskdb: alias of a codice persona: %w", err)
	}
	if err := remember(ctx, tx, a.ID, m); err != nil {
		return err
	}
	if err := settled(ctx, tx, a, into.ID, from.ID); err != nil {
		return err
	}
	return parted(ctx, tx, a, into.ID, from.ID, audit.AccountMerged)
}

// moveTies lets what a register or a desk said of one account be said of the other, since
// both are one person: affiliations that the other has not, and authorisations of parents.
// It gives the ids of the rows, for the undo.
func moveTies(ctx context.Context, tx *db.Tx, into, from string) (ids []string, err error) {
	ids, err = accountdb.Texts(ctx, tx, `UPDATE affiliation SET account_id = $1 WHERE account_id = $2 AND NOT EXISTS (
			SELECT 1 FROM affiliation o WHERE o.account_id = $1 AND o.kind = affiliation.kind AND o.unit = affiliation.unit
			AND o.from_at = affiliation.from_at AND o.source = affiliation.source) RETURNING id`, into, from)
	if err != nil {
		return nil, err
	}
	more, err := accountdb.Texts(ctx, tx, `UPDATE parental_authorisation SET account_id = $1 WHERE account_id = $2 RETURNING id`, into, from)
	return append(ids, more...), err
}

func addMissing(ctx context.Context, tx *db.Tx, into, from string) (added []account.Attribute, err error) {
	have, err := accountdb.Attributes(ctx, tx, into)
	if err != nil {
		return nil, err
	}
	other, err := accountdb.Attributes(ctx, tx, from)
	if err != nil {
		return nil, err
	}
	for _, one := range other {
		if has(have, one) {
			continue
		}
		if err := accountdb.SetAttribute(ctx, tx, into, one); err != nil {
			return nil, err
		}
		added = append(added, one)
	}
	return added, nil
}

func remember(ctx context.Context, tx *db.Tx, request string, m moved) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("deskdb: merge: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `UPDATE desk_request SET moved = $1 WHERE id = $2`, string(text), request); err != nil {
		return fmt.Errorf("deskdb: merge: %w", err)
	}
	return nil
}

// parted ends the sessions of both accounts and writes a line into the history of each.
func parted(ctx context.Context, tx *db.Tx, a helpdesk.Act, into, from, action string) error {
	for _, one := range [][3]string{{into, "from", from}, {from, "into", into}} {
		if _, err := sessiondb.EndOthers(ctx, tx, one[0], "", "helpdesk", a.Event); err != nil {
			return err
		}
		ev := a.Event
		ev.Detail = map[string]string{one[1]: one[2], "request": a.ID}
		if err := accountdb.WriteEvent(ctx, tx, ev, action, one[0]); err != nil {
			return err
		}
	}
	return nil
}

// partAccounts gives back what the merge of the request a.Other took, as far as it is still
// there: an identity that was unlinked since does not come back.
func partAccounts(ctx context.Context, tx *db.Tx, a helpdesk.Act, into account.Account) error {
	var fromID, text string
	err := tx.QueryRowContext(ctx, `SELECT other, moved FROM desk_request WHERE id = $1 AND account_id = $2 AND deed = $3 AND state = 'done' AND moved <> ''`,
		a.Other, into.ID, string(helpdesk.Merge)).Scan(&fromID, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrState
	}
	if err != nil {
		return fmt.Errorf("deskdb: undo a merge: %w", err)
	}
	var m moved
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return fmt.Errorf("deskdb: undo a merge: %w", err)
	}
	from, err := accountdb.Hold(ctx, tx, fromID)
	if err != nil {
		return err
	}
	if from.State != account.Merged {
		return ErrState
	}
	if err := giveBack(ctx, tx, m, into.ID, from); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE desk_request SET moved = '' WHERE id = $1`, a.Other); err != nil {
		return fmt.Errorf("deskdb: undo a merge: %w", err)
	}
	return parted(ctx, tx, a, into.ID, from.ID, audit.AccountUnmerged)
}

func giveBack(ctx context.Context, tx *db.Tx, m moved, into string, from account.Account) error {
	do := func(query string, args ...any) error {
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return fmt.Errorf("deskdb: undo a merge: %w", err)
		}
		return nil
	}
	for _, id := range m.Identities {
		if err := do(`UPDATE identity SET account_id = $1 WHERE id = $2 AND account_id = $3`, from.ID, id, into); err != nil {
			return err
		}
	}
	for _, one := range m.Attributes {
		if err := do(`DELETE FROM attribute WHERE account_id = $1 AND name = $2 AND source = $3 AND value = $4`, into, one.Name, string(one.Source), one.Value); err != nil {
			return err
		}
	}
	for _, id := range m.Ties {
		for _, table := range []string{"affiliation", "parental_authorisation"} {
			if err := do(`UPDATE `+table+` SET account_id = $1 WHERE id = $2 AND account_id = $3`, from.ID, id, into); err != nil {
				return err
			}
		}
	}
	for _, unit := range m.Units {
		if err := do(`DELETE FROM account_unit WHERE account_id = $1 AND unit = $2`, into, unit); err != nil {
			return err
		}
	}
	if m.Fiscal != "" {
		if err := do(`UPDATE account SET fiscal_code = NULL WHERE id = $1 AND fiscal_code = $2`, into, m.Fiscal); err != nil {
			return err
		}
	}
	if err := do(`UPDATE person_code SET account_id = $1 WHERE code = $2`, from.ID, string(from.Code)); err != nil {
		return err
	}
	return do(`UPDATE account SET state = $1, fiscal_code = $2 WHERE id = $3`, string(m.State), accountdb.Nullable(m.Fiscal), from.ID)
}
