package form

import (
	"html/template"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/people/civil"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 3, 10, 9, 30, 0, 0, time.UTC)
	wanted := []enrolment.Item{{What: enrolment.WantedPerson, Why: "<b>"}}
	for _, what := range enrolment.Whats() {
		wanted = append(wanted, enrolment.Item{What: what, Why: "not legible", Done: true})
	}
	errs := func(fields []string, key string) (list ui.Errors) {
		for _, field := range fields {
			list = append(list, ui.FieldError{Field: field, Key: key})
		}
		return list
	}
	towns := []civil.Option{{Code: "A744", Name: "BELLAGIO (soppresso il 03/feb/2014)"}}
	person := personView{Step: 3,
		Errors: errs(personFields, "form.required"), T: typed{State: "IT", Elsewhere: true}, States: towns, Citizenships: towns, Provinces: towns, Countries: towns,
		BirthTowns: towns, Residences: towns, Domicile: towns, Doubts: true, Wanted: wanted, Italy: "IT", Max: civil.MaxName,
	}
	documents := documentsView{Step: 2, Back: "/enrol/request", Errors: errs(documentFields, "form.required"), P: papers{Kind: "passaporto", Card: healthCard}, There: there{}, Wanted: wanted, Most: 10, AtPoint: true}
	for _, k := range kinds {
		documents.Kinds = append(documents.Kinds, k.Word)
	}
	for _, what := range enrolment.Pictures() {
		documents.There[what] = true
	}
	var requests []any
	for _, s := range enrolment.States() {
		v := requestView{Number: "AB10-2131", State: s, Method: enrolment.Point, Circuit: "Centro", Booking: &enrolment.Booking{At: at}, Next: "/enrol/point", Until: at, Contract: true, Regains: true, MayResubmit: true, MayChange: true, MayWithdraw: true}
		for _, item := range wanted {
			v.Wanted = append(v.Wanted, wantedView{item, pagesOf[item.What]})
		}
		for _, act := range enrolment.Acts() {
			for _, role := range []enrolment.Role{enrolment.Applicant, enrolment.Collector, enrolment.Approver, enrolment.Fraud, enrolment.System} {
				v.Steps = append(v.Steps, stepView{at, act, role, "<i>why</i>"})
			}
		}
		requests = append(requests, v)
		v.Off = true
		requests = append(requests, v)
	}
	offered := map[enrolment.Method]bool{enrolment.Point: true}
	webtest.Pages(t, Pages(), map[string][]any{
		"person":    {personView{Step: 2}, person},
		"documents": {documentsView{Step: 3, Back: "/enrol/person"}, documents},
		"contract":  {contractView{}, contractView{Errors: errs([]string{"agreed", "specific"}, "form.required"), Contract: template.HTML("<h2>x</h2>"), Agreed: true}},
		"request":   requests,
		"method":    {methodView{Ways: enrolment.Methods(), Now: enrolment.Point}, methodView{Errors: errs([]string{"method"}, "form.required"), Ways: enrolment.Methods(), Offered: offered, Signed: true, Now: enrolment.Point, Chosen: "point", Circuits: []Circuit{{ID: "centri", Name: "Centri <b>"}, {ID: "negozi", Name: "Negozi"}}, Circuit: "negozi"}},
		"withdraw":  {withdrawView{}, withdrawView{Errors: errs([]string{"sure"}, "form.required"), Number: "AB10-2131"}},
		"withdrawn": {withdrawView{}},
	}, way.Pages())
}
