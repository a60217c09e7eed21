package spidsaml

import (
	"net/url"
	"testing"

	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// A provider that takes named sets only refuses all others, and a request without one.
// Avviso eIDAS 01-2018
func TestAProviderMayTakeNamedSetsOnly(t *testing.T) {
	w := newWorld(t)
	w.idp.OnlySets = []int{1, 99}
	for name, c := range map[string]struct {
		edits []samltest.Edit
		code  int
	}{
		"a set of the list":                 {set(areq, "AttributeConsumingServiceIndex", "1"), 0},
		"one of the metadata alone":         {nil, 18},
		"one of the list that is not there": {set(areq, "AttributeConsumingServiceIndex", "99"), 18},
		"none":                              {without(areq, "AttributeConsumingServiceIndex"), 18},
	} {
		t.Run(name, func(t *testing.T) {
			request := w.request(t, Want{Level: 2})
			document, err := xmlsec.Sign(samltest.Apply(t, request.XML, c.edits...), request.Pending.RequestID, saml.NameIssuer, w.sp.Signer)
			if err != nil {
				t.Fatal(err)
			}
			_, found := w.idp.ReadRequest(Incoming{Method: "POST", Form: url.Values{binding.Request: {binding.EncodePost(document)}}, Now: w.now}, w.lookup)
			if got := codeOf(found); got != c.code {
				t.Errorf("nr%02d, want %02d", got, c.code)
			}
		})
	}
}

func codeOf(a *Anomaly) int {
	if a == nil {
		return 0
	}
	return a.Code
}
