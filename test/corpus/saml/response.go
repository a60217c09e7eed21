package corpus

import "strings"

// Namespaces of SAML 2.0.
const (
	protocolSpace  = "urn:oasis:names:tc:SAML:2.0:protocol"
	assertionSpace = "urn:oasis:names:tc:SAML:2.0:assertion"
	metadataSpace  = "urn:oasis:names:tc:SAML:2.0:metadata"
	dsSpace        = "http://www.w3.org/2000/09/xmldsig#"
)

// Algorithms of the templates.
const (
	excC14N    = "http://www.w3.org/2001/10/xml-exc-c14n#"
	incC14N    = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	enveloped  = dsSpace + "enveloped-signature"
	rsaSHA256  = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
	digest256  = "http://www.w3.org/2001/04/xmlenc#sha256"
	responseID = "_response-1"
	assertID   = "_assertion-1"
)

// places in the texts below where signatures and other things go
const (
	atResponse  = "<!--response-signature-->"
	atAssertion = "<!--assertion-signature-->"
)

// exampleResponse is an unsigned response around assertion with places for signatures.
func exampleResponse(assertion string) string {
	return `<samlp:Response xmlns:samlp="` + protocolSpace + `" xmlns:saml="` + assertionSpace + `" ID="` + responseID + `" Version="2.0"` +
		` IssueInstant="2026-11-22T08:00:00Z" Destination="https://sp.example/acs" InResponseTo="_request-1">` + "\n" +
		`<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">https://idp.example</saml:Issuer>` + atResponse + "\n" +
		`<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>` + "\n" +
		assertion + `</samlp:Response>`
}

// exampleAssertion is an unsigned assertion that names a person.
func exampleAssertion(id, nameID string) string {
	return `<saml:Assertion xmlns:saml="` + assertionSpace + `" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
		` ID="` + id + `" Version="2.0" IssueInstant="2026-11-22T08:00:00Z">` +
		`<saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">https://idp.example</saml:Issuer>` + atAssertion +
		`<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:transient">` + nameID + `</saml:NameID>` +
		`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="_request-1"` +
		` NotOnOrAfter="2026-11-22T08:05:00Z" Recipient="https://sp.example/acs"/></saml:SubjectConfirmation></saml:Subject>` + "\n" +
		`<saml:Conditions NotBefore="2026-11-22T08:00:00Z" NotOnOrAfter="2026-11-22T08:05:00Z"><saml:AudienceRestriction>` +
		`<saml:Audience>https://sp.example</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
		`<saml:AuthnStatement AuthnInstant="2026-11-22T08:00:00Z" SessionIndex="_s1"><saml:AuthnContext>` +
		`<saml:AuthnContextClassRef>https://www.spid.gov.it/SpidL2</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
		`<saml:AttributeStatement><saml:Attribute Name="fiscalNumber"><saml:AttributeValue xsi:type="xs:string">TINIT-XXXXXX00A00X000X` +
		`</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>`
}

// template describes an unfilled ds:Signature. Zero values mean what SAML asks for.
type template struct {
	id         string // referenced; "" means responseID
	uri        string // raw URI attribute with its name, instead of id
	c14n       string
	method     string
	digest     string
	transforms string // raw content of ds:Transforms
	references int    // how many times the reference stands there
	keyInfo    string // raw ds:KeyInfo
	methodBody string // raw content of ds:SignatureMethod
	inner      string // raw content of the canonicalizing transform
}

func (s template) String() string {
	or := func(value, fallback string) string {
		if value == "" {
			return fallback
		}
		return value
	}
	uri := or(s.uri, `URI="#`+or(s.id, responseID)+`"`)
	transforms := or(s.transforms, `<ds:Transform Algorithm="`+enveloped+`"/><ds:Transform Algorithm="`+excC14N+`">`+s.inner+`</ds:Transform>`)
	reference := `<ds:Reference ` + uri + `><ds:Transforms>` + transforms + `</ds:Transforms><ds:DigestMethod Algorithm="` +
		or(s.digest, digest256) + `"/><ds:DigestValue></ds:DigestValue></ds:Reference>`
	return `<ds:Signature xmlns:ds="` + dsSpace + `"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + or(s.c14n, excC14N) + `"/>` +
		`<ds:SignatureMethod Algorithm="` + or(s.method, rsaSHA256) + `">` + s.methodBody + `</ds:SignatureMethod>` +
		strings.Repeat(reference, max(1, s.references)) + `</ds:SignedInfo><ds:SignatureValue></ds:SignatureValue>` +
		or(s.keyInfo, `<ds:KeyInfo><ds:X509Data/></ds:KeyInfo>`) + `</ds:Signature>`
}

// clean removes the places that no signature took.
func clean(document string) string {
	return strings.NewReplacer(atResponse, "", atAssertion, "").Replace(document)
}

// between cuts the first piece of s that begins with from and ends with to.
func between(s, from, to string) string {
	i := strings.Index(s, from)
	if i < 0 {
		panic("corpus: no " + from + " in " + s)
	}
	j := strings.Index(s[i:], to)
	if j < 0 {
		panic("corpus: no " + to + " in " + s)
	}
	return s[i : i+j+len(to)]
}

// swap replaces the first old, which must be there.
func swap(s, old, new string) string {
	if !strings.Contains(s, old) {
		panic("corpus: no " + old + " in " + s)
	}
	return strings.Replace(s, old, new, 1)
}

// without cuts the first piece of s.
func without(s, piece string) string { return swap(s, piece, "") }

func signatureOf(s string) string { return between(s, "<ds:Signature ", "</ds:Signature>") }
func assertionOf(s string) string { return between(s, "<saml:Assertion ", "</saml:Assertion>") }

// bare is a document without its XML declaration and the line end behind it.
func bare(s string) string { return strings.TrimSpace(s[strings.Index(s, "<samlp:"):]) }
