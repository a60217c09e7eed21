package spiddoor

import (
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/access"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/journey"
	"atrio/people/person"
)

// world is SPID as a door sees it.
type world struct {
	sp   *spidsaml.SP
	sets func(service string) int
}

// Request asks for the level of the destination or more. // SPID-RT 1.2.2
func (x world) Request(id string, now time.Time, p spidsaml.Provider, to journey.Destination) (spidsaml.Request, error) {
	return x.sp.Request(id, now, p, spidsaml.Want{
		Level: spid.Level(access.LevelToRequest(to.Level, to.ForceAuthn)), Comparison: spid.Minimum, AttributeIndex: x.sets(to.Service),
		Purpose: spid.Purpose(to.Purpose),
	})
}

// Check runs the table of SPID.
func (x world) Check(samlResponse string, p spidsaml.Provider, pending spidsaml.Pending, now time.Time) (*spidsaml.Login, error) {
	return spidsaml.CheckResponse(spidsaml.Input{SAMLResponse: samlResponse, SP: x.sp, Provider: p, Pending: pending, Now: now})
}

// Assertion names the person by the spidCode. // ASVS 6.8.1
func (x world) Assertion(login *spidsaml.Login) (person.Assertion, []string) {
	a := person.Assertion{Subject: login.Attributes["spidCode"], Attributes: samldoor.Neutral(login.Attributes)}
	if code, err := person.ParseFiscalCode(a.Attributes[person.FiscalNumber]); err == nil {
		a.FiscalCode = code
	}
	return a, samldoor.Missing(
		samldoor.Need{Name: "spidCode", Value: a.Subject}, samldoor.Need{Name: "name", Value: a.Attributes[person.GivenName]},
		samldoor.Need{Name: "familyName", Value: a.Attributes[person.FamilyName]},
		samldoor.Need{Name: "fiscalNumber", Value: a.Attributes[person.FiscalNumber]})
}
