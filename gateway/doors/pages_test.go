package doors

import (
	"testing"

	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	views := map[string][]any{
		"choice": {choiceView{}, choiceView{
			Service: "Open <Knowledge>", Lost: true, User: "Ada", Staying: "Ada", Open: true, Flow: "x", Remember: true,
			Providers: []providerView{{"Uno", "/spid/login?idp=a", true, false, ""}, {"Due", "/spid/login?idp=b", false, true, "Fermo fino alle 18"}},
			Links:     SPIDLinks{"https://a.example/", "https://b.example/", "https://c.example/"},
		}, choiceView{Local: Local{
			Errors: ui.Errors{{Field: "code", Key: "error.person_code"}, {Field: "password", Key: "doors.credentials.password.required"}},
			Code:   "<1>", Wrong: true, Busy: true, Minutes: 1,
		}}},
	}
	for _, n := range NotYets() {
		views["notyet"] = append(views["notyet"], notYetView{n.Name, n.Ways, "/login"})
	}
	for i, q := range Questions() {
		views["guide"] = append(views["guide"],
			guideView{Question: q.Name, Choices: q.Choices, Place: i + 1, Total: 5},
			guideView{
				Errors: ui.Errors{{Field: q.Name, Key: "doors.guide.missing"}}, Question: q.Name, Choices: q.Choices, Place: i + 1, Total: 5,
				Given: []Given{{"registered", "yes"}}, Back: "/guide", Flow: "x",
			})
	}
	for _, a := range everyAnswer() {
		o := Decide(a, true)
		views["outcome"] = append(views["outcome"], outcomeView{o.Name, o.First, o.Doors, o.Steps, a.list(), "/guide", "/login"})
	}
	webtest.Pages(t, Pages(), views)
}
