package eidasdoor

import (
	"testing"

	"atrio/gateway/doors"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	full := countryView{Countries: []countryLink{{"Spagna", "/eidas/login?country=ES"}, {"Grecia", "/eidas/login?country=EL"}}, Back: "/login"}
	webtest.Pages(t, Pages(), map[string][]any{"country": {countryView{}, full}}, doors.Pages())
}
