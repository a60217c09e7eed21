package eidasnode_test

import (
	"testing"

	"atrio/app/demo/eidasnode"
	"atrio/app/demo/simulator"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	country, other := eidasnode.Countries()[0], eidasnode.Countries()[4]
	webtest.Pages(t, eidasnode.Pages(), map[string][]any{
		"countries": {eidasnode.CountriesView{}, eidasnode.CountriesView{
			Service: "Ente <Prova>", Asked: "substantial", End: "/x/end", Trial: "/x/trial",
			Countries: []eidasnode.CountryView{{Country: country, URL: "/x/person?country=AT"}, {Country: other, URL: "/x/person?country=PT"}},
		}},
		"person": {eidasnode.PeopleView{}, eidasnode.PeopleView{
			Errors:  ui.Errors{{Field: "person", Key: "form.required"}, {Field: "level", Key: "form.required"}},
			Country: country, Asked: "substantial", Person: "oksana", Level: "high", Levels: []string{"low", "substantial", "high"},
			People: []eidasnode.PersonView{{Login: "oksana", Name: "Оксана Приклад", Latin: "Oksana Pryklad", Lang: "uk", Story: "demo.story.oksana", Level: "substantial"}},
			Action: "/x", Back: "/x", End: "/x/end", Trial: "/x/trial",
		}},
	}, simulator.Pages()...)
}
