package codesdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/codeimport"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/people/person"
)

// errDryRun undoes what was tried.
var errDryRun = errors.New("codesdb: dry run")

// ImportCodes writes a batch of lines in one commit, with an audit line for each account
// that is made or changed. The same lines again change nothing. // G3.5
func (s *Store) ImportCodes(ctx context.Context, b codeimport.Batch) (results []codeimport.Result, err error) {
	err = accountdb.Racing(ctx, s.DB, func(tx *db.Tx) error {
		results = make([]codeimport.Result, 0, len(b.Lines))
		for _, line := range b.Lines {
			r, err := importLine(ctx, tx, b, line)
			if err != nil {
				return fmt.Errorf("line %d: %w", line.Number, err)
			}
			r.Line = line
			results = append(results, r)
		}
		if b.DryRun {
			return errDryRun
		}
		return nil
	})
	if errors.Is(err, errDryRun) {
		err = nil
	}
	return results, err
}

func importLine(ctx context.Context, tx *db.Tx, b codeimport.Batch, line codeimport.Line) (codeimport.Result, error) {
	var owner string
	err := tx.QueryRowContext(ctx, `SELECT account_id FROM person_code WHERE code = $1`, string(line.Code)).Scan(&owner)
	taken := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return codeimport.Result{}, fmt.Errorf("codesdb: import code: %w", err)
	}
	switch {
	case owner != "":
		return importKnown(ctx, tx, b, line, owner)
	case line.Names():
		return importPerson(ctx, tx, b, line)
	case taken:
		return codeimport.Result{Outcome: codeimport.Unchanged}, nil
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO person_code (code, account_id, assigned_at) VALUES ($1, '', $2)`, string(line.Code), db.Micros(b.Now))
	return codeimport.Result{Outcome: codeimport.Reserved}, err
}

// importKnown compares a line with the account that has the code already.
func importKnown(ctx context.Context, tx *db.Tx, b codeimport.Batch, line codeimport.Line, owner string) (codeimport.Result, error) {
	a, err := accountdb.Hold(ctx, tx, owner)
	if err != nil {
		return codeimport.Result{}, err
	}
	before, err := accountdb.SaidBefore(ctx, tx, a.ID, account.FromRegister)
	if err != nil {
		return codeimport.Result{}, err
	}
	imported := before[person.GivenName] != "" || before[person.FamilyName] != ""
	alias := a.Code != line.Code && line.FiscalCode != "" && a.FiscalCode == line.FiscalCode
	switch {
	case alias, imported && !line.Names():
		return codeimport.Result{Outcome: codeimport.Unchanged, Other: a.Code}, nil
	case !imported || a.Code != line.Code:
		return refusedLine(codeimport.TakenCode, a.Code), nil
	case a.State != account.Active:
		return refusedLine(codeimport.ClosedAccount, a.Code), nil
	}
	if line.FiscalCode != "" && string(line.FiscalCode) != before[person.FiscalNumber] {
		if other, clash, err := holderOf(ctx, tx, line.FiscalCode, a.ID); err != nil || clash {
			return refusedLine(codeimport.TakenFiscalCode, other.Code), err
		}
	}
	changed, err := accountdb.Refresh(ctx, tx, a.ID, before, line.Attributes(b.Register, b.Now))
	if err != nil || len(changed) == 0 {
		return codeimport.Result{Outcome: codeimport.Unchanged}, err
	}
	// What the person, or a door, has said since goes before the register.
	_, err = tx.ExecContext(ctx, `UPDATE account SET given_name = $1, family_name = $2, email = $3 WHERE id = $4 AND EXISTS
		(SELECT 1 FROM account a WHERE a.id = $4 AND `+accountdb.NobodyEntered+`)`, line.GivenName, line.FamilyName, line.Email, a.ID)
	if err != nil {
		return codeimport.Result{}, fmt.Errorf("codesdb: import code: %w", err)
	}
	return codeimport.Result{Outcome: codeimport.Updated}, accountdb.WriteEvent(ctx, tx, importEvent(b.Now, "fields", fmt.Sprint(changed)), audit.AccountChanged, a.ID)
}

// importPerson makes the account of a line, or leads its code to the one that the person
// has already.
func importPerson(ctx context.Context, tx *db.Tx, b codeimport.Batch, line codeimport.Line) (codeimport.Result, error) {
	if line.FiscalCode != "" {
		other, found, err := holderOf(ctx, tx, line.FiscalCode, "")
		switch {
		case err != nil:
			return codeimport.Result{}, err
		case found && other.FiscalCode == "":
			return refusedLine(codeimport.TakenFiscalCode, other.Code), nil
		case found && other.State != account.Active:
			return refusedLine(codeimport.ClosedAccount, other.Code), nil
		case found:
			return linkCode(ctx, tx, b, line, other)
		}
	}
	a := account.Account{
		ID: account.NewID(), Code: line.Code, State: account.Active, GivenName: line.GivenName, FamilyName: line.FamilyName,
		Email: line.Email, Language: line.Language, CreatedAt: b.Now,
	}
	if a.Language == "" {
		a.Language = "it"
	}
	if err := freeReserved(ctx, tx, line.Code); err != nil {
		return codeimport.Result{}, err
	}
	if err := accountdb.Insert(ctx, tx, a); err != nil {
		return codeimport.Result{}, err
	}
	for _, said := range line.Attributes(b.Register, b.Now) {
		if err := accountdb.SetAttribute(ctx, tx, a.ID, said); err != nil {
			return codeimport.Result{}, err
		}
	}
	return codeimport.Result{Outcome: codeimport.Created}, accountdb.WriteEvent(ctx, tx, importEvent(b.Now), audit.AccountCreated, a.ID)
}

// linkCode lets a code lead to an account that has another one, as that of a merged one does.
func linkCode(ctx context.Context, tx *db.Tx, b codeimport.Batch, line codeimport.Line, a account.Account) (codeimport.Result, error) {
	if err := freeReserved(ctx, tx, line.Code); err != nil {
		return codeimport.Result{}, err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO person_code (code, account_id, assigned_at) VALUES ($1, $2, $3)`, string(line.Code), a.ID, db.Micros(b.Now))
	if err != nil {
		return codeimport.Result{}, fmt.Errorf("codesdb: import code: %w", err)
	}
	return codeimport.Result{Outcome: codeimport.Linked, Other: a.Code}, accountdb.WriteEvent(ctx, tx, importEvent(b.Now, "fields", "code"), audit.AccountChanged, a.ID)
}

// freeReserved removes the reservation of a code, which is given in the same commit.
func freeReserved(ctx context.Context, tx *db.Tx, code account.Code) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM person_code WHERE code = $1 AND account_id = ''`, string(code))
	if err != nil {
		return fmt.Errorf("codesdb: free reserved code: %w", err)
	}
	return nil
}

// holderOf finds another account that proved a codice fiscale, or of which a register said it.
func holderOf(ctx context.Context, tx *db.Tx, code person.FiscalCode, but string) (account.Account, bool, error) {
	return accountdb.One(ctx, tx, `FROM account a WHERE a.id <> $2 AND a.state <> 'erased' AND (a.fiscal_code = $1 OR a.fiscal_code IS NULL AND a.id IN
		(SELECT t.account_id FROM attribute t WHERE t.name = 'fiscal_code' AND t.source = 'register' AND t.value = $1))
		ORDER BY a.fiscal_code IS NULL, a.id LIMIT 1`, string(code), but)
}

func refusedLine(why string, other account.Code) codeimport.Result {
	return codeimport.Result{Outcome: codeimport.Refused, Why: why, Other: other}
}

// importEvent is the common part of the lines of the log.
func importEvent(now time.Time, detail ...string) audit.Event {
	ev := audit.Event{At: now, Role: "gateway", Detail: map[string]string{"source": string(account.FromRegister), "door": "import"}}
	for i := 0; i+1 < len(detail); i += 2 {
		ev.Detail[detail[i]] = detail[i+1]
	}
	return ev
}
