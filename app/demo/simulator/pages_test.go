package simulator_test

import (
	"testing"

	"atrio/app/demo/cieprovider"
	"atrio/app/demo/simulator"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	own, trial := simulator.Pages()[0], simulator.Pages()[1]
	words := cieprovider.Pages() // the name of a scheme
	webtest.Pages(t, own, map[string][]any{"consent": {
		simulator.ConsentView{Words: "demo.cie"},
		simulator.ConsentView{
			Words: "demo.cie", Service: "Ente <Prova>", Holder: "Nora Fittizia", Action: "/x/consent", End: "/x/end", Trial: "/x/trial",
			Data: []simulator.Datum{{Key: "spid.attribute.name", Value: "Nora"}, {Key: "spid.attribute.dateOfBirth", Kind: "date", Value: "1988-04-17"}},
		},
	}}, trial, words)
	webtest.Pages(t, trial, map[string][]any{"trial": {
		simulator.TrialView{},
		simulator.TrialView{
			Words: "demo.cie", Service: "Ente <Prova>", Holder: "Nora Fittizia", Manners: true, Manner: simulator.Manner{IssuerFormat: true},
			Codes:   []simulator.CodeView{{Code: 25, Key: "spid.anomaly.25"}},
			Spoilts: []simulator.SpoiltView{{ID: "signature"}, {ID: "replay", Off: true}},
			End:     "/x/end", Spoil: "/x/spoil", MannerAction: "/x/manner", Back: "/x",
		},
	}}, own, words)
}
