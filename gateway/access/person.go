package access

import (
	"slices"
	"time"

	"atrio/people/person"
)

// Person is what the rules have to know about somebody.
type Person struct {
	// Citizenships are the statements about it, one for each source; none: unknown.
	Citizenships []Citizenship
	// Residence is the state where the person lives, "" when unknown.
	Residence string
	// BirthDate, written 2006-01-02, as a door or a register gave it; what the person
	// declared does not stand here.
	BirthDate    string
	Affiliations []Affiliation
	// Owes is by when the codice fiscale had to be added that was not there at the
	// registration; zero when nothing is owed. // G3.3
	Owes time.Time
	// Authorised is until when whoever has parental responsibility authorised a minor, as
	// the help desk recorded; zero: nobody did. // G2.9
	Authorised time.Time
	// Doors are those by which the person has entered before.
	Doors []person.Door
	// Factors are the second factors that are set up, suspended ones too: a password
	// must never be enough to set up another one.
	Factors []Factor
	// FirstAccess: the person has not come back since the account was made. // G4.1
	FirstAccess bool
	Declaration Declaration
}

// Factor is a kind of second factor.
type Factor string

// The factors that these rules tell apart.
const (
	// LocalFactor is any of the institution's own: app, SMS, security key, codes.
	LocalFactor Factor = "local"
	// StateFactor is "2FA SPID/CIE/eIDAS": the person chose to prove themselves there.
	StateFactor Factor = "state"
)

func (p Person) has(f Factor) bool { return slices.Contains(p.Factors, f) }

// Declaration is where the person stands with "non posso usare SPID o CIE". // G2.3
type Declaration struct {
	State DeclarationState
	// Until is when an active one ends.
	Until time.Time
	// ByDesk: the renewals that a person makes alone are used up.
	ByDesk bool
}

// DeclarationState is how far a declaration is.
type DeclarationState string

// The states. A lapsed one may be renewed, a withdrawn one was ended by a review and
// is opened again by the help desk alone.
const (
	NotDeclared DeclarationState = ""
	Declared    DeclarationState = "active"
	Lapsed      DeclarationState = "lapsed"
	Withdrawn   DeclarationState = "withdrawn"
)

// active tells whether it counts at a moment: a state that nobody has updated yet does
// not outlive its date.
func (d Declaration) active(now time.Time) bool { return d.State == Declared && now.Before(d.Until) }

// byDesk tells whether only the help desk can go on.
func (d Declaration) byDesk() bool { return d.ByDesk || d.State == Withdrawn }

// span is a time with open ends; the end is not part of it.
type span struct{ from, until time.Time }

func (s span) holds(now time.Time) bool {
	return !now.Before(s.from) && (s.until.IsZero() || now.Before(s.until))
}
