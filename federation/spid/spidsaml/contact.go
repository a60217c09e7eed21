package spidsaml

import (
	"encoding/base64"

	"atrio/saml"
	"atrio/saml/metadata"
)

// Contact is a contact "other": the body that offers services, or that brings in
// those of others. Which codes it needs depends on the kind. // Avviso SPID 29
type Contact struct {
	// IPACode is the code in the index of public administrations (IndicePA).
	IPACode string
	// VATNumber has the country before it, FiscalCode has not.
	VATNumber, FiscalCode string
	// Company is the full legal name.
	Company string
	// Email is not that of a natural person; Phone is like +390123456789.
	Email, Phone string
}

// Billing is the contact "billing" of private services: whom the authority bills.
// Avviso SPID 29
type Billing struct {
	// VATNumber has the country before it; it or FiscalCode is needed.
	VATNumber, FiscalCode string
	// Name of a legal person, or else first and last name of a natural one.
	Name, FirstName, LastName string
	// The seat; Number and Province may be empty. Country is like IT.
	Street, Number, PostalCode, Town, Province, Country string
	Company, Email, Phone                               string
}

// Ages is the range of ages that all services together are for, bounds included.
type Ages struct{ Min, Max int }

// NoOldest is the Max of a range without upper bound. // AgID LG-minori
const NoOldest = 99

const extensionSpace = "https://spid.gov.it/saml-extensions"

var (
	spidSpace    = metadata.Extension{Prefix: "spid", Space: extensionSpace}
	invoiceSpace = metadata.Extension{Prefix: "fpa", Space: "https://spid.gov.it/invoicing-extensions"}
)

// contacts in the order: who signs, whose services they are, who pays.
func (sp *SP) contacts() []metadata.Contact {
	profile, _ := sp.Kind.Profile()
	first := sp.Contact.other(profile.Type)
	if profile.Light {
		signer, _ := KeySet(sp.Signer, sp.Published)
		first.Extensions = append(first.Extensions, validationKey(signer.Certificate))
	}
	all := []metadata.Contact{first}
	if profile.OfOthers() {
		all[0].Attributes = entityType("spid:aggregator") // Avviso SPID 19
	}
	if profile.AggregatedType != "" && sp.Aggregated != nil {
		second := sp.Aggregated.other(profile.AggregatedType)
		second.Attributes = entityType("spid:aggregated")
		all = append(all, second)
	}
	if sp.Billing != nil {
		all = append(all, sp.Billing.contact())
	}
	return all
}

// validationKey tells the key by which a light aggregator or operator validates: ours is
// the one that signs. // Avviso SPID 19
func validationKey(der []byte) metadata.Extension {
	ds := metadata.Extension{Prefix: "ds", Space: saml.NamespaceSignature}
	key := spidSpace.Holding("KeyDescriptor", ds.Holding("KeyInfo", ds.Holding("X509Data",
		ds.Leaf("X509Certificate", base64.StdEncoding.EncodeToString(der)))))
	key.Use = "spid:validation"
	return key
}

func entityType(value string) []metadata.ForeignAttribute {
	return []metadata.ForeignAttribute{{Prefix: "spid", Space: extensionSpace, Local: "entityType", Value: value}}
}

// other has the extensions in the order of the schema of Avviso 29; kind is the empty
// element at their end.
func (c Contact) other(kind string) metadata.Contact {
	out := metadata.Contact{Type: "other", Company: c.Company, Email: c.Email, Phone: c.Phone}
	out.Extensions = append(leaves(spidSpace, [2]string{"IPACode", c.IPACode}, [2]string{"VATNumber", c.VATNumber},
		[2]string{"FiscalCode", c.FiscalCode}), spidSpace.Leaf(kind, ""))
	return out
}

// contact has the structure of an electronic invoice. // Avviso SPID 29
func (b Billing) contact() metadata.Contact {
	var who []metadata.Extension
	if len(b.VATNumber) > 2 {
		who = append(who, invoiceSpace.Holding("IdFiscaleIVA", leaves(invoiceSpace,
			[2]string{"IdPaese", b.VATNumber[:2]}, [2]string{"IdCodice", b.VATNumber[2:]})...))
	}
	who = append(who, leaves(invoiceSpace, [2]string{"CodiceFiscale", b.FiscalCode})...)
	who = append(who, invoiceSpace.Holding("Anagrafica", leaves(invoiceSpace,
		[2]string{"Denominazione", b.Name}, [2]string{"Nome", b.FirstName}, [2]string{"Cognome", b.LastName})...))
	seat := leaves(invoiceSpace, [2]string{"Indirizzo", b.Street}, [2]string{"NumeroCivico", b.Number}, [2]string{"CAP", b.PostalCode},
		[2]string{"Comune", b.Town}, [2]string{"Provincia", b.Province}, [2]string{"Nazione", b.Country})
	return metadata.Contact{
		Type: "billing", Company: b.Company, Email: b.Email, Phone: b.Phone,
		Extensions: []metadata.Extension{invoiceSpace.Holding("CessionarioCommittente",
			invoiceSpace.Holding("DatiAnagrafici", who...), invoiceSpace.Holding("Sede", seat...))},
	}
}

// leaves are the elements that have a text.
func leaves(space metadata.Extension, list ...[2]string) []metadata.Extension {
	var out []metadata.Extension
	for _, x := range list {
		if x[1] != "" {
			out = append(out, space.Leaf(x[0], x[1]))
		}
	}
	return out
}
