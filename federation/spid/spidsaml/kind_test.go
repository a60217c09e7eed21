package spidsaml_test

import (
	"strings"
	"testing"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
)

func described(t *testing.T, sp *spidsaml.SP) string {
	t.Helper()
	document, err := sp.Metadata("_kind", samltest.Start)
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

func service(t *testing.T, kind spidsaml.Kind) *spidsaml.SP {
	names := metadata.Localized{{Lang: "it", Text: "Ente"}}
	return &spidsaml.SP{
		Kind: kind, EntityID: "https://porta.esempio.it", ACSURL: "https://porta.esempio.it/spid/acs", SLOURL: "https://porta.esempio.it/spid/slo",
		Organization:  metadata.Organization{Names: names, DisplayNames: names, URLs: metadata.Localized{{Lang: "it", Text: "https://esempio.it"}}},
		Contact:       spidsaml.Contact{IPACode: "uno", VATNumber: "IT1", FiscalCode: "2", Company: "Uno", Email: "uno@esempio.it"},
		Aggregated:    &spidsaml.Contact{IPACode: "due", Company: "Due", Email: "due@esempio.it"},
		AttributeSets: []spidsaml.AttributeSet{{Names: names, Attributes: []string{"spidCode"}}, spidsaml.SignatureSet()},
		Signer:        samltest.RSA(t),
	}
}

// Each kind names itself by one empty element, and who is who by an attribute; the
// other contact is there for the kinds that have it alone.
func TestTheContactsOfEachKind(t *testing.T) {
	for kind, want := range map[spidsaml.Kind]struct{ first, second string }{
		"":                             {"Public", ""},
		spidsaml.Public:                {"Public", ""},
		spidsaml.Private:               {"Private", ""},
		spidsaml.AggregatorPublicFull:  {"PublicServicesFullAggregator", "Public"},
		spidsaml.AggregatorPublicLite:  {"PublicServicesLightAggregator", "Public"},
		spidsaml.AggregatorPrivateFull: {"PrivateServicesFullAggregator", "Private"},
		spidsaml.AggregatorPrivateLite: {"PrivateServicesLightAggregator", "Private"},
		spidsaml.OperatorPublicFull:    {"PublicServicesFullOperator", ""},
		spidsaml.OperatorPublicLite:    {"PublicServicesLightOperator", "Public"},
	} {
		document := described(t, service(t, kind))
		p, known := kind.Profile()
		contacts := strings.Split(document, "<md:ContactPerson ")[1:]
		if !known || len(contacts) == 0 || len(contacts) > 2 || (len(contacts) == 2) != (want.second != "") {
			t.Errorf("%s: %d contacts, known %t", kind, len(contacts), known)
			continue
		}
		for i, x := range []struct{ kind, role, code, company string }{{want.first, "aggregator", "uno", "Uno"}, {want.second, "aggregated", "due", "Due"}}[:len(contacts)] {
			c := contacts[i]
			for _, part := range []string{"<spid:" + x.kind + " xmlns:", ">" + x.code + "</spid:IPACode>", "<md:Company>" + x.company + "</md:Company>"} {
				if !strings.Contains(c, part) {
					t.Errorf("%s: %s is missing in %s", kind, part, c)
				}
			}
			if strings.Contains(c, `spid:entityType="spid:`+x.role+`"`) != p.OfOthers() {
				t.Errorf("%s: the role in %s", kind, c)
			}
		}
	}
	if _, known := spidsaml.Kind("nobody").Profile(); known {
		t.Error("an unknown kind has a profile")
	}
}

// The order within the invoice is that of its schema, and the billed body has no
// element of SPID.
func TestBillingIsAnInvoice(t *testing.T) {
	sp := service(t, spidsaml.Private)
	if strings.Contains(described(t, sp), "billing") {
		t.Error("a contact for billing without anybody to bill")
	}
	sp.Billing = &spidsaml.Billing{
		VATNumber: "IT01234567890", FiscalCode: "09876543210", Name: "Ente S.p.A.", Street: "Via", PostalCode: "00100", Town: "Roma", Country: "IT", Email: "conti@esempio.it",
	}
	_, bill, _ := strings.Cut(described(t, sp), `contactType="billing">`)
	at := 0
	for _, part := range []string{
		"<fpa:CessionarioCommittente xmlns:fpa=", "<fpa:IdPaese>IT<", "<fpa:IdCodice>01234567890<", "<fpa:CodiceFiscale>09876543210<", "<fpa:Denominazione>Ente S.p.A.<",
		"<fpa:Indirizzo>Via<", "<fpa:CAP>00100<", "<fpa:Comune>Roma<", "<fpa:Nazione>IT<", "<md:EmailAddress>conti@esempio.it<",
	} {
		i := strings.Index(bill[at:], part)
		if i < 0 {
			t.Fatalf("%s is missing or out of order in %s", part, bill)
		}
		at += i
	}
	if strings.Contains(bill, "spid:") || strings.Contains(bill, "NumeroCivico") {
		t.Errorf("too much in %s", bill)
	}
}

// The set of signatures is published and never asked for; ages and more addresses
// stand in the metadata as configured.
func TestReservedSetsAgesAndAddresses(t *testing.T) {
	sp := service(t, "")
	sp.Ages, sp.OtherACS = &spidsaml.Ages{Min: 14, Max: 17}, []string{"https://altra.esempio.it/spid/acs"}
	document := described(t, sp)
	for _, part := range []string{
		`<md:Extensions><spid:AgeLimit xmlns:spid="https://spid.gov.it/saml-extensions"><spid:MinAge>14</spid:MinAge><spid:MaxAge>17</spid:MaxAge></spid:AgeLimit></md:Extensions><md:SPSSODescriptor`,
		`Location="https://porta.esempio.it/spid/acs" index="0" isDefault="true"`, `Location="https://altra.esempio.it/spid/acs" index="1"/>`, `index="77"><md:ServiceName`,
	} {
		if !strings.Contains(document, part) {
			t.Errorf("%s is missing in %s", part, document)
		}
	}
	if read, err := metadata.ReadTrusted([]byte(document), samltest.Start); err != nil || len(read.Service.Consumers) != 2 {
		t.Errorf("our own reader: %v", err)
	}
	provider := spidsaml.Provider{EntityID: "https://idp.esempio.it"}
	if _, err := sp.Request("_r", samltest.Start, provider, spidsaml.Want{Level: spid.L2, AttributeIndex: spid.SetSignature}); err == nil || !strings.Contains(err.Error(), "another_world") {
		t.Errorf("a login with the set of signatures: %v", err)
	}
}
