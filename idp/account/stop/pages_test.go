package stop

import (
	"testing"
	"time"

	"atrio/idp/credential"
	"atrio/idp/identity"
	"atrio/idp/useful"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	wrong := ui.Errors{{Key: "stop.emergency.over"}}
	full := View{Errors: ui.Errors{{Field: "sure", Key: "stop.revoke.sure.missing"}}, State: identity.Suspended, MaySuspend: true, MayLift: true, MayReport: true, May: true}
	already, weak := View{State: identity.Suspended}, View{State: identity.Suspended, Weak: true, Reported: true}
	over := View{MayLift: true, DocumentOver: true}
	webtest.Pages(t, Pages(), map[string][]any{
		"stop": {View{}, full, already, weak}, "revoke": {View{}, full, weak}, "lift": {View{}, full, over},
		"done":      {DoneView{}, DoneView{"abuse"}, DoneView{"revoked"}, DoneView{"other"}, DoneView{"suspended"}},
		"not_me":    {NotMeView{}, NotMeView{At: time.Date(2026, time.March, 10, 9, 0, 0, 0, time.UTC), Value: "1", May: true}},
		"report":    {ReportView{}, ReportView{Errors: ui.Errors{{Field: "report", Key: "stop.report.missing"}}, Most: 4, View: full}, ReportView{View: weak}},
		"emergency": {EmergencyView{}, EmergencyView{Errors: wrong, UserID: "a@<b>", Way: "mail"}},
		"emergency_code": {
			EmergencyView{}, EmergencyView{Errors: ui.Errors{{Field: "code", Key: "stop.emergency.wrong"}}, Ticket: "t"},
		},
		"guide": {GuideView{}, GuideView{Questions: questions, Foot: useful.Foot{Page: GuidePage, Found: 3}}},
		"link":  {LinkView{}, LinkView{"<t>"}},
	}, credential.Pages(), useful.Pages())
}
