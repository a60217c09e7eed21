package spiddoor

import (
	"slices"
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/gateway/account"
	"atrio/people/person"
)

func TestEveryAttributeThatIsKeptHasAPlaceOnTheAccountPage(t *testing.T) {
	for _, row := range spid.Attributes() {
		if row.Person != "" && !slices.Contains(account.Names(), personName(row.Person)) {
			t.Errorf("%s becomes %q, which account.Names does not list", row.Name, row.Person)
		}
	}
}

func TestAttributesAreTranslatedAndCut(t *testing.T) {
	got := neutral(map[string]string{
		"fiscalNumber": "TINIT-DMCDAA80A41H501L", "name": "Ada", "email": strings.Repeat("x", maxValue+1), "invented": "x",
	})
	if len(got) != 2 || got[person.FiscalNumber] != "DMCDAA80A41H501L" || got[person.GivenName] != "Ada" {
		t.Errorf("%v", got)
	}
}

func TestWithoutANameOrACodeNobodyIsLetIn(t *testing.T) {
	full := person.Assertion{Subject: "x", Attributes: map[string]string{
		person.GivenName: "Ada", person.FamilyName: "D'Amico", person.FiscalNumber: "DMCDAA80A41H501L",
	}}
	if got := missing(full); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := missing(person.Assertion{}); len(got) != 4 {
		t.Errorf("%v", got)
	}
}
