package rules

import (
	"slices"
	"strconv"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

const bindingSOAP = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP"

func endpointRules() []Rule {
	logout, consumer := service+"/SingleLogoutService", service+"/AssertionConsumerService"
	return []Rule{
		{ID: "logout", Clause: "SPID-RT metadata", Severity: Error,
			Title: "there is a SingleLogoutService", Advice: "publish an address for logout",
			check: func(s *subject) { s.want(len(s.logouts()) > 0, logout, "there is none") }},
		{ID: "logout-address", Clause: "SPID-RT metadata", Severity: Error,
			Title: "each SingleLogoutService has a known binding and an https address", Advice: "use HTTP-Redirect, HTTP-POST or SOAP, and an https address without a port",
			check: func(s *subject) {
				for i, e := range s.logouts() {
					b := attr(e, "Binding")
					s.want(b == saml.BindingRedirect || b == saml.BindingPost || b == bindingSOAP && !s.form.cie(), at(logout, i)+"/@Binding", "%q", b)
					wrong := s.address(attr(e, "Location"))
					s.want(wrong == "", at(logout, i)+"/@Location", "%s", wrong)
					if r, there := e.Attr("ResponseLocation"); there {
						wrong := s.address(r)
						s.want(wrong == "", at(logout, i)+"/@ResponseLocation", "%s", wrong)
					}
				}
			}},
		{ID: "logout-once", Clause: "Avviso SPID 3", Severity: Warning,
			Title: "there is one SingleLogoutService per binding", Advice: "publish one: providers have no rule by which to choose",
			check: func(s *subject) {
				seen := map[string]bool{}
				for i, e := range s.logouts() {
					b := attr(e, "Binding")
					s.want(!seen[b], at(logout, i), "a second one for %s", b)
					seen[b] = true
				}
			}},
		{ID: "consumer", Clause: "SPID-RT metadata", Severity: Error,
			Title: "there is an AssertionConsumerService", Advice: "publish an address for answers, by HTTP-POST",
			check: func(s *subject) { s.want(len(s.consumers()) > 0, consumer, "there is none") }},
		{ID: "consumer-address", Clause: "SPID-RT metadata; CIE-SAML metadata", Severity: Error,
			Title: "each AssertionConsumerService has the binding HTTP-POST and an https address", Advice: "answers come by HTTP-POST, at CIE also by HTTP-Redirect, to an https address without a port",
			check: func(s *subject) {
				for i, e := range s.consumers() {
					b := attr(e, "Binding")
					s.want(b == saml.BindingPost || s.form.cie() && b == saml.BindingRedirect, at(consumer, i)+"/@Binding", "%q", b)
					wrong := s.address(attr(e, "Location"))
					s.want(wrong == "", at(consumer, i)+"/@Location", "%s", wrong)
				}
			}},
		{ID: "consumer-index", Clause: "SAML-metadata 2.2.3", Severity: Error,
			Title: "each AssertionConsumerService has an index of its own", Advice: "number them from 0",
			check: func(s *subject) { s.indexes(s.consumers(), consumer) }},
		{ID: "consumer-default", Clause: "SPID-RT metadata", Severity: Error,
			Title: "the first AssertionConsumerService, and no other, is the default and has index 0", Advice: "write index=\"0\" isDefault=\"true\" at the first one only",
			check: func(s *subject) {
				for i, e := range s.consumers() {
					d := attr(e, "isDefault")
					isDefault := d == "true" || d == "1"
					s.want(isDefault == (i == 0), at(consumer, i)+"/@isDefault", "%q", d)
					if i == 0 {
						s.want(attr(e, "index") == "0", at(consumer, i)+"/@index", "%q", attr(e, "index"))
					}
				}
			}},
	}
}

func (s *subject) logouts() []*xmlsec.Element { return s.service.Named(md("SingleLogoutService")) }

func (s *subject) consumers() []*xmlsec.Element {
	return s.service.Named(md("AssertionConsumerService"))
}

// indexes wants a number of its own for each element.
func (s *subject) indexes(list []*xmlsec.Element, path string) {
	var seen []int
	for i, e := range list {
		n, err := strconv.ParseUint(attr(e, "index"), 10, 16)
		switch {
		case err != nil:
			s.found(at(path, i)+"/@index", "%q", attr(e, "index"))
		case slices.Contains(seen, int(n)):
			s.found(at(path, i)+"/@index", "%d stands there twice", n)
		default:
			seen = append(seen, int(n))
		}
	}
}
