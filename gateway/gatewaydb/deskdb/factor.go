package deskdb

import (
	"cmp"
	"context"
	"fmt"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/db"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/helpdesk"
	"atrio/gateway/secondfactor"
)

// beginnings are what asking for a deed begins already.
var beginnings = map[helpdesk.Deed]func(context.Context, *Store, *db.Tx, helpdesk.Act, account.Account) error{
	helpdesk.ResetFactors: beginReset,
}

// hasFactors tells whether there is a second factor to do without.
func hasFactors(ctx context.Context, tx *db.Tx, holder account.Account) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM factor WHERE account_id = $1`, holder.ID).Scan(&n)
	switch {
	case err != nil:
		return fmt.Errorf("deskdb: factors at the desk: %w", err)
	case n == 0 || holder.State != account.Active:
		return ErrState
	}
	return nil
}

// beginReset begins a reset of the second factors, which every contact hears of and can
// stop. It bears the id of the request. // G4.6, G5.4
func beginReset(ctx context.Context, s *Store, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	if err := hasFactors(ctx, tx, holder); err != nil {
		return err
	}
	ev := a.Event
	ev.Actor, ev.Detail = a.By, map[string]string{"request": a.ID}
	return s.Second.Begin(ctx, tx, holder, secondfactor.Reset{
		ID: a.ID, AccountID: holder.ID, Asked: a.Now, Ripe: a.Due, Ends: a.Due.Add(secondfactor.ResetFor),
	}, ev, a.TellAll)
}

// deskReset lets the holder finish the reset now, by the link that they get; the clerks
// remove nothing. One that was stopped meanwhile is none.
func deskReset(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	res, err := tx.ExecContext(ctx, `UPDATE factor_reset SET ripe_at = CASE WHEN ripe_at < $1 THEN ripe_at ELSE $1 END, ends_at = $2 WHERE id = $3 AND account_id = $4`,
		db.Micros(a.Now), db.Micros(a.Now.Add(secondfactor.ResetFor)), a.ID, holder.ID)
	if err != nil {
		return fmt.Errorf("deskdb: ripen reset: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, error(ErrState))
	}
	return nil
}

// giveUp takes back what asking had begun.
func giveUp(ctx context.Context, tx *db.Tx, r helpdesk.Request) error {
	if r.Deed != helpdesk.ResetFactors {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM factor_reset WHERE id = $1`, r.ID); err != nil {
		return fmt.Errorf("deskdb: give reset up: %w", err)
	}
	return nil
}

// deskSuspend does without the second factors for a day. // G4.6
func deskSuspend(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	if err := hasFactors(ctx, tx, holder); err != nil {
		return err
	}
	until := a.Now.Add(secondfactor.SuspendedFor)
	_, err := tx.ExecContext(ctx, `INSERT INTO factor_suspension (account_id, until) VALUES ($1, $2)
		ON CONFLICT (account_id) DO UPDATE SET until = excluded.until`, holder.ID, db.Micros(until))
	if err != nil {
		return fmt.Errorf("deskdb: suspend factors: %w", err)
	}
	ev := a.Event
	ev.Detail = map[string]string{"proof": "helpdesk", "until": until.UTC().Format(time.RFC3339)}
	return accountdb.WriteEvent(ctx, tx, ev, audit.FactorsSuspended, holder.ID)
}

// deskConfirm lets the login go on whose number the caller read out. // G2.3
func deskConfirm(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	if err := hasFactors(ctx, tx, holder); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO desk_code (account_id, digest, by_account, expires_at, used_at) VALUES ($1, $2, $3, $4, 0)
		ON CONFLICT (account_id, digest) DO NOTHING`, holder.ID, a.Digest, a.By, db.Micros(a.Now.Add(secondfactor.DeskLife)))
	if err != nil {
		return fmt.Errorf("deskdb: confirm login: %w", err)
	}
	return nil
}

// deskAllow makes the word of the desk a second factor of the account.
func deskAllow(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	if holder.State != account.Active {
		return ErrState
	}
	id := "desk-" + holder.ID
	res, err := tx.ExecContext(ctx, `INSERT INTO factor (id, account_id, kind, label, secret, step, created_at, used_at) VALUES ($1, $2, $3, '', $4, 0, $5, 0)
		ON CONFLICT (id) DO NOTHING`, id, holder.ID, string(kinds.Desk), []byte{}, db.Micros(a.Now))
	if err != nil {
		return fmt.Errorf("deskdb: allow codes of the desk: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return cmp.Or(err, error(ErrState))
	}
	ev := a.Event
	ev.Detail = map[string]string{"kind": string(kinds.Desk), "factor": id}
	return accountdb.WriteEvent(ctx, tx, ev, audit.FactorAdded, holder.ID)
}
