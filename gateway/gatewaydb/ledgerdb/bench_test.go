package ledgerdb_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
	"atrio/saml/binding"
)

// message looks like an answer of a provider: two signatures with certificates, which
// do not compress, and attributes, which do.
func message() []byte {
	var b bytes.Buffer
	noise := func(n int) string {
		raw := make([]byte, n)
		rand.Read(raw)
		return base64.StdEncoding.EncodeToString(raw)
	}
	b.WriteString(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_` + noise(15) + `" Version="2.0">`)
	for range 2 {
		fmt.Fprintf(&b, `<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>`+
			`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:DigestValue>%s</ds:DigestValue></ds:SignedInfo>`+
			`<ds:SignatureValue>%s</ds:SignatureValue><ds:X509Certificate>%s</ds:X509Certificate></ds:Signature>`, noise(32), noise(256), noise(800))
	}
	for n := range 12 {
		fmt.Fprintf(&b, `<saml:Attribute Name="attribute%d" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"><saml:AttributeValue `+
			`xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">value of %d</saml:AttributeValue></saml:Attribute>`, n, n)
	}
	return append(b.Bytes(), `</samlp:Response>`...)
}

// What the ledger adds to a login: compression and encryption, without the database.
func BenchmarkSealingAPair(b *testing.B) {
	d := dbtest.SQLite(b, gatewaydbtest.Modules()...)
	s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
	v := login("1")
	v.Exchange.Request, v.Exchange.Response = binding.Deflate([]byte(strings.Repeat(request, 12))), message()
	b.SetBytes(int64(len(v.Exchange.Response)))
	b.ReportAllocs()
	for b.Loop() {
		if err := s.SealVisit(b.Context(), v); err != nil {
			b.Fatal(err)
		}
	}
}

// The whole commit of an answer.
func BenchmarkEnterWithAPair(b *testing.B) {
	for _, dialect := range []db.Dialect{db.SQLite, db.Postgres} {
		b.Run(string(dialect), func(b *testing.B) {
			d := dbtest.Open(b, dbtest.URL(b, dialect))
			if err := d.Migrate(b.Context(), gatewaydbtest.Modules()...); err != nil {
				b.Fatal(err)
			}
			s := gatewaydb.NewStore(d, gatewaydbtest.Ring)
			response, n := message(), 0
			for b.Loop() {
				n++
				v := login(fmt.Sprint(n))
				v.Exchange.Response = response
				if _, _, err := s.Enter(b.Context(), v); err != nil {
					b.Fatal(err)
				}
			}
			var size int64
			if err := d.Read().QueryRowContext(b.Context(), `SELECT sum(length(sealed)) / count(*) FROM ledger`).Scan(&size); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(size), "bytes/row")
		})
	}
}
