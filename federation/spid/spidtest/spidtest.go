// Package spidtest helps the tests of worlds that speak like SPID (CIE, eIDAS): a
// provider with a genuine answer, and for each row of the table of SPID what spoils an
// answer so that just this row refuses it.
package spidtest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// Provider is an identity provider of tests.
type Provider struct {
	IdP  *spidsaml.IdP
	Seen spidsaml.Provider
}

// NewProvider makes one that is read from its own metadata.
func NewProvider(t testing.TB, entityID string) *Provider {
	t.Helper()
	names := metadata.Localized{{Lang: "it", Text: "Gestore di Prova"}}
	idp := &spidsaml.IdP{
		EntityID: entityID, SSOURL: entityID + "/sso", SLOURL: entityID + "/slo", Signer: samltest.ECDSA(t),
		Organization: metadata.Organization{Names: names, DisplayNames: names, URLs: metadata.Localized{{Lang: "it", Text: entityID}}},
	}
	for _, a := range spid.Attributes() {
		idp.Attributes = append(idp.Attributes, a.Name)
	}
	document, err := idp.Metadata("_idp", samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	seen, err := spidsaml.ReadProvider(document, samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	return &Provider{IdP: idp, Seen: seen}
}

// Answer is a genuine answer before it is signed.
func (p *Provider) Answer(t testing.TB, entityID, acs string, pending spidsaml.Pending, level spid.Level, said map[string]string) []byte {
	t.Helper()
	asked := &spidsaml.Authn{RequestID: pending.RequestID, Service: entityID, ACSURL: acs, Level: level, Comparison: spid.Minimum}
	for name := range said {
		asked.Attributes = append(asked.Attributes, name)
	}
	document, err := p.IdP.Success(asked, spidsaml.Answer{
		ResponseID: "_response", AssertionID: "_assertion", NameID: "_name", SessionIndex: "_session", Level: level,
		AuthnInstant: samltest.Start, Now: samltest.Start, Attributes: said,
	})
	if err != nil {
		t.Fatal(err)
	}
	return samltest.Apply(t, document, samltest.Drop("Response/Assertion/Signature"), samltest.Drop("Response/Signature"))
}

const (
	response  = "Response"
	assertion = "Response/Assertion"
	subject   = assertion + "/Subject"
	confirm   = subject + "/SubjectConfirmation"
	bearer    = confirm + "/SubjectConfirmationData"
	condition = assertion + "/Conditions"
	statement = assertion + "/AuthnStatement"
	other     = "urn:oasis:names:tc:SAML:2.0:nameid-format:other"
	past      = "2018-01-01T00:00:00Z"
)

// Hostile is an answer that a row must refuse.
type Hostile struct {
	// Row is the ID of the row.
	Row   string
	Edits []samltest.Edit
	// Unsigned leaves the assertion unsigned, Stranger signs with another key; both
	// leave the response unsigned, as ResponseUnsigned does alone.
	Unsigned, Stranger, ResponseUnsigned bool
	// Afterwards makes the edits after the signature.
	Afterwards bool
	// Later moves the clock of who reads the answer.
	Later time.Duration
}

func edits(list ...samltest.Edit) []samltest.Edit { return list }

// Hostiles spoil an answer once for each row of the table of SPID that a document can
// meet; the rows of a world of its own are added by its test.
func Hostiles() []Hostile {
	return slices.Concat(envelope(), asserted(), conditions())
}

func envelope() []Hostile {
	return []Hostile{
		{Row: "response-xml", Afterwards: true, Edits: edits(samltest.Insert(response+"/Issuer", "<!-- x -->"))},
		{Row: "response-signature", Stranger: true},
		{Row: "assertion-signature", Unsigned: true},
		{Row: "response-id", ResponseUnsigned: true, Edits: edits(samltest.DropAttribute(response, "ID"))},
		{Row: "response-version", Edits: edits(samltest.SetAttribute(response, "Version", "1.1"))},
		{Row: "response-issue-instant", Edits: edits(samltest.SetAttribute(response, "IssueInstant", past))},
		{Row: "response-in-response-to", Edits: edits(samltest.SetAttribute(response, "InResponseTo", "_other"))},
		{Row: "request-age", Later: 25 * time.Hour},
		{Row: "response-destination", Edits: edits(samltest.SetAttribute(response, "Destination", "https://altro.esempio.it/acs"))},
		{Row: "status-present", Edits: edits(samltest.SetAttribute(response+"/Status/StatusCode", "Value", ""))},
		{Row: "status-success", Edits: edits(samltest.SetAttribute(response+"/Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder"))},
		{Row: "response-issuer", Edits: edits(samltest.SetContent(response+"/Issuer", "https://altro.esempio.it"))},
		{Row: "response-issuer-format", Edits: edits(samltest.SetAttribute(response+"/Issuer", "Format", other))},
		{Row: "assertion-present", Edits: edits(samltest.Drop(assertion))},
	}
}

func asserted() []Hostile {
	return []Hostile{
		{Row: "assertion-version", Edits: edits(samltest.SetAttribute(assertion, "Version", "1.1"))},
		{Row: "assertion-issue-instant", Edits: edits(samltest.SetAttribute(assertion, "IssueInstant", past))},
		{Row: "name-id", Edits: edits(samltest.SetContent(subject+"/NameID", " "))},
		{Row: "name-id-format", Edits: edits(samltest.SetAttribute(subject+"/NameID", "Format", other))},
		{Row: "name-id-qualifier", Edits: edits(samltest.DropAttribute(subject+"/NameID", "NameQualifier"))},
		{Row: "confirmation", Edits: edits(samltest.Drop(confirm))},
		{Row: "confirmation-method", Edits: edits(samltest.SetAttribute(confirm, "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"))},
		{Row: "confirmation-data", Edits: edits(samltest.Drop(bearer))},
		{Row: "confirmation-recipient", Edits: edits(samltest.SetAttribute(bearer, "Recipient", "https://altro.esempio.it/acs"))},
		{Row: "confirmation-in-response-to", Edits: edits(samltest.SetAttribute(bearer, "InResponseTo", "_other"))},
		{Row: "confirmation-end", Edits: edits(samltest.SetAttribute(bearer, "NotOnOrAfter", past))},
		{Row: "assertion-issuer", Edits: edits(samltest.SetContent(assertion+"/Issuer", "https://altro.esempio.it"))},
		{Row: "assertion-issuer-format", Edits: edits(samltest.SetAttribute(assertion+"/Issuer", "Format", other))},
	}
}

func conditions() []Hostile {
	class := statement + "/AuthnContext/AuthnContextClassRef"
	return []Hostile{
		{Row: "conditions", Edits: edits(samltest.Drop(condition))},
		{Row: "conditions-start", Edits: edits(samltest.SetAttribute(condition, "NotBefore", "2099-01-01T00:00:00Z"))},
		{Row: "conditions-end", Edits: edits(samltest.SetAttribute(condition, "NotOnOrAfter", past))},
		{Row: "audience", Edits: edits(samltest.SetContent(condition+"/AudienceRestriction/Audience", "https://altro.esempio.it"))},
		{Row: "authn-statement", Edits: edits(samltest.Drop(statement))},
		{Row: "authn-context", Edits: edits(samltest.SetContent(statement, ""))},
		{Row: "authn-class", Edits: edits(samltest.SetContent(class, "https://www.spid.gov.it/SpidL4"))},
		{Row: "authn-level", Edits: edits(samltest.SetContent(class, spid.L1.URI()))},
		{Row: "attributes", Edits: edits(samltest.SetContent(assertion+"/AttributeStatement", ""))},
	}
}

// unreachable are rows that need another state than a document: a provider past its
// end, two assertions (samltest.Wrap has those), an assertion without ID, which cannot
// be signed.
func unreachable() []string {
	return []string{"provider-metadata", "one-assertion", "assertion-id"}
}

// Each tries a hostile answer against each row of a table: that row must refuse it.
func Each(t *testing.T, table spidsaml.Table, own []Hostile, p *Provider, genuine []byte, check func(document []byte, now time.Time) error) {
	t.Helper()
	stranger, met := samltest.ECDSA(t), map[string]bool{}
	for _, h := range append(Hostiles(), own...) {
		t.Run(h.Row, func(t *testing.T) {
			met[h.Row] = true
			err := check(h.apply(t, genuine, p.IdP.Signer, stranger), samltest.Start.Add(h.Later))
			var refusal *spidsaml.Refusal
			if !errors.As(err, &refusal) || refusal.Check.ID != h.Row {
				t.Errorf("refused with %v", err)
			}
		})
	}
	for _, row := range table.Rows {
		if !met[row.ID] && !slices.Contains(unreachable(), row.ID) {
			t.Errorf("nothing tries to pass %s", row.ID)
		}
	}
}

func (h Hostile) apply(t *testing.T, genuine []byte, signer, stranger xmlsec.Signer) []byte {
	document, whole := genuine, !h.Unsigned && !h.ResponseUnsigned
	if !h.Afterwards {
		document = samltest.Apply(t, document, h.Edits...)
	}
	if h.Stranger {
		signer = stranger
	}
	document = samltest.Sign(t, document, signer, !h.Unsigned && h.Row != "assertion-present", whole)
	if h.Afterwards {
		document = samltest.Apply(t, document, h.Edits...)
	}
	return document
}
