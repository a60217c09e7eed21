// Package journey is what a person's way through the gateway carries from step to
// step before there is a session: where the person comes from and wants to go,
// the request pending at a door, and after the door who was asserted.
//
// Nothing of it is stored here: it lives sealed in one cookie per tab, named by a
// random handle that is also the RelayState at the doors. So two tabs do not mix,
// a lost server loses nobody, and abandoned logins leave no rows. What limits an
// attacker (tries, sends, consumed marks) never lives here. gateway/flow.go
// decides the order of steps; this package only remembers.
package journey

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"time"

	"atrio/people/person"
)

// Kinds of destination.
const (
	// ToAccount is the person's own account page.
	ToAccount = "account"
	// ToAuthorize continues an authorization of the OpenID Provider.
	ToAuthorize = "authorize"
)

// Destination is where a person wants to be after login. It survives every error
// on the way. // G1.4
type Destination struct {
	// Kind is ToAccount or ToAuthorize; empty means ToAccount.
	Kind string `json:"k,omitempty"`
	// Service is the identifier of the service.
	Service string `json:"s,omitempty"`
	// Resume is opaque here: the raw query with which the owner of ToAuthorize goes on,
	// or the name of a page of the account.
	Resume string `json:"r,omitempty"`
	// Level is what the service asks for; zero: the default of gateway/access.
	Level person.Level `json:"l,omitempty"`
	// Minors tells that the service is for minors: at a door a parent may take a day
	// to approve. // G2.9
	Minors bool `json:"m,omitempty"`
	// Purpose names the kinds of SPID identity that the service takes. // Avviso SPID 18
	Purpose string `json:"u,omitempty"`
	// TwoFactors: the service asks for them in this login. // G4.8
	TwoFactors bool `json:"x,omitempty"`
	// ForceAuthn asks for a fresh login even if a session exists.
	ForceAuthn bool `json:"f,omitempty"`
}

// Step says how far the person has come.
type Step string

// The steps of a journey.
const (
	// Choosing: the login page is open, no door was taken.
	Choosing Step = "choosing"
	// AtDoor: a request is pending at a door.
	AtDoor Step = "door"
	// Entering: a door was passed by a person who has no account yet.
	Entering Step = "entering"
	// Recognized: a door was passed by a person who is not known by identifier, and
	// accounts with the same name and birth date exist, or one that declares the same
	// codice fiscale.
	Recognized Step = "recognized"
	// Linking: such a person has proved an account; the new identity may be linked.
	Linking Step = "linking"
	// Arrived: the account was just made; its Codice Persona is being shown.
	Arrived Step = "arrived"
	// Securing: the session is open, and the person is asked for a first password. // G3.7
	Securing Step = "securing"
	// Renewing: the right password was typed, but it has expired; there is no session
	// before there is another. // G5.3
	Renewing Step = "renewing"
	// Owing: a session is open, and a second factor is still to be proved in it. // G4.8
	Owing Step = "owing"
)

// Journey is the state of one login in one tab.
type Journey struct {
	// Handle is the random public name: cookie name and RelayState.
	Handle string `json:"h"`
	// Step says which of the fields below are set.
	Step Step `json:"p"`
	// At is when this step began; it expires a configured time later.
	At time.Time `json:"t"`
	// To is the destination.
	To Destination `json:"d"`
	// Replaces is the public handle of the session that the browser had when it
	// left for a door; the new session ends it. // ASVS 7.2.4
	Replaces string `json:"o,omitempty"`
	// Through is the door that the person left by: its world alone checks the answer.
	Through person.Door `json:"v,omitempty"`
	// Door holds the door's own pending state, as the door wrote it.
	Door json.RawMessage `json:"q,omitempty"`
	// Asserted is who passed the door, while the first entry is not finished, and
	// Passed when that was: however often the steps after it are saved, an
	// assertion opens an account for one Life only.
	Asserted *person.Assertion `json:"a,omitempty"`
	Passed   time.Time         `json:"w,omitzero"`
	// Link is the identity that waits to be linked while the person proves their
	// account at another door; it lapses a Life after Passed. // G6.2
	Link *person.Assertion `json:"b,omitempty"`
	// Proved is the public handle of the session that this proof opened; of the session
	// that this login opened, when a first entry or a first password follows; while Owing,
	// of the session in which the second factor is asked for.
	Proved string `json:"f,omitempty"`
	// Account is whose password was typed and PasswordAt which one it was, while Renewing;
	// they lapse a Life after Passed.
	Account    string    `json:"i,omitempty"`
	PasswordAt time.Time `json:"g,omitzero"`
	// LinkLogin is the Correlation of the login in which Link was asserted.
	LinkLogin string `json:"k,omitempty"`
	// Correlation names the login that passed the door; its ledger row has it, and the
	// first entry goes on with it. // G6.7
	Correlation string `json:"c,omitempty"`
	// Email is the contact address that the person typed; a code confirms it.
	Email string `json:"e,omitempty"`
	// Notice is the version of the privacy notice that the person acknowledged.
	Notice string `json:"n,omitempty"`
	// Request is the message sent at the door, compressed, so that it can be
	// stored beside its answer.
	Request []byte `json:"-"`
}

// Fresh tells that the person has to prove again who they are: the service wants it, or
// an identity waits to be linked to the account. // G6.2, ASVS 7.5.1
func (j Journey) Fresh() bool { return j.To.ForceAuthn || j.Link != nil }

// NewHandle makes a handle: 128 random bits in hex, so that it fits a RelayState
// of 80 bytes and never reads like an address. // SAML-bindings 3.4.3
func NewHandle() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

// IsHandle tells a handle of ours from other RelayStates, before it becomes
// part of a cookie name.
func IsHandle(s string) bool {
	if len(s) != 32 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
