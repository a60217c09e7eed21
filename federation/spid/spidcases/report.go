package spidcases

import (
	"fmt"

	"atrio/federation/spid"
	"atrio/saml"
)

// numbered are the codes that have an official case.
var numbered = map[int]string{19: "104", 20: "105", 21: "106", 22: "107", 23: "108", 25: "111"}

// reportCases are the errors that have an official number.
func reportCases() []Case {
	var all []Case
	for _, a := range spid.Anomalies() {
		if id := numbered[a.Code]; id != "" {
			all = append(all, errorCase(id, Both, a))
		}
	}
	return all
}

// codeCases are the errors that a provider can report and that have no number.
func codeCases() []Case {
	var all []Case
	for _, a := range spid.Anomalies() {
		if a.Page != 0 && numbered[a.Code] == "" {
			all = append(all, errorCase(fmt.Sprintf("nr%02d", a.Code), Own, a))
		}
	}
	return all
}

func errorCase(id, tools string, a spid.Anomaly) Case {
	return Case{
		ID: id, Tools: tools, expect: reported(a),
		Title: Text{"Errore del gestore: " + a.Message(), "Error of the provider: " + a.Message()},
		make: func(m *making) ([]byte, error) {
			return m.provider.Failure(m.asked, a, saml.NewID(), m.now)
		},
	}
}
