package apply

import (
	"testing"

	"atrio/authn/proofofwork"
	"atrio/idp/enrolment"
	"atrio/idp/passwordrule"
	"atrio/idp/retention"
	"atrio/idp/useful"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func errorsOf(fields ...string) (errs ui.Errors) {
	for _, f := range fields {
		errs = append(errs, ui.FieldError{Field: f, Key: "form.required"})
	}
	return errs
}

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	foot := useful.Foot{Page: "start", Found: 56}
	account := accountView{
		Errors: errorsOf("email", "email_again", "password", "password_again", "privacy", "marketing_own"), Email: "ada@example.org", Again: "ada@example.org",
		Rules: passwordrule.Rules(), Least: 8, Most: 128, Consents: map[string]bool{"privacy": true, "marketing_own": true}, Marketing: marketing(),
		Work: proofofwork.Challenge{Token: "t", Puzzle: "p:", Bits: 17}, Shop: "Negozio <b>", Provider: "Gestore & Figli", Notice: "enrol.wait", Minutes: 2,
	}
	method := methodView{Errors: errorsOf("method", "circuit"), Foot: foot, Method: enrolment.Point, Circuit: "b", Limits: lifeView{Renewal: "5 €"}, Support: "aiuto@example.org"}
	method.Circuits = []circuitView{{"a", "Tabaccherie <Prova>", "Serve un appuntamento"}, {"b", "Centri di prova", ""}}
	for _, m := range enrolment.Methods() {
		method.Cards = append(method.Cards, card{Method: m, Why: "installation"})
	}
	none := method
	none.None = true
	method.Cards[2] = card{Method: enrolment.Point, Offered: true, Price: "3 €", Hours: "lun-ven"}
	var starts []any
	for _, area := range enrolment.Areas() {
		starts = append(starts, startView{Errors: errorsOf("area"), Foot: foot, Areas: enrolment.Areas(), Area: area, Elsewhere: !area.Personal(), Open: "/enrol/needs"})
	}
	webtest.Pages(t, Pages(), map[string][]any{
		"start":  append(starts, startView{}, startView{Signed: "/enrol/request"}),
		"needs":  {needsView{}, needsView{Errors: errorsOf(questions()...), Foot: foot, Questions: questions(), Has: map[string]string{"phone": "no"}, Missing: questions()}},
		"method": {methodView{}, method, none}, "account": {accountView{}, account}, "existing": {accountView{}, account}, "renew": {accountView{}, account},
		"created":   {createdView{}, createdView{Email: "a<b>@example.org", Support: "aiuto@example.org", Hours: 24, Notice: "enrol.mail.wait", Minutes: 3}},
		"landing":   {landingView{}, landingView{Errors: errorsOf("password"), Token: "t", Email: "a<b>@example.org", Foreign: true, Notice: "enrol.wait", Minutes: 3}},
		"confirmed": {endView{}, endView{"already"}, endView{"taken"}, endView{"done"}},
		"security": {securityView{}, securityView{
			Errors: errorsOf("question", "answer", "phone"), Questions: Questions(), Question: "toy", Phone: "<333>", Answered: true, Abroad: true, Notice: "enrol.wait", Minutes: 1,
		}},
		"phone":     {phoneView{}, phoneView{Errors: errorsOf("code"), Phone: "•••••• 001", Sent: true, Again: 40, Life: 5, Notice: "enrol.phone.cap", Minutes: 70}},
		"phonedone": {phoneDoneView{}, phoneDoneView{"•••••• 001", "/enrol/person"}},
		"privacy":   {privacyView{}, privacyView{"Gestore", "aiuto@example.org", retention.Config{}.WithDefaults(), 30}},
	}, useful.Pages())
}
