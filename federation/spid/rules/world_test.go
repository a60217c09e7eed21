package rules_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/federation/spid/rules"
	"atrio/saml/xmlsec"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// theKey is made once: a key takes long.
var theKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func key(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k, err := theKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// written makes a certificate as it stands in a document, for a key of another kind.
func written(bits int, size elliptic.Curve) string {
	var k crypto.Signer
	var err error
	if size != nil {
		k, err = ecdsa.GenerateKey(size, rand.Reader)
	} else {
		k, err = rsa.GenerateKey(rand.Reader, bits)
	}
	if err != nil {
		panic(err)
	}
	der, err := issue(subject{entityID: entityID(rules.SPIDPublic), organizationID: "PA:IT-prova", from: now.AddDate(-1, 0, 0), to: now.AddDate(2, 0, 0)}, k)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// Certificates of keys that are not the one of the document, made once.
var (
	foreign = sync.OnceValue(func() string { return written(0, elliptic.P256()) })
	short   = sync.OnceValue(func() string { return written(1024, nil) })
	narrow  = sync.OnceValue(func() string { return written(0, elliptic.P224()) })
)

// subject of a certificate as Avviso SPID 29 wants it.
type subject struct {
	entityID, organizationID string
	extra                    []pkix.AttributeTypeAndValue
	from, to                 time.Time
	algorithm                x509.SignatureAlgorithm
	key                      *rsa.PrivateKey
}

func certificate(t testing.TB, s subject) []byte {
	t.Helper()
	der, err := issue(s, s.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func issue(s subject, k crypto.Signer) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: s.from, NotAfter: s.to, SignatureAlgorithm: s.algorithm,
		Subject: pkix.Name{CommonName: "Ente di Prova", Organization: []string{"Ente di Prova"}, Country: []string{"IT"}, Locality: []string{"Roma"}, ExtraNames: append([]pkix.AttributeTypeAndValue{
			{Type: asn1.ObjectIdentifier{2, 5, 4, 83}, Value: s.entityID}, {Type: asn1.ObjectIdentifier{2, 5, 4, 97}, Value: s.organizationID},
		}, s.extra...)},
	}
	return x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
}

// world is the description of a body that breaks no rule, and how to break it.
type world struct {
	profile rules.Profile
	// subject is changed before the certificate is made, text before it is signed, signed
	// afterwards.
	subject func(*subject)
	text    []string // old, new, old, new …
	signed  []string
}

func (w world) document(t testing.TB) []byte {
	t.Helper()
	s := subject{entityID: entityID(w.profile), organizationID: "PA:IT-prova", from: now.AddDate(-1, 0, 0), to: now.AddDate(2, 0, 0), key: key(t)}
	if w.subject != nil {
		w.subject(&s)
	}
	der := certificate(t, s)
	text := replaced(t, template(w.profile, base64.StdEncoding.EncodeToString(der)), w.text)
	signed, err := xmlsec.Sign([]byte(text), "_1", xmlsec.Name{}, xmlsec.Signer{Key: s.key, Certificate: der})
	if err != nil {
		t.Fatal(err)
	}
	return []byte(replaced(t, string(signed), w.signed))
}

func replaced(t testing.TB, text string, pairs []string) string {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("%q is not in the document", pairs[i])
		}
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return text
}

var codes = map[rules.Profile]string{
	rules.AggregatorPubFull: "/pub-ag-full", rules.AggregatorPubLite: "/pub-ag-lite", rules.AggregatorPrivFull: "/pri-ag-full",
	rules.AggregatorPrivLite: "/pri-ag-lite", rules.OperatorPubFull: "/pub-op-full", rules.OperatorPubLite: "/pub-op-lite",
}

func entityID(p rules.Profile) string { return "https://porta.example.it" + codes[p] }

// template is the description, unsigned.
func template(p rules.Profile, certificate string) string {
	sets := `<md:AttributeConsumingService index="0"><md:ServiceName xml:lang="it">Servizi Online</md:ServiceName>` +
		`<md:RequestedAttribute Name="name" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"/><md:RequestedAttribute Name="fiscalNumber"/></md:AttributeConsumingService>`
	if p == rules.EIDAS {
		sets += set(99, "spidCode", "name", "familyName", "dateOfBirth") +
			set(100, "spidCode", "name", "familyName", "dateOfBirth", "placeOfBirth", "address", "gender")
	}
	return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" ` +
		`xmlns:spid="https://spid.gov.it/saml-extensions" xmlns:fpa="https://spid.gov.it/invoicing-extensions" ` +
		`xmlns:cie="https://www.cartaidentita.interno.gov.it/saml-extensions" ID="_1" entityID="` + entityID(p) + `">` +
		`<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" AuthnRequestsSigned="true" WantAssertionsSigned="true">` +
		`<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + certificate + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
		`<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://porta.example.it/slo"/>` +
		`<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://porta.example.it/slo"/>` +
		`<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>` +
		`<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://porta.example.it/acs" index="0" isDefault="true"/>` +
		`<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://porta.example.it/acs2" index="1"/>` +
		sets + `</md:SPSSODescriptor>` +
		`<md:Organization><md:OrganizationName xml:lang="it">Ente di Prova</md:OrganizationName><md:OrganizationName xml:lang="en">Test Body</md:OrganizationName>` +
		`<md:OrganizationDisplayName xml:lang="it">Ente</md:OrganizationDisplayName><md:OrganizationDisplayName xml:lang="en">Body</md:OrganizationDisplayName>` +
		`<md:OrganizationURL xml:lang="it">https://www.example.it</md:OrganizationURL><md:OrganizationURL xml:lang="en">https://www.example.it/en</md:OrganizationURL></md:Organization>` +
		contacts(p) + `</md:EntityDescriptor>`
}

func set(index int, names ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<md:AttributeConsumingService index="%d"><md:ServiceName xml:lang="it">eIDAS</md:ServiceName>`, index)
	for _, n := range names {
		fmt.Fprintf(&b, `<md:RequestedAttribute Name="%s"/>`, n)
	}
	return b.String() + `</md:AttributeConsumingService>`
}

const reach = `<md:EmailAddress>ufficio@example.it</md:EmailAddress><md:TelephoneNumber>+390612345678</md:TelephoneNumber></md:ContactPerson>`

const billing = `<md:ContactPerson contactType="billing"><md:Extensions><fpa:CessionarioCommittente><fpa:DatiAnagrafici><fpa:IdFiscaleIVA><fpa:IdPaese>IT</fpa:IdPaese>` +
	`<fpa:IdCodice>12345678903</fpa:IdCodice></fpa:IdFiscaleIVA><fpa:Anagrafica><fpa:Denominazione>Ente di Prova</fpa:Denominazione></fpa:Anagrafica></fpa:DatiAnagrafici>` +
	`<fpa:Sede><fpa:Indirizzo>via di Prova 1</fpa:Indirizzo><fpa:CAP>00100</fpa:CAP><fpa:Comune>Roma</fpa:Comune><fpa:Nazione>IT</fpa:Nazione></fpa:Sede></fpa:CessionarioCommittente></md:Extensions>` +
	`<md:EmailAddress>fatture@example.it</md:EmailAddress></md:ContactPerson>`

const numbers = `<spid:VATNumber>IT12345678903</spid:VATNumber><spid:FiscalCode>12345678903</spid:FiscalCode>`

func contacts(p rules.Profile) string {
	other := func(entity, extensions, company string) string {
		return `<md:ContactPerson contactType="other"` + entity + `><md:Extensions>` + extensions + `</md:Extensions>` + company + reach
	}
	const company, validation = `<md:Company>Ente di Prova</md:Company>`, `<spid:KeyDescriptor use="spid:validation"/>`
	aggregating := func(kind, light, aggregated string) string {
		return other(` spid:entityType="spid:aggregator"`, numbers+`<spid:`+kind+`/>`+light, `<md:Company>Aggregatore di Prova</md:Company>`) +
			other(` spid:entityType="spid:aggregated"`, aggregated, company)
	}
	const public, private = `<spid:IPACode>prova</spid:IPACode><spid:Public/>`, numbers + `<spid:Private/>`
	switch p {
	case rules.SPIDPublic, rules.EIDAS:
		return other("", public, company)
	case rules.SPIDPrivate:
		return other("", private, "") + billing
	case rules.AggregatorPubFull:
		return aggregating("PublicServicesFullAggregator", "", public)
	case rules.AggregatorPubLite:
		return aggregating("PublicServicesLightAggregator", validation, public)
	case rules.AggregatorPrivFull:
		return aggregating("PrivateServicesFullAggregator", "", private) + billing
	case rules.AggregatorPrivLite:
		return aggregating("PrivateServicesLightAggregator", validation, private) + billing
	case rules.OperatorPubFull:
		return other(` spid:entityType="spid:aggregator"`, `<spid:IPACode>prova</spid:IPACode>`+numbers+`<spid:PublicServicesFullOperator/>`, company)
	case rules.OperatorPubLite:
		return aggregating("PublicServicesLightOperator", validation, public)
	case rules.CIEPublic:
		return `<md:ContactPerson contactType="administrative"><md:Extensions><cie:Public/><cie:IPACode>prova</cie:IPACode><cie:Municipality>H501</cie:Municipality>` +
			`<cie:Province>RM</cie:Province><cie:Country>IT</cie:Country></md:Extensions>` + company + reach +
			`<md:ContactPerson contactType="technical"><md:Extensions><cie:Private/></md:Extensions>` + company + reach
	case rules.CIEPrivate:
		return `<md:ContactPerson contactType="administrative"><md:Extensions><cie:Private/><cie:VATNumber>IT12345678903</cie:VATNumber><cie:NACE2Code>62.01</cie:NACE2Code>` +
			`<cie:Municipality>H501</cie:Municipality><cie:Country>IT</cie:Country></md:Extensions>` + company + reach
	}
	return ""
}
