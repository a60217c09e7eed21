package registersdb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/registers"
)

// ImportPeople stores what a file says about some people, in one commit with their audit
// lines and the mails to them, and tells what became of each, in the order of the file. A
// dry run writes nothing. // G2.5, G2.8
func (s *Store) ImportPeople(ctx context.Context, i registers.Import, people []registers.Person) (out []registers.Outcome, err error) {
	if i.Lines == nil {
		i.Lines = make(map[string]int)
	}
	if i.DryRun {
		return importPeople(ctx, s.DB.Read(), nil, i, people)
	}
	err = s.DB.Tx(ctx, func(tx *db.Tx) (err error) {
		out, err = importPeople(ctx, tx, tx, i, people)
		return err
	})
	return out, err
}

// importPeople reads from q and writes into tx, unless that is nil.
func importPeople(ctx context.Context, q db.Queryer, tx *db.Tx, i registers.Import, people []registers.Person) ([]registers.Outcome, error) {
	out := make([]registers.Outcome, len(people))
	var order []int // of those who have an account
	accounts := make([]account.Account, len(people))
	for n, p := range people {
		a, found, err := accountNamed(ctx, q, p)
		if err != nil {
			return nil, err
		}
		out[n] = registers.Outcome{Line: p.Line, Account: a.ID, Code: a.Code}
		if !found {
			out[n].Left = "there is no such account"
			continue
		}
		if line, named := i.Lines[a.ID]; named && line != p.Line {
			out[n].Left = fmt.Sprintf("line %d names the same account in another way", line)
			continue
		}
		i.Lines[a.ID] = p.Line
		accounts[n], order = a, append(order, n)
	}
	// Two imports at once lock the accounts in the same order.
	slices.SortStableFunc(order, func(x, y int) int { return strings.Compare(accounts[x].ID, accounts[y].ID) })
	for _, n := range order {
		a := accounts[n]
		if tx != nil {
			var err error
			if a, err = accountdb.Hold(ctx, tx, a.ID); err != nil {
				return nil, err
			}
		}
		change, left, err := compare(ctx, q, i, a, people[n])
		if err != nil {
			return nil, err
		}
		out[n].Changed, out[n].Kept, out[n].Left = change.Words, change.Kept, left
		if tx != nil && left == "" && len(change.Fields) > 0 {
			if err := takeOver(ctx, tx, i, a, change); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// accountNamed finds an account by the Codice Persona, or by the codice fiscale that it has
// proved; one that was merged gives the account that it lives on in.
func accountNamed(ctx context.Context, q db.Queryer, p registers.Person) (account.Account, bool, error) {
	if p.Code != "" {
		return accountdb.One(ctx, q, `FROM person_code c JOIN account a ON a.id = c.account_id WHERE c.code = $1`, string(p.Code))
	}
	return accountdb.One(ctx, q, `FROM account a WHERE a.fiscal_code = $1`, string(p.FiscalCode))
}

func compare(ctx context.Context, q db.Queryer, i registers.Import, a account.Account, p registers.Person) (c registers.Change, left string, err error) {
	k := registers.Known{Account: a}
	if k.Attributes, err = accountdb.Attributes(ctx, q, a.ID); err != nil {
		return c, "", err
	}
	if k.Ties, err = affiliations(ctx, q, `WHERE account_id = $1 AND source = 'register' ORDER BY from_at, id`, a.ID); err != nil {
		return c, "", err
	}
	c, left = registers.Compare(k, p, i.Now)
	return c, left, nil
}

// takeOver writes what is new about a person.
func takeOver(ctx context.Context, tx *db.Tx, i registers.Import, a account.Account, c registers.Change) error {
	for _, one := range c.Attributes {
		if err := accountdb.SetAttribute(ctx, tx, a.ID, one); err != nil {
			return err
		}
	}
	for _, one := range c.Ties {
		if err := setAffiliation(ctx, tx, a.ID, one); err != nil {
			return err
		}
	}
	if err := registerLine(ctx, tx, i, a.ID, fmt.Sprint(c.Fields)); err != nil || c.Notice == nil {
		return err
	}
	return shareddb.QueueMessage(ctx, tx, i.Tell(a, *c.Notice), i.Now)
}

// registerLine tells the audit log, and so the holder, which data a register changed.
func registerLine(ctx context.Context, q db.Execer, i registers.Import, accountID, fields string) error {
	ev := i.Event
	ev.Detail = map[string]string{"fields": fields, "import": i.ID}
	return accountdb.WriteEvent(ctx, q, ev, audit.RegisterTold, accountID)
}

// OpenAffiliations are the affiliations of a kind that a register told and that hold now or later.
func (s *Store) OpenAffiliations(ctx context.Context, kind string, i registers.Import) ([]registers.Open, error) {
	rows, err := s.DB.Read().QueryContext(ctx, `SELECT f.id, f.account_id, a.code FROM affiliation f JOIN account a ON a.id = f.account_id
		WHERE f.kind = $1 AND f.source = 'register' AND (f.until_at = 0 OR f.until_at > $2 AND f.until_at > f.from_at)`, kind, db.Micros(i.Now))
	if err != nil {
		return nil, fmt.Errorf("registersdb: open affiliations: %w", err)
	}
	defer rows.Close()
	var list []registers.Open
	for rows.Next() {
		var o registers.Open
		var code string
		if err := rows.Scan(&o.ID, &o.Account, &code); err != nil {
			return nil, fmt.Errorf("registersdb: open affiliations: %w", err)
		}
		o.Code = account.Code(code)
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b registers.Open) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.ID, b.ID))
	})
	return list, rows.Err()
}

// EndAffiliations ends affiliations now, in one commit with a line in the history of each person; one
// that has not begun never does.
func (s *Store) EndAffiliations(ctx context.Context, i registers.Import, list []registers.Open) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, o := range list {
			res, err := tx.ExecContext(ctx, `UPDATE affiliation SET until_at = CASE WHEN from_at > $1 THEN from_at ELSE $1 END, at = $1
				WHERE id = $2 AND source = 'register' AND (until_at = 0 OR until_at > $1 AND until_at > from_at)`, db.Micros(i.Now), o.ID)
			if err != nil {
				return fmt.Errorf("registersdb: end affiliation: %w", err)
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				if err != nil {
					return err
				}
				continue // ended meanwhile, or erased
			}
			if err := registerLine(ctx, tx, i, o.Account, "[affiliation]"); err != nil {
				return err
			}
		}
		return nil
	})
}

// NoteImport writes that a file is imported, before anything is changed, and what came of
// it, after.
func (s *Store) NoteImport(ctx context.Context, ev audit.Event) error {
	ev.Action, ev.Outcome = audit.RegisterImported, audit.OK
	return s.DB.One(ctx, func(q db.Queryer) error { return shareddb.AppendAudit(ctx, q, ev) })
}
