package entry

import (
	"testing"
	"time"

	"atrio/gateway/access"
	"atrio/gateway/doors"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	flow := "0123456789abcdef0123456789abcdef"
	views := []any{verdictView{Name: "duty", Trouble: true, Service: "Tasse", Doors: []wayView{{"entry.way.spid", "/login"}, {"entry.way.cie", "/cie/login"}}, Declare: "/declaration", Citizenship: "/c", Login: "/login", Help: "/help", Reference: "X"}}
	for _, name := range append(names(), string(access.Duty), string(access.StateFactorRule), "enrol-account") {
		views = append(views, verdictView{Name: name, Trouble: name == "duty", Login: "/login", Help: "/help"})
	}
	views = append(views, verdictView{Name: "suspended", Until: time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC), Resume: "/x", Login: "/login", Help: "/help"})
	for _, way := range []access.Way{access.WaySPID, access.WayCIE, access.WayEIDAS, access.WayFactor, access.WayEnrol, access.WayFiscalCode, access.WayAccount} {
		views = append(views, verdictView{Name: "duty", Doors: []wayView{{"entry.way." + string(way), "/x"}}})
	}
	webtest.Pages(t, Pages(), map[string][]any{
		"verdict": views,
		"citizenship": {citizenshipView{}, citizenshipView{
			Errors: ui.Errors{{Field: "citizenship", Key: "entry.citizenship.missing"}}, Flow: flow, Service: "Tasse", Chosen: "both", Login: "/login", Help: "/help",
		}, citizenshipView{Correct: true}},
	}, doors.Pages())
}

// names are the words of all outcomes that come to this page.
func names() (out []string) {
	for _, k := range access.Kinds() {
		if k != access.Enter && k != access.UseFederated && k != access.AskCitizenship {
			out = append(out, string(k))
		}
	}
	return out
}
