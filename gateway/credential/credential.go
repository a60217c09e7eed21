// Package credential is the password of an account: how it is compared, how often
// somebody may try, and the pages on which its owner chooses and changes it.
//
// What may be a password is decided by authn/password, the rows are kept by gatewaydb,
// and what comes before and after a page by gateway/flow.go. The form on the login page
// is in doors/localdoor. // G1.3, G3.7, G5.3
package credential

import (
	"context"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
)

// Credential is the password of an account as it is stored.
type Credential struct {
	// Account is whose it is; without an ID when there is no such account.
	Account account.Account
	// PHC is the hash, "" when the account has no password.
	PHC string
	// SetAt is when it was chosen; it also names this password among those of the account.
	SetAt time.Time
	// First tells that a register brought the account, with the address that it has, and
	// that nobody has entered it yet: the mailbox gives it its first password. // G3.5
	First bool
}

// Change is a password that takes the place of another, or of none.
type Change struct {
	AccountID string
	// PHC is the new hash, SetAt the name of the new password: later than Replaces.
	PHC   string
	SetAt time.Time
	// Replaces is SetAt of the password that the change was decided on; zero: there was
	// none. If another one is there now, nothing changes. // ASVS 6.2.3
	Replaces time.Time
	// By is what its owner was known by: "password", "mail", or a door.
	By string
	// Keep is the number of former passwords that are remembered.
	Keep int
	// Ends is set when all sessions end but Session. // ASVS 7.4.3
	Ends    bool
	Session string
	Now     time.Time
	Event   audit.Event
	// Tell makes the mail by which the owner learns of it. // ASVS 6.3.7
	Tell func(account.Account) notify.Message
}

// ErrChanged: the password was changed in the meantime, in another tab or by somebody else.
var ErrChanged = fault.New(fault.Conflict, "error.credential.changed").For("credential_changed")

// Store keeps passwords; gatewaydb has one.
type Store interface {
	// CredentialByCode and CredentialOf find the password of an account, in one
	// statement whether there is one or not.
	CredentialByCode(ctx context.Context, code account.Code) (Credential, error)
	CredentialOf(ctx context.Context, accountID string) (Credential, error)
	// FormerPasswords gives the newest hashes that an account had before.
	FormerPasswords(ctx context.Context, accountID string, most int) ([]string, error)
	// SetPassword makes a change in one commit; ErrChanged when it is too late for it.
	SetPassword(ctx context.Context, c Change) error
	// PlantAccount stores an account made by hand with its password, in one commit;
	// fault.Conflict when its Codice Persona was given before.
	PlantAccount(ctx context.Context, a account.Account, known []account.Attribute, phc string) error
}

// Hasher compares and makes hashes at a bounded rate; authn/password has one.
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
	Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error)
	// VerifyDummy costs what Verify costs, for accounts that do not exist.
	VerifyDummy(ctx context.Context, password string) error
}
