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
	roads := []identityView{{"i1", "spid", "Uno", at, at}, {"i2", "cie", "CIE", at, at}, {"i3", "eidas", "Nodo", at, at}}
	full := dataView{Name: "Ada", Code: "123456789", Email: "a@example.it", Since: at, Identities: roads}
	for _, source := range []account.Source{account.FromSPID, account.FromCIE, account.FromEIDAS, account.FromRegister, account.FromDesk, account.Declared, account.Confirmed} {
		full.Attributes = append(full.Attributes,
			attributeView{"email", "", "a@example.it", string(source), "", at}, attributeView{"birth_date", "date", "1999-03-12", string(source), "Uno", at})
	}
	full.Parents = []parentView{{"parent", at, at, time.Time{}}, {"guardian", at, at, at}, {"foster", at, at, at}}
	full.Ties = []tieView{{"student", "Corsi", at, at, "register", at}, {"employee", "", at, time.Time{}, "desk", at}, {"alum", "", time.Time{}, at, "register", at}, {Kind: "guest", Source: "register"}}
	webtest.Pages(t, Pages(), map[string][]any{
		"data": {dataView{}, full},
		"sessions": {sessionsView{}, sessionsView{Stays: []stayView{{Handle: "h", Browser: "Firefox", Address: "192.0.2.1"}}}, sessionsView{Sessions: []sessionView{
			{"h1", "spid", "Uno", "Firefox", "192.0.2.1", at, at, at, true}, {"h2", "cie", "CIE", "", "", at, at, at, false},
		}}},
		"history": {historyView{}, historyView{Older: "/account/history?before=3", Lines: []historyLine{
			{"selfcare.event.login.succeeded", at, "Uno", "mooc", "192.0.2.1", "K3QT", false, "", "/account/history/dispute?event=K3QT"}, {"selfcare.event.desk.done", at, "", "", "", "", true, "freeze", ""},
		}}},
		"identities": {identitiesView{}, identitiesView{Identities: roads}, identitiesView{Identities: roads[:1], Only: true}},
		"fresh":      {freshView{}, freshView{Minutes: 15, To: "closing"}, freshView{Weak: true}},
		"closing":    {closingView{}, closingView{Errors: ui.Errors{{Field: "sure", Key: "selfcare.closing.sure.required"}}, Code: "123456789", Days: 30}},
		"dispute":    {disputeView{Line: historyLine{Key: "selfcare.event.login.succeeded"}}, disputeView{"K3QT", historyLine{Key: "selfcare.event.login.succeeded", At: at, Issuer: "Uno", Address: "192.0.2.1"}}},
		"disputed":   {nil},
		"name":       {nameView{}, nameView{Errors: ui.Errors{{Field: "chosen_name", Key: "form.characters"}}, Legal: "Ada <b>", Chosen: "Adi", Longest: 80}},
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
		audit.DeskDone, audit.DeskAsked, audit.DeskRefused, audit.DataRead, audit.AccountMerged, audit.AccountUnmerged,
		audit.FactorAdded, audit.FactorRemoved, audit.RecoveryMade, audit.StepUp,
		audit.FactorsSuspended, audit.FactorsResumed, audit.ResetAsked, audit.ResetStopped, audit.ResetDone,
		audit.CodeRedeemed, audit.LogoutStarted, audit.AccountClosed, audit.AccountDisputed, audit.AccountFrozen, audit.PasswordChanged, audit.RecoveryAsked, audit.StayBegan, audit.StayEnded,
	} {
		if _, ok := s.line(audit.Event{Action: action, Outcome: audit.OK}, "it"); !ok {
			t.Errorf("%s has no words", action)
		}
	}
	if _, ok := s.line(audit.Event{Action: audit.KeysRotated}, "it"); ok {
		t.Error("the rotation of keys concerns nobody")
	}
}
