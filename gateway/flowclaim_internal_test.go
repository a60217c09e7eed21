package gateway

import (
	"context"
	"testing"
	"time"

	factors "atrio/authn/secondfactor"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/people/person"
)

// G3.8, G6.2: what proves an account for an identity that waits.
func TestAnAccountIsProvedByAFreshPasswordOrASubstantialDoor(t *testing.T) {
	passed := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	f := &Flow{Factors: func(_ context.Context, accountID string) (s secondfactor.Status, err error) {
		if accountID == "two" {
			s.Factors = []secondfactor.Factor{{Kind: factors.TOTP}}
		}
		return s, nil
	}}
	spid, eidas := &person.Assertion{Door: person.DoorSPID, FiscalCode: "FNTPRV80A01H501U"}, &person.Assertion{Door: person.DoorEIDAS}
	own := func(acr string, at time.Time) person.Assertion {
		return person.Assertion{Door: person.DoorLocal, Level: person.Level1, ACR: acr, AuthnAt: at}
	}
	world := func(door person.Door, level person.Level) person.Assertion {
		return person.Assertion{Door: door, Level: level, AuthnAt: passed}
	}
	for name, c := range map[string]struct {
		by      person.Assertion
		link    *person.Assertion
		account string
		want    bool
	}{
		"a password typed in this journey":        {own(sso.SingleFactor, passed.Add(time.Minute)), spid, "one", true},
		"a password typed in the same instant":    {own(sso.SingleFactor, passed), spid, "one", true},
		"a browser that stayed signed in":         {own(sso.SingleFactor, passed.Add(-time.Hour)), spid, "one", false},
		"a password where a second factor is due": {own(sso.SingleFactor, passed.Add(time.Minute)), spid, "two", false},
		"two factors":                              {own(secondfactor.ACR, passed.Add(time.Minute)), spid, "two", true},
		"two factors of an hour ago":               {own(secondfactor.ACR, passed.Add(-time.Hour)), spid, "two", false},
		"a password for an identity of eIDAS":      {own(sso.SingleFactor, passed.Add(time.Minute)), eidas, "one", false},
		"a door of level 1":                        {world(person.DoorEIDAS, person.Level1), spid, "one", false},
		"a door of level 2":                        {world(person.DoorEIDAS, person.Level2), spid, "one", true},
		"another door of level 3, to eIDAS":        {world(person.DoorCIE, person.Level3), eidas, "one", true},
		"an institution that says nothing of this": {world(person.DoorEduGAIN, 0), spid, "one", false},
	} {
		if got, err := f.proves(t.Context(), c.by, journey.Journey{Link: c.link, Passed: passed}, c.account); err != nil || got != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
