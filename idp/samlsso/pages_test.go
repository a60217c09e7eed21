package samlsso_test

import (
	"testing"

	"atrio/federation/spid"
	"atrio/idp/credential"
	"atrio/idp/samlsso"
	"atrio/web"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	// "Annulla" is a word of package credential, labels are words of SPID.
	webtest.Pages(t, samlsso.Pages(), map[string][]any{"consent": {
		samlsso.ConsentView{},
		samlsso.ConsentView{
			Service: "Servizi <Prova>", Level: spid.L2, Holder: "Ada Prova", Session: true, Action: "/login/x/consent", Cancel: "/login/x/cancel",
			Data:    []samlsso.Datum{{Key: "spid.attribute.name", Value: "Ada"}, {Key: "spid.attribute.spidCode", Value: "TESTABCDEFGH01"}},
			Missing: []string{"spid.attribute.companyName"},
		},
	},
		"leaving": {samlsso.LeavingView{}, samlsso.FullLeaving()},
		"outcome": {samlsso.OutcomeView{}, samlsso.FullOutcome("Servizi Prova"), samlsso.FullOutcome("")},
	}, samlsso.AnomalyPages(), credential.Pages())
	stopped := func(key string) samlsso.StoppedView {
		return samlsso.StoppedView{
			Service: "Servizi <Prova>", Key: key, Action: "https://sp.example.org/acs", Fields: []web.Field{{Name: "SAMLResponse", Value: "PD94"}},
		}
	}
	webtest.Pages(t, samlsso.AnomalyPages(), map[string][]any{"stopped": {
		samlsso.StoppedView{}, stopped("idp.stopped.19"), samlsso.StoppedView{Key: "idp.stopped.20", SetupURL: "/account/recover"},
		samlsso.StoppedView{Key: "idp.stopped.20.card", SetupURL: "/account/card", Setup: "idp.stopped.setup_card"}, stopped("idp.stopped.20.card"), samlsso.StoppedView{Key: "idp.stopped.23.applicant", SetupURL: "/enrol/request", Setup: "idp.stopped.request"}, stopped("idp.stopped.20"), stopped("idp.stopped.23"),
	}}, samlsso.Pages(), credential.Pages())
}
