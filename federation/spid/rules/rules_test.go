package rules_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"

	"atrio/federation/spid/rules"
)

func check(t *testing.T, w world) rules.Report {
	t.Helper()
	r, err := rules.Check(w.document(t), rules.Options{Profile: w.profile, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestADescriptionAsTheRulesWantItBreaksNone(t *testing.T) {
	for _, p := range rules.Profiles() {
		t.Run(string(p), func(t *testing.T) {
			r := check(t, world{profile: p})
			for _, f := range r.Findings {
				t.Errorf("%s at %s: %s", f.Rule.ID, f.Where, f.Detail)
			}
			if r.Rules != len(rules.Rules(p)) || r.Rules < 30 || r.Errors() != 0 || r.EntityID != entityID(p) {
				t.Errorf("%d rules, entity %s", r.Rules, r.EntityID)
			}
		})
	}
}

func TestTheProfileIsGuessedFromTheContacts(t *testing.T) {
	for _, p := range rules.Profiles() {
		want := p
		if p == rules.EIDAS {
			want = rules.SPIDPublic
		}
		r, err := rules.Check(world{profile: p}.document(t), rules.Options{Now: now})
		if err != nil || r.Profile != want || len(r.Findings) > 0 {
			t.Errorf("%s is taken for %s: %v %v", p, r.Profile, r.Findings, err)
		}
	}
}

// broken breaks one rule each; "also" are rules that cannot hold then.
type broken struct {
	rule string
	world
	also []string
}

const (
	logout   = `<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://porta.example.it/slo"/>`
	logout2  = `<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://porta.example.it/slo"/>`
	consumer = `<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://porta.example.it/acs" index="0" isDefault="true"/>`
	second   = `<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://porta.example.it/acs2" index="1"/>`
	format   = `<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>`
	setOpen  = `<md:AttributeConsumingService index="0">`
	setName  = `<md:ServiceName xml:lang="it">Servizi Online</md:ServiceName>`
	wanted   = `<md:RequestedAttribute Name="fiscalNumber"/>`
	mail     = `<md:EmailAddress>ufficio@example.it</md:EmailAddress>`
	signed   = `<ds:X509Certificate>`
)

func edit(p rules.Profile, pairs ...string) world { return world{profile: p, text: pairs} }

func entityBreaks() []broken {
	return []broken{
		{"entity-id", edit(rules.SPIDPublic, ` entityID="https://porta.example.it"`, ` entityID=""`), []string{"certificate-subject"}},
		{"entity-id-address", world{profile: rules.SPIDPublic, text: []string{`entityID="https://porta.example.it"`, `entityID="http://porta.example.it:8080"`},
			subject: func(s *subject) { s.entityID = "http://porta.example.it:8080" }}, nil},
		{"entity-id-query", world{profile: rules.AggregatorPubFull, text: []string{`entityID="https://porta.example.it/pub-ag-full"`, `entityID="https://porta.example.it/pub-ag-full?x=1"`},
			subject: func(s *subject) { s.entityID += "?x=1" }}, nil},
		{"entity-id-code", world{profile: rules.AggregatorPrivLite, text: []string{`entityID="https://porta.example.it/pri-ag-lite"`, `entityID="https://porta.example.it/altro"`},
			subject: func(s *subject) { s.entityID = "https://porta.example.it/altro" }}, nil},
		{"one-service", edit(rules.SPIDPublic, `</md:SPSSODescriptor>`, `</md:SPSSODescriptor><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>`), nil},
		{"schema-order", edit(rules.SPIDPublic, format, "", setOpen, format+setOpen, `<md:AssertionConsumerService`, `<md:AssertionConsumerService`), nil},
		{"schema-order", edit(rules.SPIDPublic, format, format+`<md:Altro/>`), nil},
		{"expired", edit(rules.SPIDPublic, ` ID="_1"`, ` ID="_1" validUntil="2030-01-01T00:00:00Z"`), nil},
		{"protocol", edit(rules.SPIDPublic, `protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"`, `protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol"`), nil},
		{"requests-signed", edit(rules.SPIDPublic, `AuthnRequestsSigned="true"`, `AuthnRequestsSigned="false"`), nil},
		{"assertions-signed", edit(rules.CIEPublic, ` WantAssertionsSigned="true"`, ``), nil},
		{"name-id-format", edit(rules.SPIDPublic, `nameid-format:transient`, `nameid-format:persistent`), nil},
	}
}

func signatureBreaks() []broken {
	return []broken{
		{"signature", world{profile: rules.SPIDPublic, signed: []string{`<ds:Signature`, `<md:X><ds:Signature`, `</ds:Signature>`, `</ds:Signature></md:X>`}}, []string{"schema-order"}},
		{"signature-first", world{profile: rules.SPIDPublic, signed: []string{`<ds:Signature`, `<md:Extensions/><ds:Signature`}}, []string{"schema-order", "signature-valid"}},
		{"signature-algorithm", world{profile: rules.SPIDPublic, signed: []string{`xmldsig-more#rsa-sha256`, `xmldsig-more#rsa-sha1`}}, []string{"signature-valid"}},
		{"signature-certificate", world{profile: rules.SPIDPublic, signed: []string{`<ds:X509Data>`, `<ds:KeyValue>`, `</ds:X509Data>`, `</ds:KeyValue>`}}, nil},
		{"signature-valid", world{profile: rules.SPIDPublic, signed: []string{`Servizi Online`, `Servizi online`}}, nil},
		{"signature-key", edit(rules.SPIDPublic, `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>`, `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>`+foreign()+`</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:KeyDescriptor use="encryption"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>`), nil},
	}
}

// another is one more key of the service.
func another(certificate string) string {
	return `<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>` + certificate + `</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
}

func keyBreaks() []broken {
	return []broken{
		{"signing-key", edit(rules.SPIDPublic, `<md:KeyDescriptor use="signing">`, `<md:KeyDescriptor use="encryption">`), nil},
		{"signing-key", edit(rules.SPIDPublic, signed, signed+"A"), []string{"signature-key"}},
		{"key-size", edit(rules.SPIDPublic, `<md:KeyDescriptor`, another(short())+`<md:KeyDescriptor`), nil},
		{"key-size", edit(rules.SPIDPublic, `<md:KeyDescriptor`, another(narrow())+`<md:KeyDescriptor`), nil},
		{"certificate-signature", world{profile: rules.SPIDPublic, subject: func(s *subject) { s.algorithm = x509.SHA1WithRSA }}, nil},
		{"certificate-dates", world{profile: rules.SPIDPublic, subject: func(s *subject) { s.to = now.AddDate(0, 0, -1) }}, nil},
		{"certificate-dates", world{profile: rules.CIEPrivate, subject: func(s *subject) { s.from = now.AddDate(0, 0, 1) }}, nil},
		{"certificate-subject", world{profile: rules.SPIDPublic, subject: func(s *subject) { s.entityID = "https://altro.example.it" }}, nil},
		{"certificate-subject", world{profile: rules.SPIDPublic, subject: func(s *subject) { s.organizationID = "prova" }}, nil},
		{"certificate-subject", world{profile: rules.SPIDPublic, subject: func(s *subject) {
			s.extra = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 4}, Value: "Finti"}}
		}}, nil},
		{"key-name", edit(rules.SPIDPublic, `<ds:KeyInfo>`, `<ds:KeyInfo><ds:KeyName>chiave</ds:KeyName>`), nil},
	}
}

func endpointBreaks() []broken {
	return []broken{
		{"logout", edit(rules.SPIDPublic, logout+logout2, ""), nil},
		{"logout-address", edit(rules.SPIDPublic, `HTTP-Redirect" Location="https://porta.example.it/slo"`, `HTTP-Artifact" Location="https://porta.example.it/slo"`), nil},
		{"logout-address", edit(rules.SPIDPublic, `Location="https://porta.example.it/slo"`, `Location="https://porta.example.it:444/slo"`), nil},
		{"logout-address", edit(rules.SPIDPublic, `Location="https://porta.example.it/slo"`, `Location="https://porta.example.it/slo" ResponseLocation="/slo"`), nil},
		{"logout-once", edit(rules.SPIDPublic, logout, logout+logout), nil},
		{"consumer", edit(rules.SPIDPublic, consumer+second, ""), nil},
		{"consumer-address", edit(rules.SPIDPublic, `Location="https://porta.example.it/acs"`, `Location="http://porta.example.it/acs"`), nil},
		{"consumer-address", edit(rules.SPIDPublic, `HTTP-POST" Location="https://porta.example.it/acs2"`, `HTTP-Redirect" Location="https://porta.example.it/acs2"`), nil},
		{"consumer-index", edit(rules.SPIDPublic, `index="1"/>`, `index="0"/>`), nil},
		{"consumer-index", edit(rules.SPIDPublic, `index="1"/>`, `index="-1"/>`), nil},
		{"consumer-default", edit(rules.SPIDPublic, ` isDefault="true"`, ``), nil},
		{"consumer-default", edit(rules.SPIDPublic, `index="1"/>`, `index="1" isDefault="true"/>`), nil},
		{"cie-logout", edit(rules.CIEPublic, logout, ""), nil},
	}
}

func attributeBreaks() []broken {
	return []broken{
		{"set", edit(rules.SPIDPublic, setOpen+setName+`<md:RequestedAttribute Name="name" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic"/>`+wanted+`</md:AttributeConsumingService>`, ""), nil},
		{"set-index", edit(rules.SPIDPublic, setOpen, `<md:AttributeConsumingService index="x">`), nil},
		{"set-name", edit(rules.SPIDPublic, setName, ""), nil},
		{"set-name", edit(rules.SPIDPublic, setName, `<md:ServiceName>Servizi Online</md:ServiceName>`), nil},
		{"set-attributes", edit(rules.SPIDPublic, wanted, `<md:RequestedAttribute Name="telefono"/>`), nil},
		{"set-attributes", edit(rules.SPIDPublic, wanted, wanted+wanted), nil},
		{"set-attributes", edit(rules.CIEPublic, wanted, `<md:RequestedAttribute Name="email"/>`), nil},
		{"set-format", edit(rules.SPIDPublic, `attrname-format:basic`, `attrname-format:unspecified`), nil},
		{"set-signature", edit(rules.SPIDPublic, setOpen, set(77, "name")+setOpen), nil},
		{"set-eidas", edit(rules.SPIDPublic, setOpen, set(99, "name", "familyName")+setOpen), nil},
		{"set-eidas", edit(rules.EIDAS, `<md:RequestedAttribute Name="gender"/>`, `<md:RequestedAttribute Name="email"/>`), nil},
		{"set-eidas-there", edit(rules.EIDAS, `index="99"`, `index="98"`), nil},
		{"age-limit", edit(rules.SPIDPublic, `<md:KeyDescriptor`, `<md:Extensions><spid:AgeLimit><spid:MinAge>18</spid:MinAge><spid:MaxAge>14</spid:MaxAge></spid:AgeLimit></md:Extensions><md:KeyDescriptor`), nil},
		{"age-limit", edit(rules.SPIDPublic, `<md:KeyDescriptor`, `<md:Extensions><spid:AgeLimit/></md:Extensions><md:KeyDescriptor`), nil},
	}
}

func bodyBreaks() []broken {
	return []broken{
		{"organization", edit(rules.SPIDPublic, `</md:Organization>`, `</md:Organization><md:Organization/>`), nil},
		{"organization-texts", edit(rules.SPIDPublic, `xml:lang="en">Body<`, `xml:lang="en"> <`), nil},
		{"organization-languages", edit(rules.SPIDPublic, `<md:OrganizationURL xml:lang="en">https://www.example.it/en</md:OrganizationURL>`, ""), nil},
		{"organization-languages", edit(rules.SPIDPublic, `xml:lang="it">Ente di`, `xml:lang="fr">Ente di`, `xml:lang="it">Ente<`, `xml:lang="fr">Ente<`, `xml:lang="it">https`, `xml:lang="fr">https`), nil},
		{"organization-address", edit(rules.SPIDPublic, `xml:lang="it">https://www.example.it`, `xml:lang="it">www.example.it`), nil},
		{"contact", edit(rules.SPIDPublic, `contactType="other"`, `contactType="technical"`), nil},
		{"contact-aggregator", edit(rules.AggregatorPubFull, ` spid:entityType="spid:aggregator"`, ` spid:entityType="aggregator"`), nil},
		{"contact-kind", edit(rules.SPIDPublic, `<spid:Public/>`, `<spid:Public>si</spid:Public>`), nil},
		{"contact-kind", edit(rules.SPIDPublic, `<spid:Public/>`, `<spid:Public/><spid:Private/>`), nil},
		{"contact-kind", edit(rules.AggregatorPubLite, `PublicServicesLightAggregator`, `PublicServicesFullAggregator`), nil},
		{"contact-order", edit(rules.SPIDPublic, `<spid:IPACode>prova</spid:IPACode><spid:Public/>`, `<spid:Public/><spid:IPACode>prova</spid:IPACode>`), nil},
		{"contact-company", edit(rules.AggregatorPubFull, `<md:Company>Aggregatore di Prova</md:Company>`, ""), nil},
		{"contact-company", edit(rules.CIEPrivate, `<md:Company>Ente di Prova</md:Company>`, ""), nil},
		{"contact-company-name", edit(rules.SPIDPublic, `<md:Company>Ente di Prova`, `<md:Company>Altro Ente`), nil},
		{"contact-mail", edit(rules.SPIDPublic, mail, mail+mail), nil},
		{"contact-mail", edit(rules.SPIDPublic, `ufficio@example.it`, `ufficio`), nil},
		{"contact-mail-person", edit(rules.SPIDPublic, `ufficio@example.it`, `gisella.finti@example.it`), nil},
		{"contact-phone", edit(rules.SPIDPublic, `+390612345678`, `06 12345678`), nil},
		{"validation-key", edit(rules.OperatorPubLite, `<spid:KeyDescriptor use="spid:validation"/>`, ""), nil},
		{"ipa-code", edit(rules.SPIDPublic, `<spid:IPACode>prova</spid:IPACode>`, ""), nil},
		{"ipa-code", edit(rules.SPIDPrivate, `<spid:VATNumber>`, `<spid:IPACode>prova</spid:IPACode><spid:VATNumber>`), nil},
		{"vat-number", edit(rules.SPIDPrivate, `<spid:VATNumber>IT12345678903`, `<spid:VATNumber>IT1234`), nil},
		{"fiscal-code", edit(rules.SPIDPrivate, `<spid:FiscalCode>12345678903`, `<spid:FiscalCode>IT12345678903`), nil},
		{"identified", edit(rules.SPIDPrivate, numbers, ""), nil},
		{"identified", edit(rules.AggregatorPubFull, `<spid:FiscalCode>12345678903</spid:FiscalCode>`, ""), nil},
		{"billing", edit(rules.SPIDPrivate, billing, ""), nil},
		{"billing-data", edit(rules.SPIDPrivate, `<fpa:CAP>00100</fpa:CAP>`, ""), nil},
		{"billing-data", edit(rules.SPIDPrivate, `<fpa:IdCodice>12345678903</fpa:IdCodice>`, ""), nil},
		{"billing-mail", edit(rules.SPIDPrivate, `<md:EmailAddress>fatture@example.it</md:EmailAddress>`, ""), nil},
		{"billing-public", edit(rules.SPIDPublic, `</md:EntityDescriptor>`, billing+`</md:EntityDescriptor>`), nil},
		{"cie-place", edit(rules.CIEPublic, `<cie:Municipality>H501</cie:Municipality>`, `<cie:Municipality>Roma</cie:Municipality>`), nil},
		{"cie-place", edit(rules.CIEPublic, `<cie:Country>IT</cie:Country>`, ""), nil},
		{"cie-trade", edit(rules.CIEPrivate, `<cie:NACE2Code>62.01</cie:NACE2Code>`, ""), nil},
		{"cie-technical", edit(rules.CIEPublic, `<md:ContactPerson contactType="technical">`, `<md:ContactPerson contactType="technical"/><md:ContactPerson contactType="technical">`), nil},
		{"cie-namespace", edit(rules.CIEPublic, `<cie:Province>RM</cie:Province>`, `<spid:Province>RM</spid:Province>`), nil},
	}
}

// Each rule is broken by a document of its own, and that document breaks no other rule.
func TestEveryRuleIsBrokenByItsOwnMistakeAlone(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range [][]broken{entityBreaks(), signatureBreaks(), keyBreaks(), endpointBreaks(), attributeBreaks(), bodyBreaks()} {
		for _, b := range list {
			seen[b.rule] = true
			t.Run(b.rule, func(t *testing.T) {
				found := map[string]bool{}
				for _, f := range check(t, b.world).Findings {
					found[f.Rule.ID] = true
					if f.Where == "" && f.Detail == "" || f.Rule.Advice == "" {
						t.Errorf("%s says neither where nor what", f.Rule.ID)
					}
				}
				if !found[b.rule] {
					t.Errorf("not found; found %v", found)
				}
				delete(found, b.rule)
				for _, id := range b.also {
					delete(found, id)
				}
				for id := range found {
					t.Errorf("breaks %s too", id)
				}
			})
		}
	}
	ids := map[string]bool{}
	for _, r := range rules.Rules("") {
		if !seen[r.ID] {
			t.Errorf("nothing breaks the rule %s", r.ID)
		}
		if ids[r.ID] || r.Clause == "" || r.Title == "" || r.Advice == "" || r.Severity == "" {
			t.Errorf("the rule %q is not complete, or there twice", r.ID)
		}
		ids[r.ID] = true
	}
}

func TestWhatCannotBeJudgedIsSaid(t *testing.T) {
	for text, says := range map[string]string{
		"":                 "rules:",
		"<a/>":             "one EntityDescriptor",
		"<!DOCTYPE a><a/>": "rules:",
		`<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`: "one EntityDescriptor",
	} {
		if _, err := rules.Check([]byte(text), rules.Options{Now: now}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := rules.Check(world{profile: rules.SPIDPublic}.document(t), rules.Options{Profile: "spid-sp-secret", Now: now}); err == nil || !strings.Contains(err.Error(), "spid-sp-private") {
		t.Errorf("an unknown profile: %v", err)
	}
}

func TestATestFederationMayHavePlainAddresses(t *testing.T) {
	w := edit(rules.SPIDPublic, `Location="https://porta.example.it/acs"`, `Location="http://localhost:8080/acs"`)
	if r, err := rules.Check(w.document(t), rules.Options{Profile: w.profile, Now: now, Test: true}); err != nil || len(r.Findings) > 0 {
		t.Errorf("%v %v", r.Findings, err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(string(world{profile: rules.SPIDPublic}.document(f)))
	f.Add(template(rules.CIEPrivate, "x"))
	f.Add(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"><SPSSODescriptor><KeyDescriptor/></SPSSODescriptor></EntityDescriptor>`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range []rules.Profile{"", rules.AggregatorPrivLite, rules.CIEPublic, rules.EIDAS} {
			if r, err := rules.Check([]byte(text), rules.Options{Profile: p, Now: now}); err == nil && r.Rules == 0 {
				t.Error("judged by no rule")
			}
		}
	})
}
