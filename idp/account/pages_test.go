package account_test

import (
	"testing"
	"time"

	"atrio/idp/account"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	full := account.View{
		Name: "Ada <Prova>", UserID: "ada@example.org", SPIDCode: "TESTABCDEFGH01", State: identity.Suspended, Expires: at, Level: 2, Since: at, Until: at,
	}
	for _, method := range []string{"password", "session", "totp", "sms", "app", "cns"} {
		full.Accesses = append(full.Accesses, account.Access{Service: "Servizi Prova", Level: 1, Method: method, Anomaly: len(full.Accesses) + 1, At: at})
	}
	full.Cards, full.MayLift, full.MayReport, full.MayDocument, full.Renewable, full.Document, full.DocumentEnds = true, true, true, true, true, "cartaIdentita", at
	views := []any{account.View{}, full}
	for _, cause := range []identity.Cause{identity.ByHolder, identity.Abuse, identity.DocumentExpired, identity.Security, identity.Fraud, identity.Death, identity.Inactivity, identity.ContractEnd, identity.Superseded, identity.Termination} {
		full.History = append(full.History, account.EventView{At: at, Act: string(identity.Revoke), Cause: string(cause), Role: string(identity.AsDesk)})
	}
	for _, cause := range []identity.Cause{identity.ByHolder, identity.Abuse, identity.DocumentExpired, identity.Security} {
		full.Cause = cause
		views = append(views, full)
	}
	for _, act := range []identity.Act{identity.Suspend, identity.Lift, identity.Renew, identity.Amend} {
		full.History = append(full.History, account.EventView{At: at, Act: string(act), Fields: []string{"email"}, Role: string(identity.AsHolder)})
	}
	for _, e := range []identity.Event{{Act: identity.Lift, To: identity.Suspended}, {Act: identity.Renew, By: identity.By{Role: identity.AsJob}}} {
		full.History = append(full.History, account.EventView{At: at, Act: e.Word(), Role: string(identity.AsHolder)})
	}
	for _, role := range []identity.Role{identity.AsCaller, identity.AsJob} {
		full.History = append(full.History, account.EventView{At: at, Act: string(identity.Suspend), Role: string(role)})
	}
	webtest.Pages(t, account.Pages(), map[string][]any{
		"start":    {account.StartView{}, account.StartView{SignedIn: true}},
		"account":  append(views, full),
		"setup":    {account.SetupView{}, account.SetupView{Service: "Servizi <Prova>", Phone: "•••••• 001", Action: "/a", Cancel: "/c"}},
		"accesses": {account.AccessesView{}, account.AccessesView{Accesses: full.Accesses, Older: "/x", Newest: true}},
	}, life.Pages())
}
