package exit_test

import (
	"testing"

	"atrio/gateway/doors"
	"atrio/gateway/doors/exit"
	"atrio/web"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	left := []any{exit.LeftView{}}
	for _, s := range exit.States() {
		left = append(left, exit.LeftView{State: s, Provider: "Identità <Uno>", To: "https://servizio.example.org/uscita"})
	}
	post := exit.LeavingView{Provider: "Identità Uno", Action: "https://idp.example.org/slo", Fields: []web.Field{{Name: "SAMLRequest", Value: "x"}}, Next: "/spid/slo/unanswered"}
	silent := post
	silent.Silent = true
	webtest.Pages(t, exit.Pages(), map[string][]any{
		"left":    left,
		"leaving": {exit.LeavingView{}, post, silent, exit.LeavingView{Provider: "Identità Uno", Address: "https://idp.example.org/slo?SAMLRequest=x", Next: "/x"}},
	}, doors.Pages())
}
