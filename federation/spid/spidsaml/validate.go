package spidsaml

import (
	"errors"
	"fmt"
	"strings"

	"atrio/federation/spid"
	"atrio/saml/metadata"
)

// Validate lists what is wrong with the description of our service before AgID or the
// validator finds it (SPID-RT, metadata; Avviso 29). It is for whoever writes the
// configuration: every sentence names what to change.
func (sp *SP) Validate() []error {
	var all problems
	all.when(sp.EntityID == "", "the entityID is missing")
	for name, address := range map[string]string{"answers": sp.ACSURL, "logout": sp.SLOURL} {
		all.when(!strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, "http://"), "the address for %s is not a web address: %q", name, address)
	}
	all.organization(sp.Organization)
	c := sp.Contact
	all.when(c.IPACode == "", "a public body needs its code of the index of public administrations (IPACode)")
	all.when(!strings.Contains(c.Email, "@"), "the contact needs an e-mail address")
	all.when(strings.Contains(c.Phone, " "), "the telephone number must have no spaces: %q", c.Phone)
	all.when(c.VATNumber != "" && !countryPrefix(c.VATNumber), "the VAT number must begin with the country, like IT: %q", c.VATNumber)
	all.when(len(sp.AttributeSets) == 0, "at least one set of attributes is needed")
	seen := map[int]bool{}
	for _, set := range sp.AttributeSets {
		all.when(seen[set.Index], "attribute set %d stands there twice", set.Index)
		seen[set.Index] = true
		all.attributeSet(set)
	}
	signer := sp.Signer.Current()
	all.when(signer.Key == nil || signer.Certificate == nil, "the signing key or its certificate is missing")
	return all
}

type problems []error

func (p *problems) when(wrong bool, format string, args ...any) {
	if wrong {
		*p = append(*p, errors.New("spid: "+fmt.Sprintf(format, args...)))
	}
}

// organization wants the same languages in all three, Italian among them.
func (p *problems) organization(o metadata.Organization) {
	p.when(len(o.Names) != len(o.DisplayNames) || len(o.Names) != len(o.URLs), "name, display name and address of the organization need the same languages")
	for what, texts := range map[string]metadata.Localized{"name": o.Names, "display name": o.DisplayNames, "address": o.URLs} {
		italian := false
		for _, t := range texts {
			italian = italian || t.Lang == "it" && t.Text != ""
		}
		p.when(!italian, "the %s of the organization is missing in Italian", what)
	}
}

func (p *problems) attributeSet(set AttributeSet) {
	p.when(set.Index < 0 || set.Index > 65535, "attribute set %d: the index must be between 0 and 65535", set.Index)
	p.when(set.Names.In("it") == "", "attribute set %d has no name", set.Index)
	p.when(len(set.Attributes) == 0, "attribute set %d asks for nothing", set.Index)
	seen := map[string]bool{}
	for _, name := range set.Attributes {
		_, known := spid.LookupAttribute(name)
		p.when(!known, "attribute set %d: SPID has no attribute %q", set.Index, name)
		p.when(seen[name], "attribute set %d asks for %q twice", set.Index, name)
		seen[name] = true
	}
}

func countryPrefix(s string) bool {
	return len(s) > 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z' && !strings.Contains(s, " ")
}
