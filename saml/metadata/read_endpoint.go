package metadata

import (
	"strings"

	"atrio/saml/xmlsec"
)

func readEndpoints(e *xmlsec.Element, local string) ([]Endpoint, error) {
	var all []Endpoint
	for _, child := range e.Named(name(local)) {
		endpoint, err := readEndpoint(child)
		if err != nil {
			return nil, err
		}
		all = append(all, endpoint)
	}
	return all, nil
}

// readEndpoint takes http and https addresses only: they end up in redirects and in
// forms, where "javascript:" would run.
func readEndpoint(e *xmlsec.Element) (Endpoint, error) {
	p := Endpoint{Binding: attribute(e, "Binding"), Location: attribute(e, "Location"), ResponseLocation: attribute(e, "ResponseLocation")}
	if !webAddress(p.Location) || p.ResponseLocation != "" && !webAddress(p.ResponseLocation) {
		return p, fail("metadata_endpoint", "%s has an address that is not http(s)", e.Name.Local)
	}
	return p, nil
}

func webAddress(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	return ok && rest != "" && rest[0] != '/' && !strings.ContainsAny(s, " \t\r\n\"<>\\")
}
