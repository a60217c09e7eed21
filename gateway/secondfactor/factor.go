// Package secondfactor is the second factors of an account: which ones it has, how a
// code is compared and counted, how one is sent. G4
//
// It holds no page: those where a person sets factors up are in enrolment, those that
// ask for one in the middle of a login in challenge. Tries, sent codes and used steps
// are rows (Store), never state in a browser. When a factor is asked for is decided by
// gateway/flow.go and gateway/access.
package secondfactor

import (
	"slices"
	"time"

	"atrio/authn/passkey"
	kinds "atrio/authn/secondfactor"
)

// Factor is one second factor of an account.
type Factor struct {
	ID        string
	AccountID string
	Kind      kinds.Kind
	// Label is what its owner calls it; may be empty.
	Label string
	// Number is where codes go, for SMS.
	Number string
	// Key is that of a passkey.
	Key       passkey.Key
	CreatedAt time.Time
	// UsedAt is when it was proved last.
	UsedAt time.Time
}

// MostOfAKind bounds how many factors of one kind an account may have.
const MostOfAKind = 5

// MaxLabel is the length of a label in characters.
const MaxLabel = 40

// Status is what an account has.
type Status struct {
	Factors []Factor
	// RecoveryLeft is how many codes of the list are unused, RecoveryMade when the list
	// was made; zero without a list.
	RecoveryLeft int
	RecoveryMade time.Time
}

// Kinds are the kinds that the account has, the recommended one first.
func (s Status) Kinds() []kinds.Kind {
	var list []kinds.Kind
	for _, k := range kinds.Kinds() {
		if len(s.Of(k)) > 0 || k == kinds.Recovery && s.RecoveryLeft > 0 {
			list = append(list, k)
		}
	}
	return list
}

// Of are the factors of a kind.
func (s Status) Of(k kinds.Kind) []Factor {
	return slices.DeleteFunc(slices.Clone(s.Factors), func(f Factor) bool { return f.Kind != k })
}

// Find is the factor of that id.
func (s Status) Find(id string) (Factor, bool) {
	i := slices.IndexFunc(s.Factors, func(f Factor) bool { return f.ID == id })
	if i < 0 {
		return Factor{}, false
	}
	return s.Factors[i], true
}

// Has tells whether the account has a second factor. Recovery codes alone are none.
func (s Status) Has() bool {
	return slices.ContainsFunc(s.Factors, func(f Factor) bool { return f.Kind.Stands() })
}

// Used is a second factor that was proved just now.
type Used struct {
	Kind kinds.Kind
	// Factor is its id; empty for a recovery code.
	Factor string
	// Synced is set for a passkey that can be copied to other devices.
	Synced bool
	At     time.Time
}

// AMR are the names of the methods of a login in which a first factor and this one were
// used. RFC 8176 2; G4.8
func (u Used) AMR(first []string) []string {
	list := slices.Clone(first)
	name := u.Kind.AMR()
	if u.Kind == kinds.Passkey && u.Synced {
		name = "swk" // a copy in software may have answered
	}
	for _, name := range []string{name, "mfa"} {
		if name != "" && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// ACR is the context of a login with two factors of this institution. REFEDS MFA 1.2
const ACR = "https://refeds.org/profile/mfa"
