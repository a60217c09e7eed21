package helpdesk

import (
	"context"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/parental"
	"atrio/gateway/secondfactor"
)

// Role is what somebody may do at the desk.
type Role string

// The roles. A supervisor may do whatever a clerk may.
const (
	Clerk      Role = "clerk"
	Supervisor Role = "supervisor"
)

// covers reports whether a role may do what needs another.
func (r Role) covers(needed Role) bool { return r == needed || r == Supervisor && needed == Clerk }

// Deed is something that the desk does to an account.
type Deed string

// The deeds.
const (
	SignOut  Deed = "sign_out" // end all sessions
	Freeze   Deed = "freeze"   // the account opens nothing
	Unfreeze Deed = "unfreeze" // it opens again
	Reopen   Deed = "reopen"   // the holder had closed it
	Unlink   Deed = "unlink"   // take an identity away
	Merge    Deed = "merge"    // two accounts of one person become one
	Unmerge  Deed = "unmerge"  // undo a merge
	Assign   Deed = "assign"   // the person is of a unit
	Release  Deed = "release"  // they are not any more
)

// Deeds about second factors. // G2.3, G4.6
const (
	SuspendFactors Deed = "suspend_factors" // do without for a day
	ResetFactors   Deed = "reset_factors"   // the holder may have all of them removed
	ConfirmLogin   Deed = "confirm_login"   // the login whose number the caller reads out goes on
	AllowCodes     Deed = "allow_codes"     // the desk's confirmation is a second factor
	ChangeMailbox  Deed = "change_mailbox"  // the account may get the address of a ticket
)

// Deeds about minors. // G2.9
const (
	Authorise   Deed = "authorise"   // a parent authorised
	Unauthorise Deed = "unauthorise" // and does no more
)

// Proof is what a caller has to have proved, a moment ago and to this clerk.
type Proof int

// The proofs. A mailbox proves little where a password may come from it too.
const (
	NoProof     Proof = iota
	AnyProof          // a code from the mailbox, unless the password was reset by it lately
	StrongProof       // a code to a telephone of the account, or an identity document
)

// Rule says who may do a deed and how much care it needs. // G5.4
type Rule struct {
	Role Role
	// Second is set for deeds that could give an account to the wrong person: another
	// clerk decides.
	Second bool
	// Delay lets such a deed happen without a second person, this long after it was
	// asked for, and its holder was told; zero: never.
	Delay time.Duration
	// Proof is what the caller proves first.
	Proof Proof
}

// wait gives the holder the time to object: three days, as a delayed reset of the
// second factor has.
const wait = 72 * time.Hour

// rules of the deeds. What only protects is done at once by every clerk; what opens
// needs a second person or time; a merge always needs a second person.
var rules = map[Deed]Rule{
	SignOut:  {Role: Clerk},
	Freeze:   {Role: Clerk},
	Unfreeze: {Role: Clerk, Second: true, Delay: wait},
	Reopen:   {Role: Clerk, Second: true, Delay: wait},
	Unlink:   {Role: Clerk, Second: true, Delay: wait},
	Merge:    {Role: Supervisor, Second: true},
	Unmerge:  {Role: Supervisor, Second: true},
	Assign:   {Role: Supervisor},
	Release:  {Role: Supervisor},

	SuspendFactors: {Role: Clerk, Proof: StrongProof},
	ResetFactors:   {Role: Clerk, Second: true, Delay: wait, Proof: StrongProof},
	ConfirmLogin:   {Role: Clerk, Proof: StrongProof},
	AllowCodes:     {Role: Clerk, Proof: StrongProof},
	ChangeMailbox:  {Role: Clerk, Second: true, Proof: StrongProof},

	// Opens no account: the minor still comes in with their own means.
	Authorise: {Role: Clerk}, Unauthorise: {Role: Clerk},
}

// RuleOf is the rule of a deed; false for a word that is none.
func RuleOf(d Deed) (Rule, bool) {
	r, ok := rules[d]
	return r, ok
}

// Deeds that make sense for an account in a state, in the order of the page.
func offered(s account.State, factors secondfactor.Status) []Deed {
	switch s {
	case account.Active:
		list := []Deed{SignOut, Freeze}
		if factors.Has() {
			list = append(list, SuspendFactors, ResetFactors)
		}
		if len(factors.Of(kinds.Desk)) == 0 {
			list = append(list, AllowCodes)
		}
		return append(list, Authorise, Unauthorise)
	case account.Frozen:
		return []Deed{SignOut, Unfreeze}
	case account.Closed:
		return []Deed{Reopen}
	}
	return nil
}

// Act is a deed that is done now, or asked for.
type Act struct {
	ID        string // of the request, random
	Deed      Deed
	AccountID string
	// Other is the identity to unlink, the account to merge into AccountID, the request
	// whose merge is undone, the unit, or the ticket with the new address.
	Other string
	// Reason and Ticket say why, for auditors.
	Reason, Ticket string
	// Proof is how the caller was checked: a channel, or "".
	Proof string
	// Parental is what an authorisation says.
	Parental parental.Wish
	// By is the account of the clerk.
	By  string
	Now time.Time
	// Due is when a request is done without a second person; zero: never.
	Due   time.Time
	Event audit.Event
	// Tell makes the mail to the holder; nil sends none.
	Tell func(account.Account) notify.Message
	// TellAll writes to every contact that a reset was asked for.
	TellAll secondfactor.TellAll
	// Digest names the login that is confirmed.
	Digest []byte
	// MailboxAsked writes to every contact that the account gets another address.
	MailboxAsked func(MailboxChange) secondfactor.TellAll
}

// Request is a deed that waits for a second person, or was decided.
type Request struct {
	ID        string
	Deed      Deed
	AccountID string
	Other     string
	Reason    string
	Ticket    string
	By        string
	At, Due   time.Time
	State     RequestState
	DecidedBy string
	DecidedAt time.Time
	// Codes are the Codici Persona of the account and, for a merge, of the other.
	Code, OtherCode account.Code
	// Proof is how the caller was checked when it was asked for: a channel, or "".
	Proof string
	// Parted is, for the undo of a merge, the account that is parted off.
	Parted string
}

// RequestState says what became of a request.
type RequestState string

// The states of a request.
const (
	Waiting RequestState = "waiting"
	Done    RequestState = "done"
	Refused RequestState = "refused"
)

// Decision is what a second person says about a request.
type Decision struct {
	Request string
	Approve bool
	By      string
	Now     time.Time
	Event   audit.Event
	// Tell makes the mail to the holder when it is done; nil sends none.
	Tell func(account.Account, Deed) notify.Message
	// MailboxAsked writes to every contact that the account gets another address.
	MailboxAsked func(MailboxChange) secondfactor.TellAll
	// Refused makes the mail when it is not; nil sends none.
	Refused func(account.Account, Deed) notify.Message
}

// Preview is what a merge would do; nothing is changed.
type Preview struct {
	Into, From account.Account
	Identities []account.Identity
	// Kept are the names of attributes that stay as Into has them, Added those that
	// come from From.
	Kept, Added []string
	// Conflict is set when the two have proved different codici fiscali: they are two
	// people, and there is no merge.
	Conflict bool
}

// Key is what an account is searched by: one exact value. // G5.4
type Key struct {
	Code       account.Code
	FiscalCode string
	Email      string
	// Reference is the number of an error page or of a line of the history.
	Reference string
}

// Desk is the store of the help desk.
type Desk interface {
	// FindAccounts gives the accounts of an exact key that are in sight.
	FindAccounts(ctx context.Context, k Key, s Sight) ([]account.Account, error)
	// Sees tells whether an account is in sight; false for one that does not exist.
	Sees(ctx context.Context, accountID string, s Sight) (bool, error)
	// UnitsOf are the units of a person at a time.
	UnitsOf(ctx context.Context, accountID string, now time.Time) ([]string, error)
	// Do does a deed that needs no second person, in one commit with its audit line.
	Do(ctx context.Context, a Act) error
	// Ask writes down a deed that waits, with its audit line and the mail to the holder.
	Ask(ctx context.Context, a Act) error
	// Decide does or refuses what waits; who asked cannot decide.
	Decide(ctx context.Context, d Decision) (Request, error)
	// Requests gives those that wait and are in sight, oldest first, or those about an
	// account, newest first.
	Requests(ctx context.Context, accountID string, s Sight) ([]Request, error)
	// PreviewMerge tells what a merge would do.
	PreviewMerge(ctx context.Context, into, from string) (Preview, error)
}
