package saml

import (
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// Conditions limit where and when an assertion may be used (SAML-core 2.5).
type Conditions struct {
	NotBefore    Instant
	NotOnOrAfter Instant
	// Audiences holds the audiences of each AudienceRestriction: any one inside a
	// restriction is enough, but every restriction must be met (SAML-core 2.5.1.4).
	Audiences [][]string
}

func (c *Conditions) write(w *xmlout.Writer) {
	if c == nil {
		return
	}
	w.Open("saml:Conditions", "NotBefore", string(c.NotBefore), "NotOnOrAfter", string(c.NotOnOrAfter))
	for _, audiences := range c.Audiences {
		w.Open("saml:AudienceRestriction")
		for _, a := range audiences {
			w.Leaf("saml:Audience", a)
		}
		w.Close()
	}
	w.Close()
}

// readConditions refuses a condition that it does not understand, as SAML-core
// 2.5.1 demands. OneTimeUse is met by consuming every assertion once, and
// ProxyRestriction by issuing no assertion from another one.
func readConditions(e *xmlsec.Element) (*Conditions, error) {
	if e == nil {
		return nil, nil
	}
	restriction, audience := assertionName("AudienceRestriction"), assertionName("Audience")
	c := &Conditions{NotBefore: Instant(attribute(e, "NotBefore")), NotOnOrAfter: Instant(attribute(e, "NotOnOrAfter"))}
	for _, child := range e.Elements() {
		switch child.Name {
		case assertionName("OneTimeUse"), assertionName("ProxyRestriction"):
			continue
		case restriction:
		default:
			return nil, formError(e, "condition %s is not understood", child.Name.Local)
		}
		if err := CheckOrder(child, many(audience)); err != nil {
			return nil, err
		}
		audiences := []string{}
		for _, a := range child.Named(audience) {
			audiences = append(audiences, trimmed(a))
		}
		c.Audiences = append(c.Audiences, audiences)
	}
	return c, nil
}
