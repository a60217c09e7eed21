package rules

import (
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"atrio/saml/xmlsec"
)

// contact is a ContactPerson with what it must be.
type contact struct {
	*xmlsec.Element
	where string
	// kind is the element that must name its kind, private that it is a private body.
	kind    string
	private bool
}

// contacts are those on which the rules are: "other" in SPID, for an aggregator one for
// itself and one for the body in whose name it acts; "administrative" in CIE.
func (s *subject) contacts() []contact {
	wanted := "other"
	if s.form.cie() {
		wanted = "administrative"
	}
	var out []contact
	for i, e := range s.root.Named(md("ContactPerson")) {
		if attr(e, "contactType") != wanted {
			continue
		}
		c := contact{Element: e, where: at("ContactPerson", i), kind: s.form.own, private: s.form.private}
		if entity, _ := e.AttrNS(spidSpace, "entityType"); s.form.aggregates() && entity == "spid:aggregated" {
			c.kind, c.private = s.form.aggregated, s.form.aggregated == "Private"
		}
		out = append(out, c)
	}
	return out
}

// ext is an element of the contact's extensions.
func (c contact) ext(local string) *xmlsec.Element {
	for _, x := range c.Child(md("Extensions")).Elements() {
		if x.Name.Local == local && (x.Name.Space == spidSpace || x.Name.Space == cieSpace) {
			return x
		}
	}
	return nil
}

// aggregator tells the contact of an aggregator or operator itself.
func (c contact) aggregator() bool {
	return strings.HasSuffix(c.kind, "Aggregator") || strings.HasSuffix(c.kind, "Operator")
}

// kinds are the elements that name the kind of a body.
func kinds() []string {
	out := []string{"Public", "Private"}
	for _, f := range forms {
		if f.aggregates() {
			out = append(out, f.own)
		}
	}
	return out
}

func contactRules() []Rule {
	return []Rule{
		{ID: "contact", Clause: "Avviso SPID 29; CIE-SAML metadata", Severity: Error, applies: func(f form) bool { return !f.aggregates() },
			Title: "there is one contact of the kind that the world wants", Advice: "write one ContactPerson: \"other\" for SPID, \"administrative\" for CIE",
			check: func(s *subject) { s.want(len(s.contacts()) == 1, "ContactPerson", "there are %d", len(s.contacts())) }},
		{ID: "contact-aggregator", Clause: "Avviso SPID 19", Severity: Error, applies: onlyAggregating,
			Title:  "contacts \"other\" say by spid:entityType who is the aggregator and who is aggregated, each once",
			Advice: "write one ContactPerson of spid:aggregator and, but for a full operator, one of spid:aggregated for the body in whose name it acts",
			check: func(s *subject) {
				var found []string
				for _, c := range s.contacts() {
					entity, _ := c.AttrNS(spidSpace, "entityType")
					found = append(found, entity)
				}
				slices.Sort(found)
				wanted := []string{"spid:aggregator"}
				if s.form.aggregated != "" {
					wanted = []string{"spid:aggregated", "spid:aggregator"}
				}
				s.want(slices.Equal(found, wanted), "ContactPerson", "found %q, wanted %q", found, wanted)
			}},
		{ID: "contact-kind", Clause: "Avviso SPID 29; Avviso SPID 19; CIE-SAML metadata", Severity: Error,
			Title: "one empty element of the Extensions names the kind of the body, and it is the right one", Advice: "write spid:Public, spid:Private or the element of the activity, without a text",
			check: (*subject).contactKinds},
		{ID: "contact-order", Clause: "Avviso SPID 29", Severity: Error, applies: notCIE,
			Title: "the Extensions stand in the order IPACode, VATNumber, FiscalCode, kind", Advice: "put them into that order: the schema of Avviso 29 has it",
			check: func(s *subject) {
				order := append([]string{"IPACode", "VATNumber", "FiscalCode"}, kinds()...)
				for _, c := range s.contacts() {
					last := 0
					for _, x := range c.Child(md("Extensions")).Elements() {
						i := slices.Index(order, x.Name.Local)
						if i >= 0 && i < last {
							s.found(c.where+"/Extensions/"+x.Name.Local, "stands behind %s", order[last])
						}
						last = max(last, i)
					}
				}
			}},
		{ID: "validation-key", Clause: "Avviso SPID 19", Severity: Error, applies: func(f form) bool { return f.light },
			Title: "a light aggregator publishes the key by which answers are validated", Advice: "write spid:KeyDescriptor with use=\"spid:validation\" into the Extensions of the aggregator",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					if c.aggregator() {
						k := c.ext("KeyDescriptor")
						s.want(attr(k, "use") == "spid:validation", c.where+"/Extensions/KeyDescriptor", "there is none for validation")
					}
				}
			}},
	}
}

// reachRules are about the name and the addresses of a contact.
func reachRules() []Rule {
	return []Rule{
		{ID: "contact-company", Clause: "Avviso SPID 19; CIE-SAML metadata", Severity: Error,
			Title: "Company, where it is demanded, is there", Advice: "write the full name of the body as Company",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					company := c.Child(md("Company"))
					must := s.form.cie() || s.form.aggregates()
					s.want(!must && company == nil || text(company) != "", c.where+"/Company", "%q", text(company))
				}
			}},
		{ID: "contact-company-name", Clause: "Avviso SPID 29", Severity: Error, applies: func(f form) bool { return !f.aggregates() },
			Title: "Company is the OrganizationName", Advice: "write the same name in both places",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					if company := text(c.Child(md("Company"))); company != "" {
						s.want(slices.Contains(s.organizationNames(), company), c.where+"/Company", "%q, the organization is %q", company, s.organizationNames())
					}
				}
			}},
		{ID: "contact-mail", Clause: "Avviso SPID 29; CIE-SAML metadata", Severity: Error,
			Title: "there is one EmailAddress, and it is an address", Advice: "write the address of an office",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					list := c.Named(md("EmailAddress"))
					s.want(len(list) == 1, c.where+"/EmailAddress", "there are %d", len(list))
					for _, e := range list {
						a, err := mail.ParseAddress(strings.TrimPrefix(text(e), "mailto:"))
						s.want(err == nil && a.Name == "", c.where+"/EmailAddress", "%q", text(e))
					}
				}
			}},
		{ID: "contact-mail-person", Clause: "Avviso SPID 29", Severity: Warning,
			Title: "the EmailAddress is not that of a person", Advice: "write the address of an office: the metadata are public and outlive people",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					for _, e := range c.Named(md("EmailAddress")) {
						s.want(!personal.MatchString(strings.ToLower(text(e))), c.where+"/EmailAddress", "%q looks like a person's", text(e))
					}
				}
			}},
		{ID: "contact-phone", Clause: "Avviso SPID 29", Severity: Error,
			Title: "a TelephoneNumber begins with +39 and has digits only", Advice: "write it like +390612345678",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					for _, e := range c.Named(md("TelephoneNumber")) {
						s.want(italianPhone.MatchString(text(e)), c.where+"/TelephoneNumber", "%q", text(e))
					}
				}
			}},
	}
}

var (
	italianPhone = regexp.MustCompile(`^\+39[0-9]{6,12}$`)
	// personal fits initial or given name, a dot, and a family name.
	personal = regexp.MustCompile(`^[a-zà-ù]+\.[a-zà-ù']{3,}@`)
)

func (s *subject) contactKinds() {
	for _, c := range s.contacts() {
		where := c.where + "/Extensions"
		n := len(c.Named(md("Extensions")))
		if s.want(n == 1, where, "there are %d", n); n != 1 {
			continue
		}
		var found []string
		for _, k := range kinds() {
			if x := c.ext(k); x != nil {
				found = append(found, k)
				s.want(text(x) == "" && len(x.Elements()) == 0, where+"/"+k, "it is not empty")
			}
		}
		s.want(slices.Equal(found, []string{c.kind}), where, "found %q, wanted %s", found, c.kind)
	}
}
