package spidsaml

import (
	"strings"
	"testing"

	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

func TestValidateNamesWhatToChange(t *testing.T) {
	s := samltest.ECDSA(t)
	if found := testSP(s).Validate(); len(found) != 0 {
		t.Fatalf("nothing is wrong, but: %v", found)
	}
	for want, spoil := range map[string]func(*SP){
		"entityID is missing":        func(sp *SP) { sp.EntityID = "" },
		"not a web address":          func(sp *SP) { sp.ACSURL = "/acs" },
		"missing in Italian":         func(sp *SP) { sp.Organization.Names[0].Lang = "fr" },
		"same languages":             func(sp *SP) { sp.Organization.URLs = sp.Organization.URLs[:1] },
		"IPACode":                    func(sp *SP) { sp.Contact.IPACode = "" },
		"e-mail":                     func(sp *SP) { sp.Contact.Email = "" },
		"no spaces":                  func(sp *SP) { sp.Contact.Phone = "+39 06" },
		"begin with the country":     func(sp *SP) { sp.Contact.VATNumber = "01234567890" },
		"at least one set":           func(sp *SP) { sp.AttributeSets = nil },
		"stands there twice":         func(sp *SP) { sp.AttributeSets[1].Index = 0 },
		"between 0 and 65535":        func(sp *SP) { sp.AttributeSets[1].Index = -1 },
		"has no name":                func(sp *SP) { sp.AttributeSets[1].Names = metadata.Localized{} },
		"asks for nothing":           func(sp *SP) { sp.AttributeSets[1].Attributes = nil },
		`SPID has no attribute "cn"`: func(sp *SP) { sp.AttributeSets[1].Attributes = []string{"cn"} },
		`asks for "name" twice`:      func(sp *SP) { sp.AttributeSets[1].Attributes = []string{"name", "name"} },
		"signing key":                func(sp *SP) { sp.Signer = xmlsec.Signer{} },
	} {
		sp := testSP(s)
		spoil(sp)
		found := sp.Validate()
		if len(found) == 0 || !strings.Contains(found[len(found)-1].Error()+found[0].Error(), want) {
			t.Errorf("want %q, found %v", want, found)
		}
	}
}
