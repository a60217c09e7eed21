package helpdesk

import (
	"context"
	"time"

	"atrio/gateway/secondfactor"
)

// Ticket is what somebody wrote who has lost the mailbox of an account, or of a
// registration. Nothing of it is proved. // G3.6
type Ticket struct {
	ID string
	// Number is what the person was told.
	Number string
	Said
	// Damaged: what was written does not open any more.
	Damaged bool
	Opened  time.Time
	TakenBy string
	// Taken is the Codice Persona of the clerk who has it, Mine set for the one who asks.
	Taken string
	Mine  bool
	// Answer is what became of it, Reason why; Done when.
	Answer, Reason string
	Done           time.Time
}

// Said is what the person typed; it is kept sealed.
type Said struct {
	// Key is what they know of the account: Codice Persona, codice fiscale or the address
	// before.
	Key string `json:"key"`
	// Name is theirs, Address where they want mail now.
	Name    string `json:"name"`
	Address string `json:"address"`
	Words   string `json:"words"`
	Lang    string `json:"lang"`
}

// MailboxChange is a new address for an account that waits: every contact hears of it and
// can stop it, and whoever reads the new mailbox finishes it. // G5.2, G5.4
type MailboxChange struct {
	ID, AccountID, Address string
	// Ripe is from when on it may be finished, Ends from when on it is over.
	Ripe, Ends time.Time
}

// Ready tells whether it may be finished.
func (c MailboxChange) Ready(now time.Time) bool { return !now.Before(c.Ripe) && now.Before(c.Ends) }

// How long a change of the mailbox waits, and how long it can be finished then: as long
// as a reset of second factors.
const (
	MailboxAfter = secondfactor.ResetAfter
	MailboxFor   = secondfactor.ResetFor
)

// Tickets are those of the desk.
type Tickets interface {
	// TicketsOf are the open ones that a clerk has.
	TicketsOf(ctx context.Context, clerk string) ([]Ticket, error)
	// Ticket is an open one, whoever has it.
	Ticket(ctx context.Context, id, clerk string) (Ticket, error)
}
