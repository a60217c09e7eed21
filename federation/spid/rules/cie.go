package rules

import (
	"regexp"

	"atrio/saml"
)

var (
	belfiore = regexp.MustCompile(`^[A-Z][0-9]{3}$`)
	province = regexp.MustCompile(`^[A-Z]{2}$`)
	nace     = regexp.MustCompile(`^[0-9A-Z][0-9A-Z.]{0,9}$`)
)

func cieRules() []Rule {
	return []Rule{
		{ID: "cie-place", Clause: "CIE-SAML metadata", Severity: Error, applies: onlyCIE,
			Title: "the administrative contact names Municipality, as its cadastral code, and Country", Advice: "write cie:Municipality like H501 and cie:Country IT; cie:Province, when it is there, has two letters",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					where := c.where + "/Extensions/"
					s.want(belfiore.MatchString(text(c.ext("Municipality"))), where+"Municipality", "%q", text(c.ext("Municipality")))
					s.want(province.MatchString(text(c.ext("Country"))), where+"Country", "%q", text(c.ext("Country")))
					if p := c.ext("Province"); p != nil {
						s.want(province.MatchString(text(p)), where+"Province", "%q", text(p))
					}
				}
			}},
		{ID: "cie-trade", Clause: "CIE-SAML metadata", Severity: Error, applies: func(f form) bool { return f.cie() && f.private },
			Title: "a private body names its trade as NACE2Code", Advice: "write cie:NACE2Code",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					s.want(nace.MatchString(text(c.ext("NACE2Code"))), c.where+"/Extensions/NACE2Code", "%q", text(c.ext("NACE2Code")))
				}
			}},
		{ID: "cie-technical", Clause: "CIE-SAML metadata", Severity: Error, applies: onlyCIE,
			Title: "there is at most one technical contact", Advice: "write the technical partner once, or leave it out",
			check: func(s *subject) {
				n := 0
				for _, c := range s.root.Named(md("ContactPerson")) {
					if attr(c, "contactType") == "technical" {
						n++
					}
				}
				s.want(n <= 1, "ContactPerson", "there are %d", n)
			}},
		{ID: "cie-logout", Clause: "CIE-SAML metadata", Severity: Error, applies: onlyCIE,
			Title: "one SingleLogoutService is by HTTP-Redirect", Advice: "publish an address for logout by HTTP-Redirect: the portal asks for it",
			check: func(s *subject) {
				found := false
				for _, e := range s.logouts() {
					found = found || attr(e, "Binding") == saml.BindingRedirect
				}
				s.want(found || len(s.logouts()) == 0, service+"/SingleLogoutService", "there is none")
			}},
		{ID: "cie-namespace", Clause: "CIE-SAML metadata", Severity: Error, applies: onlyCIE,
			Title: "the extensions of contacts are those of CIE", Advice: "use the namespace " + cieSpace + ": extensions of SPID are not read",
			check: func(s *subject) {
				for _, c := range s.contacts() {
					for _, x := range c.Child(md("Extensions")).Elements() {
						s.want(x.Name.Space == cieSpace, c.where+"/Extensions/"+x.Name.Local, "%s", x.Name.Space)
					}
				}
			}},
	}
}
