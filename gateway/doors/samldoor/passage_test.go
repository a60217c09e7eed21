package samldoor

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
	got := Neutral(map[string]string{
		"fiscalNumber": "TINIT-DMCDAA80A41H501U", "name": "Ada", "email": strings.Repeat("x", MaxValue+1), "invented": "x",
	})
	if len(got) != 2 || got[person.FiscalNumber] != "DMCDAA80A41H501U" || got[person.GivenName] != "Ada" {
		t.Errorf("%v", got)
	}
}
