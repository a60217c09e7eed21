package accountdb

import (
	"context"
	"errors"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/gateway/account"
)

// The refusals that a person can meet.
var (
	// ErrFrozen: the account exists and may not be entered.
	ErrFrozen = fault.New(fault.Denied, "error.account.frozen").For("account_frozen")
	// ErrConflict: identity and codice fiscale point to two accounts; only the help
	// desk can tell which is right. // G3.8
	ErrConflict = fault.New(fault.Conflict, "error.account.conflict").For("account_conflict")
	// ErrClosed: the holder closed the account. // G5.1
	ErrClosed = fault.New(fault.Denied, "error.account.closed").For("account_closed")
)

// ErrNoAccount says that the account does not exist (any more).
var ErrNoAccount = fault.New(fault.NotFound, "error.not_found").For("no_account")

// Shut is the refusal of an account that is not active.
func Shut(a account.Account) error {
	if a.State == account.Closed {
		return ErrClosed
	}
	return ErrFrozen
}

// Conflict is ErrConflict between two accounts: the one that the identity led to, or that
// the person proved, and the other one, "" when there is none.
type Conflict struct{ AccountID, Other string }

func (c *Conflict) Error() string { return ErrConflict.Error() }

// Unwrap makes it ErrConflict to who asks, and to the page that is shown.
func (c *Conflict) Unwrap() error { return ErrConflict }

// Referring is Racing for what may meet a conflict before it has changed anything: then a
// task for the help desk is left in the same commit, with the ids that are used up, and
// the conflict is returned. One that is open stays one, however often somebody tries. // G3.8
func Referring(ctx context.Context, d *db.DB, now time.Time, fn func(*db.Tx) error) error {
	var met *Conflict
	err := Racing(ctx, d, func(tx *db.Tx) error {
		met = nil
		err := fn(tx)
		if !errors.As(err, &met) {
			return err
		}
		return InsertTask(ctx, tx, met.AccountID, account.Task{Kind: account.TaskConflict, Detail: met.Other, Due: now.AddDate(0, 0, MergeDays)}, now)
	})
	if err == nil && met != nil {
		return met
	}
	return err
}
