// Package access holds the rules of who may enter how: pure functions, one rule
// per file, each with its clause. It knows neither HTTP nor SQL; gateway/flow.go
// asks it and shows the page.
package access

import (
	"time"

	"atrio/people/person"
)

// Level is the rule about the strength of a login.
const Level ID = "level"

func level() Rule {
	return Rule{
		ID: Level, Basis: Guidance, Clause: "DPCM 24 October 2014 art. 6; eIDAS art. 6", From: on(2014, time.December, 24),
		Title: Text{
			"Il livello di garanzia dell’accesso non è inferiore a quello del servizio (di regola 2)",
			"The level of assurance of the login is not lower than that of the service (2 as a rule)",
		},
		say: func(q *question) finding {
			switch {
			case q.ByState() && !LevelSuffices(q.Service.Level, q.Login.Level):
				return decides(LevelTooLow, Text{"l’accesso è di livello inferiore", "the login is of a lower level"}, stronger(q)...)
			case q.oneFactorOfAState() && !q.has(LocalFactor):
				return decides(LevelTooLow, Text{"la richiesta vuole due fattori e l’accesso ne ha usato uno", "the request wants two factors and the login used one"}, stronger(q)...)
			case !q.ByState() && LevelAsked(q.Service.Level) > ownLevel:
				return decides(LevelTooLow, Text{"le credenziali dell’istituzione arrivano al livello 2", "the institution’s own credentials reach level 2"}, stronger(q)...)
			}
			return silent("il livello basta, o decide il secondo fattore", "the level suffices, or the second factor decides")
		},
	}
}

// oneFactorOfAState tells that two factors are wanted of a login by SPID, CIE or eIDAS that
// used one. // G4.8
func (q *question) oneFactorOfAState() bool {
	return q.ByState() && q.TwoFactors && !q.Login.twoFactors()
}

// ownLevel is what the institution's own credentials reach with a second factor.
const ownLevel = person.Level2

// stronger are the doors that reach every level, the one just used first.
func stronger(q *question) []Way {
	if q.Door == person.DoorEIDAS {
		return append([]Way{WayEIDAS}, append(q.doors(), WayLogin)...)
	}
	ways := q.doors()
	if q.Door == person.DoorCIE {
		ways = []Way{WayCIE, WaySPID}
	}
	return append(ways, WayEIDAS, WayLogin)
}

// DefaultLevel is what a service gets that asks for nothing: SPID level 2.
// REQUIREMENTS G2.6; art. 64 c. 2-quater CAD with the AgID guidance that online
// services of public bodies ask for at least level 2.
const DefaultLevel = person.Level2

// LevelAsked is the level to request at a door for a service that asks for the
// given level; zero means that the service said nothing.
func LevelAsked(service person.Level) person.Level {
	if service < person.Level1 || service > person.Level3 {
		return DefaultLevel
	}
	return service
}

// LevelToRequest is the level to ask a door for. A fresh login is asked for at level
// 2 at least: at level 1 a provider may answer from the session it has.
// SPID-RT 1.2.2 (ForceAuthn belongs to levels 2 and 3)
func LevelToRequest(service person.Level, fresh bool) person.Level {
	if l := LevelAsked(service); l > person.Level1 || !fresh {
		return l
	}
	return person.Level2
}

// LevelSuffices is the rule itself: what was reached must not be lower than what
// the service asks. // G2.6
func LevelSuffices(service, reached person.Level) bool {
	return reached >= LevelAsked(service)
}
