package rules

import (
	"net/url"
	"slices"

	"atrio/saml/xmlsec"
)

// organizationParts are the three texts, each in every language.
var organizationParts = []string{"OrganizationName", "OrganizationDisplayName", "OrganizationURL"}

func organizationRules() []Rule {
	return []Rule{
		{ID: "organization", Clause: "SPID-RT metadata", Severity: Error,
			Title: "there is one Organization", Advice: "say who runs the service",
			check: func(s *subject) {
				n := len(s.root.Named(md("Organization")))
				s.want(n == 1, "Organization", "there are %d", n)
			}},
		{ID: "organization-texts", Clause: "SPID-RT metadata", Severity: Error,
			Title: "name, display name and address of the Organization are there, each with its language", Advice: "write the three elements with xml:lang and a text",
			check: (*subject).organizationTexts},
		{ID: "organization-languages", Clause: "SPID-RT metadata", Severity: Error,
			Title: "the three are written in the same languages, Italian among them", Advice: "write each of the three once for every language, with xml:lang=\"it\" first",
			check: (*subject).organizationLanguages},
		{ID: "organization-address", Clause: "SPID-RT metadata", Severity: Error,
			Title: "OrganizationURL is an address", Advice: "write it like https://www.example.it",
			check: func(s *subject) {
				for i, e := range s.organization().Named(md("OrganizationURL")) {
					u, err := url.Parse(text(e))
					ok := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
					s.want(ok || text(e) == "", at("Organization/OrganizationURL", i), "%q", text(e))
				}
			}},
	}
}

func (s *subject) organization() *xmlsec.Element { return s.root.Child(md("Organization")) }

// organizationName is the name in Italian, or else the first one.
func (s *subject) organizationNames() (names []string) {
	for _, e := range s.organization().Named(md("OrganizationName")) {
		names = append(names, text(e))
	}
	return names
}

func (s *subject) organizationTexts() {
	if s.organization() == nil {
		return
	}
	for _, part := range organizationParts {
		list := s.organization().Named(md(part))
		s.want(len(list) > 0, "Organization/"+part, "there is none")
		for i, e := range list {
			lang, _ := e.AttrNS(xmlSpace, "lang")
			s.want(text(e) != "" && lang != "", at("Organization/"+part, i), "%q in language %q", text(e), lang)
		}
	}
}

func (s *subject) organizationLanguages() {
	var first []string
	for i, part := range organizationParts {
		var languages []string
		for _, e := range s.organization().Named(md(part)) {
			lang, _ := e.AttrNS(xmlSpace, "lang")
			languages = append(languages, lang)
		}
		slices.Sort(languages)
		if len(languages) == 0 {
			return // organization-texts says so
		}
		if i == 0 {
			first = languages
			s.want(slices.Contains(languages, "it"), "Organization/"+part, "it is not written in Italian")
		}
		s.want(slices.Equal(languages, first), "Organization/"+part, "it is written in %v, the name in %v", languages, first)
		s.want(len(slices.Compact(slices.Clone(languages))) == len(languages), "Organization/"+part, "a language stands there twice")
	}
}
