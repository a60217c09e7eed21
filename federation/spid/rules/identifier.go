package rules

import "regexp"

// Forms of the identifiers of a body.
var (
	vatNumber     = regexp.MustCompile(`^[A-Z]{2}[A-Z0-9]{2,15}$`)
	italianVAT    = regexp.MustCompile(`^IT[0-9]{11}$`)
	bodyTaxCode   = regexp.MustCompile(`^([0-9]{11}|[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z])$`)
	ipaCode       = regexp.MustCompile(`^[A-Za-z0-9_-]{2,20}$`)
	aggregatorIPA = "__aggrsint" // in test metadata of the aggregated body. // Avviso SPID 19
)

func identifierRules() []Rule {
	return []Rule{
		{ID: "ipa-code", Clause: "Avviso SPID 29; CIE-SAML metadata", Severity: Error,
			Title: "a public body has an IPACode, a private one has none", Advice: "write the code of the index of public administrations, or leave it out",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					x, where := c.ext("IPACode"), c.where+"/Extensions/IPACode"
					switch {
					case c.aggregator():
						s.want(x == nil || ipaCode.MatchString(text(x)), where, "%q", text(x))
					case c.private:
						s.want(x == nil, where, "there is one")
					default:
						s.want(ipaCode.MatchString(text(x)) || text(x) == aggregatorIPA, where, "%q", text(x))
					}
				}
			}},
		{ID: "vat-number", Clause: "Avviso SPID 29", Severity: Error,
			Title: "a VATNumber begins with its country, Italian ones have 11 digits behind it", Advice: "write it like IT12345678901, without blanks",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					if x := c.ext("VATNumber"); x != nil {
						ok := vatNumber.MatchString(text(x)) && (text(x)[:2] != "IT" || italianVAT.MatchString(text(x)))
						s.want(ok, c.where+"/Extensions/VATNumber", "%q", text(x))
					}
				}
			}},
		{ID: "fiscal-code", Clause: "Avviso SPID 29", Severity: Error,
			Title: "a FiscalCode has 11 digits, or 16 characters of a person", Advice: "write it without a country and without blanks",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					if x := c.ext("FiscalCode"); x != nil {
						s.want(bodyTaxCode.MatchString(text(x)), c.where+"/Extensions/FiscalCode", "%q", text(x))
					}
				}
			}},
		{ID: "identified", Clause: "Avviso SPID 29; Avviso SPID 19", Severity: Error,
			Title: "a private body has a VATNumber or a FiscalCode, an aggregator or operator has both", Advice: "write the numbers of the body",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					vat, code := text(c.ext("VATNumber")) != "", text(c.ext("FiscalCode")) != ""
					switch {
					case c.aggregator():
						s.want(vat && code, c.where+"/Extensions", "VATNumber %t, FiscalCode %t", vat, code)
					case c.private:
						s.want(vat || code, c.where+"/Extensions", "neither is there")
					}
				}
			}},
	}
}
