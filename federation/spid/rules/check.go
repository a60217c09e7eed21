package rules

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

// Options of a check.
type Options struct {
	// Profile is what the entity claims to be; "" guesses it from its contacts.
	Profile Profile
	// Now is the time at which certificates must be valid.
	Now time.Time
	// Test allows what only a test federation may have: addresses without https or with a
	// port.
	Test bool
}

// Check judges a document. The error says that it cannot be judged at all: it is no XML
// as SAML wants it, no EntityDescriptor, or the profile is unknown.
func Check(document []byte, o Options) (Report, error) {
	root, err := xmlsec.Parse(document, xmlsec.Metadata)
	if err != nil {
		return Report{}, fmt.Errorf("rules: %w", err)
	}
	if root.Name != md("EntityDescriptor") {
		return Report{}, fmt.Errorf("rules: the document is a %s; one EntityDescriptor is judged at a time", root.Name.Local)
	}
	if o.Profile == "" {
		o.Profile = detect(root)
	}
	f, known := formOf(o.Profile)
	if !known {
		return Report{}, fmt.Errorf("rules: there is no profile %q; there are %v", o.Profile, Profiles())
	}
	s := &subject{form: f, options: o, root: root, report: Report{Profile: o.Profile}}
	s.report.EntityID, _ = root.Attr("entityID")
	s.services = root.Named(md("SPSSODescriptor"))
	if len(s.services) > 0 {
		s.service = s.services[0]
	}
	s.readCertificates()
	for _, r := range Rules(o.Profile) {
		s.rule = r
		s.report.Rules++
		r.check(s)
	}
	return s.report, nil
}

// subject is a document under judgement. Elements that are not there are nil, which
// xmlsec reads as empty.
type subject struct {
	form     form
	options  Options
	root     *xmlsec.Element
	services []*xmlsec.Element
	// service is the first SPSSODescriptor.
	service *xmlsec.Element
	// certificates are those of the service for signing.
	certificates []certificate

	rule   Rule
	report Report
}

// Namespaces of the extensions.
const (
	spidSpace = "https://spid.gov.it/saml-extensions"
	fpaSpace  = "https://spid.gov.it/invoicing-extensions"
	cieSpace  = "https://www.cartaidentita.interno.gov.it/saml-extensions"
	xmlSpace  = "http://www.w3.org/XML/1998/namespace"
)

func md(local string) xmlsec.Name { return xmlsec.Name{Space: saml.NamespaceMetadata, Local: local} }

func ds(local string) xmlsec.Name { return xmlsec.Name{Space: saml.NamespaceSignature, Local: local} }

// attr is an attribute, "" when it is not there.
func attr(e *xmlsec.Element, local string) string {
	v, _ := e.Attr(local)
	return v
}

// text is the text of an element without the blanks around it.
func text(e *xmlsec.Element) string { return strings.TrimSpace(e.Text()) }

// at names the n-th of several elements of one name.
func at(path string, n int) string { return path + "[" + strconv.Itoa(n+1) + "]" }

const service = "SPSSODescriptor"

// address reports what is wrong with an address, "" for nothing.
func (s *subject) address(raw string) string {
	switch scheme, rest, ok := strings.Cut(raw, "://"); {
	case raw == "":
		return "there is no address"
	case !ok || rest == "" || strings.ContainsAny(raw, " \t\r\n#"):
		return fmt.Sprintf("%q is not an address", raw)
	case s.options.Test && (scheme == "http" || scheme == "https"):
		return ""
	case scheme != "https":
		return fmt.Sprintf("%q is not https", raw)
	default:
		host, _, _ := strings.Cut(rest, "/")
		if strings.Contains(host, ":") {
			return fmt.Sprintf("%q has a port", raw)
		}
	}
	return ""
}
