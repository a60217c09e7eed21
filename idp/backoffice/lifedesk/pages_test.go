package lifedesk

import (
	"testing"
	"time"

	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	home := homeView{Errors: ui.Errors{{Field: "value", Key: "lifedesk.none"}}, By: "user_id", Value: "a@<b>", MayFind: true, MayDecide: true, Watches: true}
	full := identityView{
		Code: "TESTABCDEFGH01", Name: "Ada <Prova>", State: "suspended", Cause: "holder", StateAt: at, Created: at, Expires: at, Document: at, MayLift: true, MayDecide: true,
		Tasks: []taskRow{{Kind: life.DocumentTask, URL: "/x", Made: at}}, Act: "suspend", Chosen: "abuse", Reason: "r", Most: 4, Errors: ui.Errors{{Field: "cause_suspend", Key: "lifedesk.cause.missing"}, {Field: "paper", Key: "lifedesk.paper.missing"}},
	}
	for _, kind := range []string{"holder_report", "document_front", "document_back"} {
		full.Evidence = append(full.Evidence, paperView{ID: kind, Kind: kind, URL: "/x", At: at, Set: true})
	}
	for _, c := range identity.Causes(identity.Suspend) {
		full.Suspensions = append(full.Suspensions, string(c))
	}
	for _, c := range identity.Causes(identity.Revoke) {
		full.Revocations = append(full.Revocations, string(c))
	}
	for _, act := range []identity.Act{identity.Suspend, identity.Lift, identity.Revoke, identity.Renew, identity.Amend} {
		for _, as := range []identity.Role{identity.AsHolder, identity.AsCaller, identity.AsDesk, identity.AsJob} {
			full.History = append(full.History, historyView{At: at, Act: string(act), As: string(as), By: "Remo", Second: "Fabia", Why: "perché"})
		}
		home.Acts = append(home.Acts, actRow{SPIDCode: "TESTABCDEFGH01", Act: string(act), By: "Remo", Second: "Fabia", Reason: "r", At: at})
		home.Tasks = append(home.Tasks, taskRow{Kind: life.AgreeTask, Act: string(act), Cause: "death", By: "Remo", URL: "/x", Made: at, Mine: true})
	}
	for _, e := range []identity.Event{{Act: identity.Lift, To: identity.Suspended}, {Act: identity.Renew, By: identity.By{Role: identity.AsJob}}} {
		full.History = append(full.History, historyView{At: at, Act: e.Word(), As: "job"})
	}
	for _, c := range []string{"document_expired", "inactivity", "contract_end"} {
		full.History = append(full.History, historyView{At: at, Act: "revoke", Cause: c, As: "job"})
	}
	home.Tasks = append(home.Tasks, taskRow{Kind: life.DocumentTask, URL: "/y", Made: at})
	revoked := full
	revoked.State, revoked.Act, revoked.Tasks = "revoked", "revoke", []taskRow{{Kind: life.AgreeTask, Act: "revoke", Cause: "death", URL: "/x", Made: at}}
	document := identity.Document{Kind: "passaporto", Number: "YA1", Issuer: "questuraRoma", IssuedOn: at, ExpiresOn: at}
	webtest.Pages(t, Pages(), map[string][]any{
		"home": {homeView{}, home}, "identity": {identityView{}, full, revoked},
		"task": {
			taskView{}, taskView{Kind: life.DocumentTask, Old: document, New: document, Pictures: []string{"/a", "/b"}, Errors: ui.Errors{{Field: "same", Key: "lifedesk.same.missing"}}, Reason: "r"},
			taskView{Kind: life.AgreeTask, Act: "revoke", Cause: "death", Why: "w", By: "Remo", Mine: true, Pictures: []string{"/a"}, Made: at},
			taskView{Kind: life.AgreeTask, Act: "lift", Why: "w", By: "Remo", State: "suspended", StateCause: "security", Stale: true, Made: at},
		},
	})
}
