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

// DoorSession is the session at the provider behind a visit; false when there is none,
// as at levels 2 and 3 of SPID and eIDAS, or when nobody could name it. CIE keeps one at
// every level. // Avviso SPID 3
func (v Visit) DoorSession() (DoorSession, bool) {
	a := v.Asserted
	s := DoorSession{Door: a.Door, Issuer: a.Issuer, NameID: a.NameID, SessionIndex: a.SessionIndex}
	keeps := a.Level == person.Level1 || a.Door == person.DoorCIE
	named := s.NameID != "" && s.SessionIndex != "" && len(s.NameID) <= longestName && len(s.SessionIndex) <= longestName
	return s, keeps && named
}
