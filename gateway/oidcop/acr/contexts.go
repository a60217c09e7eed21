// Package acr is how strongly a person proves who they are, in the words of OpenID
// Connect: what a service may ask for (acr_values, the claims parameter), whether a login
// has it, and what the service is told.
package acr

import (
	"slices"

	"atrio/federation/spid"
	"atrio/people/person"
)

// The profiles that may be asked for beside the levels of SPID: two factors, or one. Both
// are told only of factors used in this login. // REFEDS MFA 1.2, REFEDS SFA 1.0, G4.8
const (
	TwoFactors = "https://refeds.org/profile/mfa"
	OneFactor  = "https://refeds.org/profile/sfa"
)

// MaxClaims bounds a claims parameter, in bytes.
const MaxClaims = 2 << 10

// amrTwo among the methods of a login says that it used two factors. // RFC 8176 2
const amrTwo = "mfa"

// Values are the levels as SPID names them, which services of Italian public bodies
// know, and what universities elsewhere ask for. // SPID-RT 1.2.2, REFEDS MFA 1.2
func Values() []string {
	return []string{of(person.Level1), of(person.Level2), of(person.Level3), OneFactor, TwoFactors}
}

func of(level person.Level) string { return spid.Level(level).URI() }

// levelOf reads a requested value; zero when it is no level.
func levelOf(acr string) person.Level {
	level, _ := spid.ParseLevel(acr)
	return person.Level(level)
}

// known tells the values that this provider can answer.
func known(acr string) bool { return acr == TwoFactors || acr == OneFactor || levelOf(acr) > 0 }

// Known keeps of what was asked for the values that can be answered.
func Known(asked []string) []string {
	return slices.DeleteFunc(asked, func(acr string) bool { return !known(acr) })
}

// Login is how somebody signed in: the level that a door vouched for, and how the login is
// named.
type Login struct {
	Level person.Level
	ACR   string
	AMR   []string
}

// has tells that a login has a value. A level counts only when a door vouched for it.
func (l Login) has(acr string) bool {
	switch acr {
	case TwoFactors:
		return slices.Contains(l.AMR, amrTwo)
	case OneFactor:
		return true
	}
	return l.Level >= levelOf(acr)
}

// Contexts is what a request asks about how the person proves who they are.
type Contexts struct {
	// Values are those that are known here, in order of preference.
	Values []string
	// Essential: one of them has to be reached, or the answer is an error; else they are a
	// wish. // OIDC-core 5.5.1.1
	Essential bool
}

// first is the preferred value, "" when none was asked for.
func (c Contexts) first() string {
	if len(c.Values) == 0 {
		return ""
	}
	return c.Values[0]
}

// Level is what to ask a door for; zero when it does not matter. From level 2 on SPID, CIE
// and eIDAS use two factors.
func (c Contexts) Level() person.Level {
	if c.first() == TwoFactors {
		return person.Level2
	}
	return levelOf(c.first())
}

// Met tells that a login has one of the values.
func (c Contexts) Met(l Login) bool {
	return len(c.Values) == 0 || slices.ContainsFunc(c.Values, l.has)
}

// RequireTwo tells that the login has to use two factors, beyond what the service is
// registered for.
func (c Contexts) RequireTwo(l Login) bool {
	return c.Essential && !c.Met(l) && slices.Contains(c.Values, TwoFactors)
}

// WishTwo tells that two factors are what the service would like best, and are not there.
func (c Contexts) WishTwo(l Login) bool { return c.first() == TwoFactors && !l.has(TwoFactors) }

// Answer is what the service is told: of what it asked for, the first that the login has,
// where that is a profile; else how the login itself is named. // OIDC-core 2
func (c Contexts) Answer(l Login) string {
	i := slices.IndexFunc(c.Values, l.has)
	if i < 0 || levelOf(c.Values[i]) > 0 {
		return l.ACR
	}
	return c.Values[i]
}
