package web_test

import (
	"testing"

	"atrio/base/fault"
	"atrio/web"
	"atrio/web/webtest"
)

func TestThePagesOfTheShellAreSoundInBothLanguages(t *testing.T) {
	type licence struct {
		Package, Version, Text string
		Licence                struct{ Licence string }
	}
	type licences struct{ List []licence }
	one := licence{Package: "bootstrap-italia", Version: "2.18.3", Text: "BSD"}
	one.Licence.Licence = "BSD-3-Clause"
	type action struct {
		Text, URL string
		Fields    []fault.Field
	}
	type failure struct {
		Title, Lead, More, Reference string
		Status, Wait                 int
		Actions                      []action
	}
	webtest.Pages(t, web.Pages(), map[string][]any{
		"error": {failure{}, failure{
			Title: "Errore", Lead: "Testo", More: "Aiuto", Reference: "AAAA-BBBB-CCCC", Status: 429, Wait: 30,
			Actions: []action{{"Invia di nuovo", "/acs", []fault.Field{{Name: "a", Value: "b"}}}, {"Torna", "/", nil}, {"Aiuto", "/help", nil}},
		}},
		"autopost": {web.AutoPost{}, web.AutoPost{
			Action: "https://idp.example/sso", Fields: []web.Field{{Name: "SAMLRequest", Value: "PHg+"}}, TitleKey: "web.autopost.title",
		}},
		"licences": {licences{}, licences{List: []licence{one}}},
	})
}
