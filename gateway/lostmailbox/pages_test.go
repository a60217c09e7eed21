package lostmailbox

import (
	"testing"
	"time"

	"atrio/gateway/helpdesk"
	"atrio/gateway/registration"
	"atrio/gateway/registration/wizard"
	"atrio/gateway/selfcare"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	wrong := askView{Said: helpdesk.Said{Key: "<b>", Name: "x", Address: "y", Words: "<z>"}}
	for _, field := range []string{"key", "name", "address", "words"} {
		wrong.Errors = append(wrong.Errors, ui.FieldError{Field: field, Key: "lostmailbox." + field + ".missing"})
	}
	webtest.Pages(t, Pages(), map[string][]any{
		"ask": {askView{}, askView{Flow: "x"}, wrong, askView{Errors: ui.Errors{{Field: "address", Key: "lostmailbox.address.own"}}}}, "sent": {sentView{}, sentView{"ABCD-1234", "/login"}},
		"link": {linkView{}, linkView{Token: "x", Ripe: at}, linkView{Token: "x", Finish: true}}, "done": {linkView{}, linkView{Finish: true}},
	}, registration.Pages(), wizard.Pages(), selfcare.Pages())
}
