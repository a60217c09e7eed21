// Package access holds the rules of who may enter how: pure functions, one rule
// per file, each with its clause. It knows neither HTTP nor SQL; gateway/flow.go
// asks it and shows the page.
package access

import "atrio/people/person"

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
