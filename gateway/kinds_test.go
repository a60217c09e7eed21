package gateway_test

import (
	"strings"
	"testing"

	"atrio/federation/cie"
	"atrio/gateway"
)

// A service with a set of its own is published with it, and who comes for it is asked
// for that set; all others are asked for that of the gateway. CIE has one set for all.
func TestALoginAsksForTheSetOfItsService(t *testing.T) {
	s := newDoors(t)
	described := string(s.webGet(s.url + "/spid/metadata"))
	_, set, found := strings.Cut(described, `<md:AttributeConsumingService index="12">`)
	set, _, _ = strings.Cut(set, "</md:AttributeConsumingService>")
	if !found || !strings.Contains(set, ">Tasse<") || !strings.Contains(set, ">Fees<") || !strings.Contains(set, `Name="domicileStreetAddress"`) || strings.Contains(set, `Name="email"`) {
		t.Errorf("the set of the service: %s", set)
	}
	for client, index := range map[string]string{"tasse": "12", "mooc": "0"} {
		b := s.browser()
		login := b.Get(s.authorize(client))
		if request := s.sent(b, login.Link("Identità Uno")); !strings.Contains(request, `AttributeConsumingServiceIndex="`+index+`"`) {
			t.Errorf("%s: %s", client, request)
		}
		if request := s.sent(b, login.Link("Entra con CIE")); !strings.Contains(request, `AttributeConsumingServiceIndex="0"`) {
			t.Errorf("%s by CIE: %s", client, request)
		}
	}
	if b := s.browser(); !strings.Contains(s.sent(b, b.Get(s.url+"/login").Link("Identità Uno")), `AttributeConsumingServiceIndex="0"`) {
		t.Error("the own account is not asked for with the set of the gateway")
	}
}

// What the configuration says of kind, ages, addresses and contacts is what is served.
func TestTheConfiguredKindIsPublished(t *testing.T) {
	s := newStageConfigured(t, func(c *gateway.Config) {
		c.SPID.Kind, c.SPID.EntityID = "aggregator-public-lite", "https://login.example.org/pub-ag-lite"
		c.SPID.Contact.Company = "Consorzio di Prova"
		c.SPID.Aggregated = gateway.ContactConfig{IPACode: "altro", Email: "spid@altro.example.it"}
		c.SPID.OtherACS, c.SPID.SignatureSet, c.SPID.AgeMin = []string{"https://nuovo.example.org/spid/acs"}, true, 14
		c.CIE.Kind = "private"
		c.CIE.Contact = gateway.CIEContactConfig{VATNumber: "IT01234567890", FiscalCode: "01234567890", NACE2Codes: []string{"85.42"}, Municipality: "H501"}
		c.CIE.Technical = gateway.CIEContactConfig{Kind: "public", Municipality: "F205", Company: "Partner di Prova", Email: "tecnici@example.org"}
	})
	wants(t, string(s.webGet(s.url+"/spid/metadata")),
		`entityID="https://login.example.org/pub-ag-lite"`, `Location="https://nuovo.example.org/spid/acs" index="1"/>`,
		`spid:entityType="spid:aggregator"`, `:PublicServicesLightAggregator `, `<md:Company>Consorzio di Prova</md:Company>`,
		`spid:entityType="spid:aggregated"`, `>altro</spid:IPACode>`, `<md:Company>Ateneo di Prova</md:Company>`,
		`<spid:MinAge>14</spid:MinAge><spid:MaxAge>99</spid:MaxAge>`,
		`index="77"><md:ServiceName xml:lang="it">Sottoscrizione elettronica ex art. 20 CAD</md:ServiceName></md:AttributeConsumingService>`)
	wants(t, string(s.webGet(s.url+"/cie/metadata")),
		`contactType="administrative"`, `<cie:Private `, `>IT01234567890</cie:VATNumber>`, `>85.42</cie:NACE2Code>`, `>H501</cie:Municipality>`, `>IT</cie:Country>`,
		`<md:Company>Ateneo di Prova</md:Company><md:EmailAddress>spid@ateneo.example.it</md:EmailAddress>`,
		`contactType="technical"`, `>F205</cie:Municipality>`, `<md:Company>Partner di Prova</md:Company>`)
	if n := len(cie.Attributes()); strings.Count(string(s.webGet(s.url+"/cie/metadata")), "<md:RequestedAttribute ") != n {
		t.Errorf("CIE is not asked for its %d attributes", n)
	}
}

func wants(t *testing.T, document string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(document, part) {
			t.Errorf("%s is missing in %s", part, document)
		}
	}
}
