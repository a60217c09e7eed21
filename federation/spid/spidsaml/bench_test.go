package spidsaml

import (
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/saml/samltest"
)

// BenchmarkCheckResponse checks an answer of about 9 KB, both signatures included.
func BenchmarkCheckResponse(b *testing.B) {
	for name, envelope := range map[string]bool{"assertion": false, "assertion and response": true} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			r, err := w.sp.Request("_request", w.now, w.provider, Want{Level: spid.L2})
			if err != nil {
				b.Fatal(err)
			}
			answer := w.answer()
			answer.Attributes["email"] = strings.Repeat("a", 2200) + "@esempio.it"
			document := samltest.Sign(b, w.unsigned(b, r.Pending, answer), w.idp.Signer, true, envelope)
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
