package rules

import (
	"strings"

	"atrio/saml/xmlsec"
)

func fpa(local string) xmlsec.Name { return xmlsec.Name{Space: fpaSpace, Local: local} }

func billingRules() []Rule {
	private := func(f form) bool { return !f.cie() && (f.private || f.aggregated == "Private") }
	return []Rule{
		{ID: "billing", Clause: "Avviso SPID 29", Severity: Error, applies: private,
			Title: "a private body has one contact for invoices", Advice: "write one ContactPerson of contactType billing",
			check: func(s *subject) { s.want(len(s.billing()) == 1, "ContactPerson", "there are %d", len(s.billing())) }},
		{ID: "billing-data", Clause: "Avviso SPID 29", Severity: Error, applies: private,
			Title: "the contact for invoices has the data of an electronic invoice", Advice: "write fpa:CessionarioCommittente with DatiAnagrafici and Sede, as the invoice has them",
			check: (*subject).billingData},
		{ID: "billing-mail", Clause: "Avviso SPID 29", Severity: Error, applies: private,
			Title: "the contact for invoices has one EmailAddress", Advice: "write the address of the office that gets the invoices",
			check: func(s *subject) {
				for _, c := range s.billing() {
					n := len(c.Named(md("EmailAddress")))
					s.want(n == 1 && strings.Contains(text(c.Child(md("EmailAddress"))), "@"), "ContactPerson/EmailAddress", "there are %d", n)
				}
			}},
		{ID: "billing-public", Clause: "Avviso SPID 29", Severity: Warning, applies: func(f form) bool { return !f.cie() && !private(f) },
			Title: "a public body has no contact for invoices", Advice: "leave the ContactPerson of contactType billing out",
			check: func(s *subject) { s.want(len(s.billing()) == 0, "ContactPerson", "there are %d", len(s.billing())) }},
	}
}

func (s *subject) billing() (out []*xmlsec.Element) {
	for _, c := range s.root.Named(md("ContactPerson")) {
		if attr(c, "contactType") == "billing" {
			out = append(out, c)
		}
	}
	return out
}

func (s *subject) billingData() {
	for _, c := range s.billing() {
		where := "ContactPerson/Extensions/CessionarioCommittente"
		buyer := c.Child(md("Extensions")).Child(fpa("CessionarioCommittente"))
		if buyer == nil {
			s.found(where, "there is none")
			continue
		}
		person, seat := buyer.Child(fpa("DatiAnagrafici")), buyer.Child(fpa("Sede"))
		vat := person.Child(fpa("IdFiscaleIVA"))
		hasVAT := text(vat.Child(fpa("IdPaese"))) != "" && text(vat.Child(fpa("IdCodice"))) != ""
		s.want(hasVAT || text(person.Child(fpa("CodiceFiscale"))) != "", where+"/DatiAnagrafici", "neither IdFiscaleIVA nor CodiceFiscale")
		who := person.Child(fpa("Anagrafica"))
		named := text(who.Child(fpa("Denominazione"))) != "" || text(who.Child(fpa("Nome"))) != "" && text(who.Child(fpa("Cognome"))) != ""
		s.want(named, where+"/DatiAnagrafici/Anagrafica", "neither Denominazione nor Nome and Cognome")
		for _, part := range []string{"Indirizzo", "CAP", "Comune", "Nazione"} {
			s.want(text(seat.Child(fpa(part))) != "", where+"/Sede/"+part, "there is none")
		}
	}
}
