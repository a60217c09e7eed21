package spidsaml

import (
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/saml/samltest"
)

// BenchmarkCheckResponse checks an answer of about 9 KB, both signatures included.
func BenchmarkCheckResponse(b *testing.B) {
	for _, c := range []struct {
		name     string
		envelope bool
		padding  int
	}{{"assertion", false, 4200}, {"assertion and response", true, 2100}} {
		b.Run(c.name, func(b *testing.B) {
			w := newRSAWorld(b)
			r, err := w.sp.Request("_request", w.now, w.provider, Want{Level: spid.L2})
			if err != nil {
				b.Fatal(err)
			}
			answer := w.answer()
			answer.Attributes["email"] = strings.Repeat("a", c.padding) + "@esempio.it"
			document := samltest.Sign(b, w.unsigned(b, r.Pending, answer), w.idp.Signer, true, c.envelope)
			in := w.input(r.Pending, document)
			b.SetBytes(int64(len(document)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := CheckResponse(in); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(document)), "message-bytes")
		})
	}
}
