package account

import "atrio/people/person"

// DoorSession is the session that a provider keeps of a person who came from there.
type DoorSession struct {
	Door person.Door
	// Issuer is the provider, NameID the person and SessionIndex the session as it
	// named them in the assertion.
	Issuer, NameID, SessionIndex string
}

// longestName bounds what is kept of a provider's names: ours have 41 characters, and
// a database index holds no more than some thousand.
const longestName = 512

// DoorSession is the session at the provider behind a visit; false when the answer named
// none, or nobody could name it. At levels 2 and 3 a SPID provider keeps no session and
// names none; where it names one all the same it is asked to end it, as the acceptance
// of the authority wants of services at every level. // Avviso SPID 3
func (v Visit) DoorSession() (DoorSession, bool) {
	a := v.Asserted
	s := DoorSession{Door: a.Door, Issuer: a.Issuer, NameID: a.NameID, SessionIndex: a.SessionIndex}
	return s, s.NameID != "" && s.SessionIndex != "" && len(s.NameID) <= longestName && len(s.SessionIndex) <= longestName
}
