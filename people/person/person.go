// Package person holds what the whole program says about a natural person: who
// asserted something, how strongly, and under which neutral attribute names.
//
// It owns types and names only. Doors (gateway/doors) make Assertions from the
// messages of their world, federation/* translates foreign attribute names into
// the ones here, gateway/access decides what an Assertion allows.
package person

import (
	"fmt"
	"time"
)

// Door is the way by which a person came in.
type Door string

// The doors.
const (
	DoorSPID    Door = "spid"
	DoorCIE     Door = "cie"
	DoorEIDAS   Door = "eidas"
	DoorEduGAIN Door = "edugain"
	DoorLocal   Door = "local"
	// DoorPasskey is a passkey as the way to sign in. // G4.5
	DoorPasskey Door = "passkey"
)

// Level is a level of assurance as SPID and eIDAS count it: 1 low, 2
// substantial, 3 high. Zero means that nothing is known.
type Level int

// The levels.
const (
	Level1 Level = 1
	Level2 Level = 2
	Level3 Level = 3
)

// ParseLevel accepts 1, 2 and 3.
func ParseLevel(n int) (Level, error) {
	if n < 1 || n > 3 {
		return 0, fmt.Errorf("level of assurance %d is not 1, 2 or 3", n)
	}
	return Level(n), nil
}

// Assertion is what a door says about the person who passed it, after all checks
// of its world. Unknown values are empty.
type Assertion struct {
	Door         Door
	Issuer       string // entityID or issuer URL of the provider
	Subject      string // the provider's lasting name of the person (spidCode)
	FiscalCode   FiscalCode
	Level        Level
	ACR          string // authentication context as the provider wrote it
	AuthnAt      time.Time
	AssertionID  string // consumed once
	NameID       string // for logout
	SessionIndex string // for logout
	// Attributes by the names of attributes.go.
	Attributes map[string]string
	// Expires is the end of the assertion's validity; a replay mark has to be
	// kept until then.
	Expires time.Time
}

// Attribute returns the attribute of that neutral name, "" if not asserted.
func (a Assertion) Attribute(name string) string { return a.Attributes[name] }
