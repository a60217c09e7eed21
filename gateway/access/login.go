package access

import (
	"time"

	"atrio/people/person"
)

// Login is how a person came in, this time.
type Login struct {
	Door  person.Door
	Level person.Level
	// SecondFactor: two factors were used in this login. A temporary suspension of the
	// second factor never sets it. // G4.6
	SecondFactor bool
	At           time.Time
	// For is the service for which the login was begun, where it is one for minors: the
	// provider of SPID asked a parent about that one.
	For string
}

// ByState tells that the door leads to an identity that a state vouches for, with the
// levels of the law; at all others the institution's own second factor is asked for.
func (l Login) ByState() bool {
	return l.Door == person.DoorSPID || l.Door == person.DoorCIE || l.Door == person.DoorEIDAS
}

// Reached is the level that counts for what the login opens: the institution's own two
// factors count as level 2. It is never told to a service as a level of SPID.
func (l Login) Reached() person.Level {
	if l.ByState() || !l.SecondFactor {
		return l.Level
	}
	return max(l.Level, ownLevel)
}

// twoFactors tells that two were used: the levels of a state say it from 2 on.
func (l Login) twoFactors() bool { return l.SecondFactor || l.ByState() && l.Level >= person.Level2 }

// italian tells that the door is one of the two that the duty names.
func (l Login) italian() bool { return l.Door == person.DoorSPID || l.Door == person.DoorCIE }

// Doors are all doors, in the order in which pages and tables name them.
func Doors() []person.Door {
	return []person.Door{
		person.DoorSPID, person.DoorCIE, person.DoorEIDAS, person.DoorEduGAIN, person.DoorPasskey, person.DoorLocal,
	}
}
