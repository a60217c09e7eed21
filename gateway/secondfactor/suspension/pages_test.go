package suspension

import (
	"testing"
	"time"

	"atrio/gateway/doors"
	"atrio/gateway/secondfactor/challenge"
	"atrio/gateway/secondfactor/enrolment"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	wrong := ui.Errors{{Field: "password", Key: "suspension.password.wrong"}}
	webtest.Pages(t, Pages(), map[string][]any{
		"suspend": {
			suspendView{}, suspendView{Has: true, Until: at}, suspendView{Has: true, Until: at, Flow: "x", Onward: "/authorize?x=y", Service: "Corsi <aperti>"},
			suspendView{Has: true, Until: at, Flow: "x", Onward: "/account"},
			suspendView{Has: true, Until: at, Flow: "x", Onward: "/authorize?x=y", Service: "Corsi <aperti>", Wants: true}, suspendView{Has: true, Factor: true, Spent: true, Hours: 24}, suspendView{Has: true, Hours: 24},
			suspendView{Has: true, Proved: true, Hours: 24, Errors: wrong},
			suspendView{Has: true, Proved: true, Errors: ui.Errors{{Field: "password", Key: "suspension.password.wait", Args: []any{"minutes", 2}}}},
		},
		"reset":   {resetView{}, resetView{Has: true, Hours: 72, Errors: wrong}, resetView{Has: true, Ripe: at}},
		"link":    {linkView{}, linkView{Token: "x", Ripe: at}, linkView{Finish: true, Stranger: true, Login: "/login"}, linkView{Finish: true, Token: "x"}},
		"stopped": {nil},
	}, doors.Pages(), enrolment.Pages(), challenge.Pages())
}
