package selfcare

import (
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/gateway/registration"
	"atrio/web"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	full := dataView{Name: "Ada", Code: "123456789", Email: "a@example.it", Since: at, Identities: []identityView{{"spid", "Uno", at, at}, {"cie", "CIE", at, at}, {"eidas", "Nodo", at, at}}}
	for _, source := range []account.Source{account.FromSPID, account.FromCIE, account.FromEIDAS, account.Declared, account.Confirmed} {
		full.Attributes = append(full.Attributes,
			attributeView{"email", "", "a@example.it", string(source), "", at}, attributeView{"birth_date", "date", "1999-03-12", string(source), "Uno", at})
	}
	webtest.Pages(t, Pages(), map[string][]any{
		"data": {dataView{}, full},
		"sessions": {sessionsView{}, sessionsView{Sessions: []sessionView{
			{"h1", "spid", "Uno", "Firefox", "192.0.2.1", at, at, at, true}, {"h2", "cie", "CIE", "", "", at, at, at, false},
		}}},
		"history": {historyView{}, historyView{Older: "/account/history?before=3", Lines: []historyLine{
			{"selfcare.event.login.succeeded", at, "Uno", "mooc", "192.0.2.1", "K3QT", false}, {"selfcare.event.session.ended", at, "", "", "", "", true},
		}}},
	}, registration.Pages())
}

func TestTheEventsThatConcernAPersonHaveWords(t *testing.T) {
	set, err := ui.NewSet(webtest.Theme(), web.Pages(), Pages(), registration.Pages())
	if err != nil {
		t.Fatal(err)
	}
	s := &Selfcare{Site: &web.Site{Pages: set}, ProviderName: func(issuer string) string { return issuer }}
	for _, action := range []string{
		audit.LoginSucceeded, audit.SessionEnded, audit.AccountCreated, audit.AccountChanged, audit.IdentityLinked, audit.IdentityRemoved,
		audit.CodeRedeemed, audit.LogoutStarted,
	} {
		if _, ok := s.line(audit.Event{Action: action, Outcome: audit.OK}, "it"); !ok {
			t.Errorf("%s has no words", action)
		}
	}
	if _, ok := s.line(audit.Event{Action: audit.KeysRotated}, "it"); ok {
		t.Error("the rotation of keys concerns nobody")
	}
}
