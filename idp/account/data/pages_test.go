package data

import (
	"testing"
	"time"

	"atrio/idp/account"
	"atrio/idp/enrolment/form"
	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	full := View{
		Email: "ada@<example>.org", Phone: "+393330000001", PEC: "ada@pec.example.org", Domicile: identity.Domicile{Street: "Via di Prova 1"},
		Document: identity.Document{Number: "CA00000AA", ExpiresOn: at}, Notices: identity.Notices{Mail: true, SMS: true}, Notification: true, May: true, Cooling: at,
		Waiting: true, MayDocument: true, Expires: at, Renewable: true,
	}
	warm := full
	warm.Cooling = time.Time{}
	weak := warm
	weak.Weak = true
	views := map[string][]any{
		"data": {View{}, full, warm, weak}, "domicile": {DomicileView{}, DomicileView{ui.Errors{{Field: "street", Key: "form.required"}}, full.Domicile}},
		"notices": {NoticesView{}, NoticesView{Errors: ui.Errors{{Field: "sms", Key: "data.notices.no_phone"}}, Mail: true, SMS: true, MaySMS: true, Language: "en"}},
		"renew":   {RenewView{}, RenewView{Endless: true}, RenewView{Errors: ui.Errors{{Field: "agree", Key: "data.renew.agree.missing"}}, Expires: at, Until: at, May: true, Price: "10 €"}, RenewView{Expires: at, Until: at, May: true}},
		"document": {DocumentView{}, DocumentView{
			Errors: ui.Errors{{Field: "front", Key: "data.document.picture"}, {Field: "kind", Key: "enrolment.documents.kind.missing"}}, Kind: "passaporto", Number: "YA1", Kinds: form.Kinds(), Most: 8,
		}},
		"contact": {ContactView{}}, "code": {ContactView{}, ContactView{Errors: ui.Errors{{Field: "code", Key: "data.code.wrong", Args: []any{"left", 1}}}, What: "phone", Value: "+39"}},
	}
	for _, c := range contacts {
		views["contact"] = append(views["contact"], ContactView{Errors: ui.Errors{{Field: "value", Key: "data.same"}}, What: c.purpose, Old: "x", Value: "y"})
	}
	webtest.Pages(t, Pages(), views, life.Pages(), account.Pages(), form.Pages(), way.Pages())
}
