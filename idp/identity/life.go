package identity

import (
	"slices"
	"strings"
	"time"

	"atrio/base/fault"
)

// Cause is why an identity is suspended or revoked.
type Cause string

// The causes. DPCM 24/10/2014 art. 8-9, REG 20, 23
const (
	ByHolder        Cause = "holder"
	Abuse           Cause = "abuse"            // somebody else used it, or is feared to
	DocumentExpired Cause = "document_expired" // REG 20(7)
	Security        Cause = "security"         // the provider doubts that it is its holder's
	Fraud           Cause = "fraud"
	Death           Cause = "death"
	Inactivity      Cause = "inactivity"
	ContractEnd     Cause = "contract_end"
	Superseded      Cause = "superseded"
	Termination     Cause = "termination"
)

// weight orders the causes of a suspension: one that is harder to lift takes the place of
// another, never the other way round. What stands for a document that is over comes to
// light again when the other cause is lifted.
var weight = map[Cause]int{DocumentExpired: 1, ByHolder: 2, Abuse: 3, Security: 4}

// Act changes an identity.
type Act string

// The acts.
const (
	Suspend Act = "suspend"
	Lift    Act = "lift"
	Revoke  Act = "revoke"
	// Renew is the contract for another while by the holder's own act, or by the job where it
	// has no end. // I17
	Renew Act = "renew"
	Amend Act = "amend" // attributes or notices
	// Recover is another password in place of one that was forgotten. // E31
	Recover Act = "recover"
	// Regain gives an identity back to its holder, who was identified anew. // I12
	Regain Act = "regain"
)

// Role says as what somebody acts.
type Role string

// The roles. A Caller proved nothing but a telephone or mailbox of the holder, or holds the
// link of a notice: whoever it is may stop an identity and do nothing else. // A30, A31
const (
	AsHolder Role = "holder"
	AsCaller Role = "caller"
	AsDesk   Role = "desk"
	AsJob    Role = "job"
)

// rule is a line of the table: who may do what to an identity that stands how.
type rule struct {
	Act   Act
	By    []Role
	In    []State
	Cause []Cause // of the act; none for acts without one
	// Of restricts a lifting to what it was suspended for, a revocation to what it is suspended for.
	Of []Cause
	// Two operators have to agree, Reason has to be said, Proof is a level 2 of this moment.
	Two, Reason, Proof bool
	// Evidence has to be kept with it.
	Evidence bool
}

var (
	living   = []State{Active, Suspended}
	active   = []State{Active}
	stopped  = []State{Suspended}
	twoCause = []Cause{ByHolder, Fraud, Death, Superseded, Termination}
)

// table is the whole life. A suspension never ends by the passing of time, whatever REG 20
// and 23 still print: Avviso SPID 10/2018. Nothing leads out of Revoked.
var table = []rule{
	{Act: Suspend, By: []Role{AsHolder}, In: living, Cause: []Cause{ByHolder, Abuse}},
	{Act: Suspend, By: []Role{AsCaller}, In: living, Cause: []Cause{ByHolder, Security}},
	{Act: Suspend, By: []Role{AsDesk}, In: living, Cause: []Cause{ByHolder, Abuse, Security}, Reason: true}, // one person: A30
	{Act: Suspend, By: []Role{AsJob}, In: active, Cause: []Cause{DocumentExpired}},
	{Act: Lift, By: []Role{AsHolder}, In: stopped, Of: []Cause{ByHolder}, Proof: true}, // L03, A31
	{Act: Lift, By: []Role{AsDesk}, In: stopped, Of: []Cause{DocumentExpired}, Reason: true, Evidence: true},
	{Act: Lift, By: []Role{AsDesk}, In: stopped, Of: []Cause{ByHolder, Abuse, Security}, Two: true, Reason: true},
	{Act: Revoke, By: []Role{AsHolder}, In: living, Cause: []Cause{ByHolder}, Proof: true},
	{Act: Revoke, By: []Role{AsHolder}, In: stopped, Cause: []Cause{Fraud}, Of: []Cause{Abuse}, Proof: true, Evidence: true}, // L04
	{Act: Revoke, By: []Role{AsDesk}, In: living, Cause: twoCause, Two: true, Reason: true},
	{Act: Revoke, By: []Role{AsJob}, In: living, Cause: []Cause{Inactivity, ContractEnd}},
	{Act: Renew, By: []Role{AsHolder}, In: living, Proof: true},
	{Act: Renew, By: []Role{AsJob}, In: living}, // of contracts without end alone
	{Act: Amend, By: []Role{AsHolder}, In: active, Proof: true},
	{Act: Amend, By: []Role{AsDesk}, In: living, Reason: true, Evidence: true},
	// Who is suspended for what the provider or the holder fears proves more than this.
	{Act: Recover, By: []Role{AsHolder}, In: living, Of: []Cause{"", ByHolder, DocumentExpired}, Proof: true},
	{Act: Regain, By: []Role{AsDesk}, In: living, Of: []Cause{"", ByHolder, DocumentExpired}, Reason: true, Evidence: true},
}

// By is who acts.
type By struct {
	Role Role
	// ID is the holder or the operator, "" for a caller and a job; Second is the operator
	// who agreed.
	ID, Second string
	// Proved tells that the holder has just proved the highest level that they have.
	Proved bool
}

// Change is something to be done to an identity.
type Change struct {
	Act      Act
	Cause    Cause
	By       By
	At       time.Time
	Reason   string
	Evidence []string
	// Fields name what Edit changes, for the history. // REG 21
	Fields []string
	Edit   func(*Identity)
}

// Event is something that was done. Events are never changed.
type Event struct {
	Identity string
	// N is the version of the identity that it made.
	N         int
	At        time.Time
	Act       Act
	From, To  State
	Cause     Cause
	By        By
	Reason    string
	Evidence  []string
	Fields    []string
	Suspended Cause // why it was suspended before, "" when it was not
}

// Word is the act in the history: the name of its text.
func (e *Event) Word() string {
	switch {
	case e.Act == Lift && e.To == Suspended:
		return "lift_document"
	case e.Act == Renew && e.By.Role == AsJob:
		return "extend"
	}
	return string(e.Act)
}

// The refusals of Do.
var (
	// ErrMay: it cannot be done to an identity that stands so, or not by them.
	ErrMay = fault.New(fault.Conflict, "error.identity.state").For("identity_state")
	// ErrTwo: two operators have to agree, and they are two people. // A30
	ErrTwo = fault.New(fault.Denied, "error.identity.two").For("identity_two")
	// ErrWhy: why has to be said, and what proves it kept.
	ErrWhy = fault.New(fault.Invalid, "error.identity.why").For("identity_why")
	// ErrLevel: who has the password alone changes no way by which they are reached: whoever
	// knows the password could make a telephone of their own the second factor.
	ErrLevel = fault.New(fault.Denied, "error.identity.level").For("identity_level")
	// ErrProof: the holder has to prove the highest level first.
	ErrProof = fault.New(fault.Denied, "error.identity.proof").For("identity_proof")
)

// May tells whether a role can do something as the identity stands, whatever else it needs.
func (i *Identity) May(act Act, cause Cause, by Role) bool {
	_, ok := i.rule(act, cause, by)
	return ok
}

func (i *Identity) rule(act Act, cause Cause, by Role) (rule, bool) {
	for _, line := range table {
		switch {
		case line.Act != act, !slices.Contains(line.By, by), !slices.Contains(line.In, i.State):
		case len(line.Cause) == 0 != (cause == "") || cause != "" && !slices.Contains(line.Cause, cause):
		case len(line.Of) > 0 && !slices.Contains(line.Of, i.Cause):
		case act == Suspend && i.State == Suspended && weight[cause] <= weight[i.Cause]:
		default:
			return line, true
		}
	}
	return rule{}, false
}

// MayContacts tells whether the holder can change the addresses and numbers by which they are
// reached, and with them what proves level 2: it takes level 2. // L08
func (i *Identity) MayContacts() bool { return i.Factors.Level() > 1 }

func (i *Identity) contacts() [3]string {
	return [3]string{i.Holder.Email, i.Holder.MobilePhone, i.Holder.DigitalAddress}
}

// Needs tells whether two operators have to agree on an act.
func (i *Identity) Needs(act Act, cause Cause) (two bool) {
	line, ok := i.rule(act, cause, AsDesk)
	return ok && line.Two
}

// Do gives the identity as it stands afterwards, and the event, to be stored in one commit.
// The identity itself is left alone.
func (i *Identity) Do(c Change) (*Identity, Event, error) {
	line, ok := i.rule(c.Act, c.Cause, c.By.Role)
	switch {
	case !ok, (c.By.Role == AsHolder) && c.By.ID != i.ID, c.By.Role == AsDesk && c.By.ID == "":
		return nil, Event{}, ErrMay
	case line.Two && (c.By.Second == "" || c.By.Second == c.By.ID):
		return nil, Event{}, ErrTwo
	case line.Proof && !c.By.Proved:
		return nil, Event{}, ErrProof
	case line.Reason && strings.TrimSpace(c.Reason) == "", line.Evidence && len(c.Evidence) == 0:
		return nil, Event{}, ErrWhy
	}
	after := *i
	if c.Edit != nil {
		c.Edit(&after)
	}
	// An edit changes attributes, never whose identity it is or how it stands.
	after.ID, after.SPIDCode, after.UserID, after.CreatedAt = i.ID, i.SPIDCode, i.UserID, i.CreatedAt
	after.State, after.Cause, after.StateAt, after.Version = i.State, i.Cause, i.StateAt, i.Version+1
	after.Holder.FiscalCode = i.Holder.FiscalCode
	if c.By.Role == AsHolder && !i.MayContacts() && (after.contacts() != i.contacts() || after.Factors != i.Factors) {
		return nil, Event{}, ErrLevel
	}
	switch c.Act {
	case Suspend:
		after.State, after.Cause, after.StateAt = Suspended, c.Cause, c.At
	case Lift:
		after.State, after.Cause, after.StateAt = Active, "", c.At
		if after.Holder.Document.Over(c.At) { // L01: nothing else brings back who has no valid document
			after.State, after.Cause = Suspended, DocumentExpired
		}
	case Regain:
		if i.Cause == DocumentExpired && !after.Holder.Document.Over(c.At) { // they saw the new one
			after.State, after.Cause, after.StateAt = Active, "", c.At
		}
	case Revoke:
		after.State, after.Cause, after.StateAt, after.Factors = Revoked, c.Cause, c.At, Factors{}
	}
	return &after, Event{
		Identity: i.ID, N: after.Version, At: c.At, Act: c.Act, From: i.State, To: after.State, Cause: c.Cause, By: c.By, Reason: strings.TrimSpace(c.Reason),
		Evidence: slices.Clone(c.Evidence), Fields: slices.Clone(c.Fields), Suspended: i.Cause,
	}, nil
}

// Causes lists the causes of an act of operators, those of one person first.
func Causes(act Act) (list []Cause) {
	for _, line := range table {
		if line.Act == act && slices.Contains(line.By, AsDesk) {
			list = append(list, line.Cause...)
		}
	}
	return list
}
