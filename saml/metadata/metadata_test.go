package metadata_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

func entity(s xmlsec.Signer) *metadata.Entity {
	key := []metadata.Certificate{{Use: "signing", DER: s.Certificate}}
	logout := []metadata.Endpoint{{Binding: saml.BindingPost, Location: "https://a.esempio.it/slo", ResponseLocation: "https://a.esempio.it/slo/end"}}
	return &metadata.Entity{
		ID: "_id", EntityID: "https://a.esempio.it", ValidUntil: samltest.Start.Add(time.Hour),
		Provider: &metadata.Provider{
			WantAuthnRequestsSigned: true, Certificates: key, Logout: logout, NameIDFormats: []string{saml.FormatTransient},
			SignOn:     []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: "https://a.esempio.it/sso?x=1&y=2"}},
			Attributes: []saml.Attribute{{Name: "spidCode", NameFormat: saml.AttributeBasic}},
		},
		Service: &metadata.Service{
			AuthnRequestsSigned: true, WantAssertionsSigned: true, Certificates: key, Logout: logout,
			NameIDFormats: []string{saml.FormatTransient},
			Consumers: []metadata.Consumer{
				{Endpoint: metadata.Endpoint{Binding: saml.BindingPost, Location: "https://a.esempio.it/acs"}, Index: 0, Default: true},
				{Endpoint: metadata.Endpoint{Binding: saml.BindingPost, Location: "https://a.esempio.it/acs2"}, Index: 1},
			},
			AttributeSets: []metadata.AttributeSet{{
				Index: 3, Names: metadata.Localized{{Lang: "it", Text: "Servizio <uno> & \"due\""}},
				Descriptions: metadata.Localized{{Lang: "it", Text: "Descrizione"}},
				Attributes:   []metadata.RequestedAttribute{{Name: "name", NameFormat: saml.AttributeBasic, Required: true}, {Name: "email"}},
			}},
		},
		Organization: &metadata.Organization{
			Names:        metadata.Localized{{Lang: "it", Text: "Ente"}, {Lang: "en", Text: "Body"}},
			DisplayNames: metadata.Localized{{Lang: "it", Text: "Ente"}},
			URLs:         metadata.Localized{{Lang: "it", Text: "https://esempio.it"}},
		},
		Contacts: []metadata.Contact{{Type: "other", Company: "Ente", Email: "a@esempio.it", Phone: "+39060000"}},
	}
}

func signed(t testing.TB, e *metadata.Entity, s xmlsec.Signer) []byte {
	t.Helper()
	document, err := e.Sign(s)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func codeOf(err error) string {
	var e *metadata.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return xmlsec.CodeOf(err)
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	s := samltest.RSA(t)
	want := entity(s)
	document := signed(t, want, s)
	for name, read := range map[string]func() (*metadata.Entity, error){
		"signed": func() (*metadata.Entity, error) {
			return metadata.ReadSigned(document, samltest.Public(s), samltest.Start)
		},
		"trusted": func() (*metadata.Entity, error) { return metadata.ReadTrusted(document, samltest.Start) },
	} {
		got, err := read()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if keys := metadata.SigningKeys(got.Service.Certificates, samltest.Start); len(keys) != 1 {
			t.Fatalf("%s: %d keys", name, len(keys))
		}
		got.Service.Certificates[0].X509, got.Provider.Certificates[0].X509 = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
	}
}

func TestASignedDescriptionIsReadOnlyWithTheRightKeyAndUnchanged(t *testing.T) {
	s := samltest.RSA(t)
	document := signed(t, entity(s), s)
	changed := samltest.Apply(t, document, samltest.Replace("https://a.esempio.it/acs2", "https://b.esempio.it/acs2"))
	unsigned, err := entity(s).XML()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		document []byte
		keys     []crypto.PublicKey
		code     string
	}{
		"another key": {document, samltest.Public(samltest.ECDSA(t)), xmlsec.CodeKey},
		"no key":      {document, nil, xmlsec.CodeNoKey},
		"changed":     {changed, samltest.Public(s), xmlsec.CodeDigest},
		"unsigned":    {unsigned, samltest.Public(s), xmlsec.CodeUnsigned},
	} {
		if _, err := metadata.ReadSigned(c.document, c.keys, samltest.Start); codeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
}

func TestBadDescriptionsAreRefused(t *testing.T) {
	s := samltest.ECDSA(t)
	good, err := entity(s).XML()
	if err != nil {
		t.Fatal(err)
	}
	const sp, idp = "EntityDescriptor/SPSSODescriptor", "EntityDescriptor/IDPSSODescriptor"
	for name, c := range map[string]struct {
		edit samltest.Edit
		code string
	}{
		"expired":                {samltest.SetAttribute("EntityDescriptor", "validUntil", "2026-03-10T09:30:00Z"), "metadata_expired"},
		"validUntil of no time":  {samltest.SetAttribute("EntityDescriptor", "validUntil", "soon"), "metadata_valid_until"},
		"no entityID":            {samltest.DropAttribute("EntityDescriptor", "entityID"), "metadata_entity_id"},
		"an overlong entityID":   {samltest.SetAttribute("EntityDescriptor", "entityID", strings.Repeat("x", 1025)), "metadata_entity_id"},
		"another root":           {samltest.Replace("md:EntityDescriptor", "md:EntitiesDescriptor"), "metadata_root"},
		"an address that runs":   {samltest.SetAttribute(sp+"/AssertionConsumerService", "Location", "javascript:alert(1)"), "metadata_endpoint"},
		"an address with quotes": {samltest.SetAttribute(idp+"/SingleSignOnService", "Location", "https://a/&quot;x"), "metadata_endpoint"},
		"a relative address":     {samltest.SetAttribute(idp+"/SingleSignOnService", "Location", "/sso"), "metadata_endpoint"},
		"no host":                {samltest.SetAttribute(idp+"/SingleSignOnService", "Location", "https:///sso"), "metadata_endpoint"},
		"an index twice":         {samltest.SetAttribute(sp+"/AssertionConsumerService", "index", "1"), "metadata_index"},
		"an index that is none":  {samltest.SetAttribute(sp+"/AssertionConsumerService", "index", "65536"), "metadata_index"},
		"no index of a set":      {samltest.DropAttribute(sp+"/AttributeConsumingService", "index"), "metadata_index"},
		"no certificate in it":   {samltest.SetContent(sp+"/KeyDescriptor/KeyInfo/X509Data/X509Certificate", "AAAA"), "metadata_certificate"},
		"a certificate in hex":   {samltest.SetContent(sp+"/KeyDescriptor/KeyInfo/X509Data/X509Certificate", "zz:zz"), "metadata_certificate"},
		"a key for other things": {samltest.SetAttribute(sp+"/KeyDescriptor", "use", "dancing"), "metadata_key"},
		"a key without KeyInfo":  {samltest.Drop(sp + "/KeyDescriptor/KeyInfo"), "metadata_key"},
		"the role twice":         {samltest.Insert(sp, `<md:SPSSODescriptor protocolSupportEnumeration="`+saml.NamespaceProtocol+`"/>`), "metadata_roles"},
		"a document type":        {samltest.Insert("EntityDescriptor", "<!DOCTYPE a>"), xmlsec.CodeDoctype},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := metadata.ReadTrusted(samltest.Apply(t, good, c.edit), samltest.Start); codeOf(err) != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

func TestRolesOfOtherProtocolsAndExpiredOnesCountAsAbsent(t *testing.T) {
	s := samltest.ECDSA(t)
	good, err := entity(s).XML()
	if err != nil {
		t.Fatal(err)
	}
	document := samltest.Apply(t, good,
		samltest.SetAttribute("EntityDescriptor/SPSSODescriptor", "protocolSupportEnumeration", "urn:oasis:names:tc:SAML:1.1:protocol"),
		samltest.SetAttribute("EntityDescriptor/IDPSSODescriptor", "validUntil", "2026-03-10T09:00:00Z"),
		samltest.Insert("EntityDescriptor/Organization", "<!-- edited by hand -->"))
	e, err := metadata.ReadTrusted(document, samltest.Start)
	if err != nil || e.Service != nil || e.Provider != nil {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestKeysAreChosenByUseAndDate(t *testing.T) {
	old := make([]metadata.Certificate, 0, 3)
	for use, signer := range map[string]xmlsec.Signer{"signing": samltest.ECDSA(t), "encryption": samltest.ECDSA(t), "": expired(t)} {
		e := entity(signer)
		e.Service.Certificates[0].Use = use
		document, err := e.XML()
		if err != nil {
			t.Fatal(err)
		}
		read, err := metadata.ReadTrusted(document, samltest.Start)
		if err != nil {
			t.Fatal(err)
		}
		old = append(old, read.Service.Certificates...)
	}
	if n := len(metadata.SigningKeys(old, samltest.Start)); n != 1 {
		t.Errorf("%d keys valid now, want 1", n)
	}
	if n := len(metadata.SigningKeys(old, time.Time{})); n != 2 {
		t.Errorf("%d keys whatever the date, want 2", n)
	}
}

func expired(t *testing.T) xmlsec.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return samltest.Certified(t, key, samltest.Start.AddDate(-2, 0, 0), samltest.Start.AddDate(-1, 0, 0))
}

func FuzzRead(f *testing.F) {
	s := samltest.ECDSA(f)
	document := signed(f, entity(s), s)
	f.Add(document)
	f.Add([]byte(`<md:EntityDescriptor xmlns:md="` + saml.NamespaceMetadata + `" entityID="a"/>`))
	f.Fuzz(func(t *testing.T, document []byte) {
		e, err := metadata.ReadTrusted(document, samltest.Start)
		if err == nil && e.EntityID == "" {
			t.Error("an entity without a name")
		}
		got, err := metadata.ReadSigned(document, samltest.Public(s), samltest.Start)
		if err == nil && (got.EntityID != "https://a.esempio.it" || len(got.Service.Consumers) != 2) {
			t.Errorf("verified %+v", got)
		}
	})
}
