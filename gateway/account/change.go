package account

import (
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
)

// Change is something that a person does to their own account: who, with which
// browser, when, and the mail by which they learn of it. // ASVS 6.3.7
type Change struct {
	AccountID string
	// Session is the public handle of the session in which it is done; it goes on
	// where the others end.
	Session string
	Now     time.Time
	Event   audit.Event
	// Tell makes the mail; nil sends none.
	Tell func(Account) notify.Message
}

// ClosedFor is how long a closed account can be opened again by the help desk;
// then what it holds about the person is erased. // GDPR art. 17
const ClosedFor = 30 * 24 * time.Hour
