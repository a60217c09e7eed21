package declarations

import (
	"testing"
	"time"

	"atrio/gateway/declaration"
	"atrio/gateway/helpdesk"
	"atrio/gateway/helpdesk/tasks"
	"atrio/gateway/registration"
	"atrio/gateway/selfcare"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	list := listView{State: "withdrawn", Rows: []Row{{Code: "202400013", Number: 2, By: declaration.ByDesk, Made: at, Until: at}, {Code: "202400021", By: declaration.BySelf, Withdrawn: at}}}
	full := personView{Pass: "p", Name: "Ada <b>", Code: "202400013", Person: "/x", State: "declared", Reviewed: true, Last: at, Contact: "a@example.org"}
	for _, r := range declaration.Reasons() {
		list.Figures = append(list.Figures, Figures{r, 1, 2, 3})
		full.Reasons = append(full.Reasons, reasonView{string(r), "declaration.reason." + string(r)})
		full.List = append(full.List, oneView{"1", string(r), declaration.BySelf, "<i>", at, at, at}, oneView{"2", string(r), declaration.ByDesk, "", at, at, time.Time{}})
	}
	views := []any{personView{}, full}
	for form, fields := range map[string][]string{accept: {"reason"}, withdraw: {"told", "contact", "reason"}, renew: {"declared", "words", "reason"}} {
		v := full
		v.Form, v.Reviewed = form, false
		for _, f := range fields {
			v.Errors = append(v.Errors, ui.FieldError{Field: f, Key: "form.required"})
		}
		views = append(views, v)
	}
	made := webtest.Pages(t, Pages(), map[string][]any{"list": {listView{}, list}, "person": views}, helpdesk.Pages(), tasks.Pages(), declaration.Pages(), registration.Pages(), selfcare.Pages())
	webtest.Noted(t, made, "reason", map[string]string{"it": "dati di salute", "en": "health data"}) // it stays in the log
}
