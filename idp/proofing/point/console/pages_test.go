package console

import (
	"testing"
	"time"

	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	wrong := func(fields ...string) (list ui.Errors) {
		for _, field := range fields {
			list = append(list, ui.FieldError{Field: field, Key: "form.required"})
		}
		return list
	}
	list := listView{Errors: wrong("number"), Point: "<b>Punto</b>", Address: "Via di Prova 1, Lodi", Typed: `"`, Untrained: true}
	full := requestView{
		Errors: wrong("document_front", "paper", "code", "tick_person", "item_person", "why_person", "reason", ""), Number: "AB10-2131", Version: 7, Elsewhere: "Altro <Point>",
		Booked: at, Shared: 4, Most: 10, Unpictured: true, AtPoint: true, Contract: at, Signed: at, PaperURL: "/operator/point/AB10-2131/evidence/x",
		Doubts: []string{"family_name", "given_name", "sex", "birth_date", "birth_place"},
		Code:   codeView{Offered: true, Sent: true, To: "••• 009", Again: 50, Life: 5}, Ticks: tickList(func(string) bool { return true }), Reason: "<i>",
		MayTake: true, MayCheck: true, MayIdentify: true, MayComeBack: true, MaySuspect: true, MayResume: true, Untrained: true,
	}
	data := enrolment.Data{Person: enrolment.Person{DigitalAddress: "a@pec.example.org"}, HealthCard: enrolment.HealthCard{Number: "1"}}
	data.Document.Kind, data.Person.Domicile.Street = "passaporto", "Via di Prova 2"
	full.facts(data, func(time.Time) string { return "x" })
	for _, what := range enrolment.Pictures() {
		full.Pictures = append(full.Pictures, pictureView{string(what), "/x"})
	}
	for _, what := range enrolment.Whats() {
		full.Wanted = append(full.Wanted, enrolment.Item{What: what, Why: "<b>", Done: true})
	}
	for _, what := range wantable {
		full.Items = append(full.Items, askView{string(what), "why", true})
	}
	requests := []any{requestView{}}
	for _, s := range states {
		list.Days = append(list.Days, dayView{at, []rowView{{"10:30", "AB10-2131", string(s), "/x"}}})
		for _, act := range []enrolment.Act{enrolment.ComeBack, enrolment.Suspect} {
			v := full
			v.State, v.Act = string(s), string(act)
			requests = append(requests, v)
		}
	}
	by := full
	by.PaperURL, by.AtPoint, by.MayResume, by.Code.Sent = "", false, false, false
	webtest.Pages(t, Pages(), map[string][]any{"list": {listView{}, list}, "request": append(requests, by)}, operator.Pages())
}
