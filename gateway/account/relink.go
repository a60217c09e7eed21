package account

import (
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/people/person"
)

// Relink adds an identity to the account of a person who has just proved to be its
// holder by another road. // G6.2
type Relink struct {
	AccountID string
	// Asserted is who the new identity says is here.
	Asserted person.Assertion
	// Login is the correlation id of the login in which it was said: its messages are
	// the account's from now on. // G6.7
	Login string
	// Once is used up with it.
	Once  Once
	Event audit.Event
	Now   time.Time
	// Tell makes the mail by which the holder learns of it. // ASVS 6.3.7
	Tell func(Account) notify.Message
}
