package deskdb

import (
	"context"
	"fmt"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/gateway/account"
	"atrio/gateway/gatewaydb/accountdb"
	"atrio/gateway/gatewaydb/sessiondb"
	"atrio/gateway/helpdesk"
)

var _ helpdesk.Desk = (*Store)(nil)

// maxFound bounds what one key finds: several accounts may have one address.
const maxFound = 10

// FindAccounts gives the accounts of an exact key; one that was erased is not found. A
// Codice Persona of a merged account finds the one that it lives on in.
func (s *Store) FindAccounts(ctx context.Context, k helpdesk.Key, sight helpdesk.Sight) ([]account.Account, error) {
	from, arg := "", ""
	switch {
	case k.Code != "":
		from, arg = `FROM person_code c JOIN account a ON a.id = c.account_id WHERE c.code = $1`, string(k.Code)
	case k.FiscalCode != "":
		from, arg = `FROM account a WHERE a.fiscal_code = $1`, k.FiscalCode
	case k.Email != "":
		from, arg = `FROM account a WHERE lower(a.email) = lower($1)`, k.Email
	case k.Reference != "":
		from, arg = `FROM account a WHERE a.id IN (SELECT subject FROM audit WHERE reference = $1 AND subject <> '')`, k.Reference
	default:
		return nil, nil
	}
	sees, args := inSight("a.id", sight, arg, maxFound)
	return accountdb.List(ctx, s.DB.Read(), from+` AND a.state <> 'erased' AND `+sees+` ORDER BY a.created_at, a.id LIMIT $2`, args...)
}

// Do does a deed now, in one commit with its audit line.
func (s *Store) Do(ctx context.Context, a helpdesk.Act) error {
	return s.DB.Tx(ctx, func(tx *db.Tx) error { return s.perform(ctx, tx, a) })
}

// perform changes the account, writes the line and tells the holder.
func (s *Store) perform(ctx context.Context, tx *db.Tx, a helpdesk.Act) error {
	holder, err := accountdb.Hold(ctx, tx, a.AccountID)
	if err != nil {
		return err
	}
	a.Event.Actor = a.By // nobody, when its time came without a second person
	do, known := deeds[a.Deed]
	switch {
	case a.Deed == helpdesk.ChangeMailbox: // it writes to numbers, which the store opens
		err = s.deskMailbox(ctx, tx, a, holder)
		a.Tell = nil // every contact was told
	case known:
		err = do(ctx, tx, a, holder)
	default:
		err = fault.New(fault.Invalid, "error.invalid").For("deed")
	}
	if err != nil {
		return err
	}
	return deskLine(ctx, tx, a, holder, audit.DeskDone)
}

// deeds are the changes themselves.
var deeds = map[helpdesk.Deed]func(context.Context, *db.Tx, helpdesk.Act, account.Account) error{
	helpdesk.SignOut: func(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
		_, err := sessiondb.EndOthers(ctx, tx, holder.ID, "", "helpdesk", a.Event)
		return err
	},
	helpdesk.Freeze: func(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
		if err := become(ctx, tx, holder, account.Frozen, account.Active); err != nil {
			return err
		}
		_, err := sessiondb.EndOthers(ctx, tx, holder.ID, "", "helpdesk", a.Event)
		return err
	},
	helpdesk.Unfreeze: func(ctx context.Context, tx *db.Tx, _ helpdesk.Act, holder account.Account) error {
		return become(ctx, tx, holder, account.Active, account.Frozen)
	},
	helpdesk.Reopen: func(ctx context.Context, tx *db.Tx, _ helpdesk.Act, holder account.Account) error {
		return become(ctx, tx, holder, account.Active, account.Closed)
	},
	helpdesk.Assign:  deskAssign,
	helpdesk.Release: deskRelease,
	helpdesk.Unlink:  deskUnlink,

	helpdesk.SuspendFactors: deskSuspend,
	helpdesk.ResetFactors:   deskReset,
	helpdesk.ConfirmLogin:   deskConfirm,
	helpdesk.AllowCodes:     deskAllow,

	helpdesk.Authorise:   deskAuthorise,
	helpdesk.Unauthorise: deskUnauthorise,

	helpdesk.Merge:   mergeAccounts,
	helpdesk.Unmerge: partAccounts,
}

// ErrState: the account is not as the clerk saw it.
var ErrState = fault.New(fault.Conflict, "error.helpdesk.state").For("account_state")

// become changes the state of an account that is in one that allows it.
func become(ctx context.Context, tx *db.Tx, a account.Account, to, from account.State) error {
	if a.State != from {
		return ErrState
	}
	_, err := tx.ExecContext(ctx, `UPDATE account SET state = $1, closed_at = 0 WHERE id = $2`, string(to), a.ID)
	if err != nil {
		return fmt.Errorf("deskdb: %s account: %w", to, err)
	}
	return nil
}

func deskUnlink(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account) error {
	gone, err := accountdb.Identities(ctx, tx, `DELETE FROM identity WHERE id = $1 AND account_id = $2 RETURNING `+accountdb.IdentityColumns, a.Other, holder.ID)
	if err != nil {
		return err
	}
	if len(gone) == 0 {
		return ErrState
	}
	if _, err := sessiondb.EndOthers(ctx, tx, holder.ID, "", "identity removed", a.Event); err != nil {
		return err
	}
	ev := a.Event
	ev.Detail = map[string]string{"door": string(gone[0].Door), "issuer": gone[0].Issuer, "why": "helpdesk"}
	return accountdb.WriteEvent(ctx, tx, ev, audit.IdentityRemoved, holder.ID)
}

// deskLine writes what the desk did or asked, without the reason, and tells the holder.
func deskLine(ctx context.Context, tx *db.Tx, a helpdesk.Act, holder account.Account, action string) error {
	ev := a.Event
	ev.Actor, ev.Detail = a.By, map[string]string{"deed": string(a.Deed), "request": a.ID, "ticket": a.Ticket}
	if err := accountdb.WriteEvent(ctx, tx, ev, action, holder.ID); err != nil {
		return err
	}
	if a.Tell == nil || holder.Email == "" {
		return nil
	}
	return shareddb.QueueMessage(ctx, tx, a.Tell(holder), a.Now)
}

// NoteRead writes down that a clerk looked at somebody's data.
func (s *Store) NoteRead(ctx context.Context, ev audit.Event) error {
	return s.DB.One(ctx, func(q db.Queryer) error { return shareddb.AppendAudit(ctx, q, ev) })
}
