package rules

import (
	"slices"
	"strings"

	"atrio/saml"
)

func serviceRules() []Rule {
	yes := func(v string) bool { return v == "true" || v == "1" }
	return []Rule{
		{ID: "protocol", Clause: "SAML-metadata 2.4.1", Severity: Error,
			Title: "the service supports SAML 2.0", Advice: "write protocolSupportEnumeration=\"" + saml.NamespaceProtocol + "\"",
			check: func(s *subject) {
				p := attr(s.service, "protocolSupportEnumeration")
				s.want(slices.Contains(strings.Fields(p), saml.NamespaceProtocol), service+"/@protocolSupportEnumeration", "%q", p)
			}},
		{ID: "requests-signed", Clause: "SPID-RT 1.3.1", Severity: Error,
			Title: "AuthnRequestsSigned is true", Advice: "sign all requests and say so",
			check: func(s *subject) {
				v := attr(s.service, "AuthnRequestsSigned")
				s.want(yes(v), service+"/@AuthnRequestsSigned", "%q", v)
			}},
		{ID: "assertions-signed", Clause: "SPID-RT 1.3.1", Severity: Error,
			Title: "WantAssertionsSigned is true", Advice: "want signed assertions and say so",
			check: func(s *subject) {
				v := attr(s.service, "WantAssertionsSigned")
				s.want(yes(v), service+"/@WantAssertionsSigned", "%q", v)
			}},
		{ID: "name-id-format", Clause: "SPID-RT metadata", Severity: Error,
			Title: "a NameIDFormat, when there is one, is transient", Advice: "write " + saml.FormatTransient + " or leave it out",
			check: func(s *subject) {
				for i, e := range s.service.Named(md("NameIDFormat")) {
					s.want(text(e) == saml.FormatTransient, at(service+"/NameIDFormat", i), "%q", text(e))
				}
			}},
	}
}
