package accountdb

import (
	"atrio/base/fault"
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
