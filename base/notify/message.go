// Package notify sends mail and SMS from an outbox.
//
// A message is queued in the transaction of the change that causes it
// (shareddb.QueueMessage), so that no acknowledged change lacks its message and
// no failed change sends one. A Deliverer, run as a job on every node, claims
// messages, hands them to the Sender of their channel, and retries with growing
// pauses until it gives up. Delivery is at least once: after a crash a message
// may be sent again, with the same Reference.
//
// The package owns the retry rules; notify/mail and notify/sms own the wire;
// db/shareddb owns the rows. Addresses, numbers and texts never reach the log:
// only ids, channels, attempts and failure classes do.
package notify

import (
	"context"
	"time"
)

// Channel is a way to reach a person.
type Channel string

// The channels.
const (
	Mail Channel = "mail"
	SMS  Channel = "sms"
)

// Message is one text for one person.
type Message struct {
	Channel Channel
	To      string // mail address, or number in E.164 form ("+39...")
	Subject string // mail only
	Text    string
	HTML    string // mail only; optional, Text is always sent too
	Lang    string // "it" or "en"
	// Expires, when not zero, is the time from which sending makes no sense any
	// more: a code that no longer works must not arrive.
	Expires time.Time
	// Reference is the same at every try, for the receiver to recognize
	// duplicates; the Deliverer fills it from the outbox id when empty.
	Reference string
}

// Sender hands one message to the outside. Its errors should be *Failure; the
// text of any other error is not logged, since servers repeat addresses in it.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Queued is a message in the outbox.
type Queued struct {
	ID       int64
	Message  Message
	Attempts int       // tries so far, without the present one
	QueuedAt time.Time // calendar time
}

// Outbox keeps the queue; db/shareddb implements it.
type Outbox interface {
	// MessagesDue reports whether ClaimMessages would find something; a read.
	MessagesDue(ctx context.Context, channel Channel, now time.Time) (bool, error)
	// ClaimMessages takes at most limit messages that are due (next_at <= now),
	// oldest first, and sets their next_at to now+lease in the same transaction:
	// a message whose node died is due again when the lease ends. Two nodes
	// never get the same message within a lease.
	ClaimMessages(ctx context.Context, channel Channel, now time.Time, lease time.Duration, limit int) ([]Queued, error)
	// MessageSent ends a message and forgets its address and texts.
	MessageSent(ctx context.Context, id int64, now time.Time) error
	// MessageFailed counts the attempt, keeps reason (free of personal data),
	// and makes the message due at next. A zero next gives it up: the row stays
	// as a record, address and texts are forgotten.
	MessageFailed(ctx context.Context, id int64, now, next time.Time, reason string) error
}
