package cie

import "atrio/saml/metadata"

// Contact is a contact in the metadata; all of it must equal the application form.
// CIE-SAML metadata
type Contact struct {
	// Private tells a private body from a public one.
	Private bool
	// IPACode and IPACategory are of the index of public administrations.
	IPACode, IPACategory string
	// VATNumber, FiscalCode and NACE2Codes (the activity) are for private bodies.
	VATNumber, FiscalCode string
	NACE2Codes            []string
	// Municipality is the code of the land register (Belfiore), Province like RM,
	// Country like IT.
	Municipality, Province, Country string
	Company, Email, Phone           string
}

var space = metadata.Extension{Prefix: "cie", Space: "https://www.cartaidentita.interno.gov.it/saml-extensions"}

func (sp *SP) contacts() []metadata.Contact {
	all := []metadata.Contact{sp.Administrative.as("administrative")}
	if sp.Technical != nil {
		all = append(all, sp.Technical.as("technical"))
	}
	return all
}

func (c Contact) as(kind string) metadata.Contact {
	nature := "Public"
	if c.Private {
		nature = "Private"
	}
	out := metadata.Contact{Type: kind, Company: c.Company, Email: c.Email, Phone: c.Phone, Extensions: []metadata.Extension{space.Leaf(nature, "")}}
	add := func(local, text string) {
		if text != "" {
			out.Extensions = append(out.Extensions, space.Leaf(local, text))
		}
	}
	add("IPACode", c.IPACode)
	add("IPACategory", c.IPACategory)
	add("VATNumber", c.VATNumber)
	add("FiscalCode", c.FiscalCode)
	for _, code := range c.NACE2Codes {
		add("NACE2Code", code)
	}
	add("Municipality", c.Municipality)
	add("Province", c.Province)
	// The text asks for the country of foreign bodies only, its test cases of all.
	add("Country", c.Country)
	return out
}
