package account

import "atrio/base/notify"

// Claim is a visit by SPID or CIE into an account that only declared the codice fiscale
// which the door proves: the account was proved too, in the same journey. // G3.8
type Claim struct {
	// Visit is of the new identity; Replaces is the session that proved the account.
	Visit
	AccountID string
	// Tell makes the mail to the holder, Also the one to the address that the door gave,
	// where it is another: who sits in front of the browser may be only one of them.
	Tell, Also func(Account) notify.Message
}
