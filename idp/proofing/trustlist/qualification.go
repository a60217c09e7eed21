package trustlist

import (
	"crypto/x509"
	"slices"
	"strings"

	"atrio/saml/xmlsec"
)

// qualification says something about those certificates of a service that meet its
// criteria (ETSI TS 119 612 5.5.9.2), against what they say of themselves.
type qualification struct {
	qualifiers []string
	criteria   criteria
}

type criteria struct {
	assert   string
	usages   []map[string]bool
	policies [][]string
	nested   []criteria
	other    bool // criteria that are not understood
}

// takesAway are qualifiers after which a certificate is none for qualified signatures of
// a person. The certificate must claim everything itself, so others add nothing.
var takesAway = []string{"NotQualified", "QCNoSSCD", "QCNoQSCD", "QCForLegalPerson", "QCForESeal", "QCForWSA"}

// TakesAway says whether the list takes from a certificate what it claims. Criteria that
// are not understood count as met.
func (p *Period) TakesAway(c *x509.Certificate) bool {
	return slices.ContainsFunc(p.qualifications, func(q qualification) bool {
		return slices.ContainsFunc(q.qualifiers, func(s string) bool { return slices.Contains(takesAway, s) }) && q.criteria.met(c)
	})
}

func inner(local string) xmlsec.Name { return xmlsec.Name{Space: sie, Local: local} }

func readQualification(e *xmlsec.Element) qualification {
	q := qualification{criteria: readCriteria(e.Child(inner("CriteriaList")))}
	for _, one := range e.Child(inner("Qualifiers")).Named(inner("Qualifier")) {
		uri, _ := one.Attr("uri")
		q.qualifiers = append(q.qualifiers, uri[strings.LastIndexByte(uri, '/')+1:])
	}
	return q
}

// readCriteria reads a CriteriaList; the reader bounds how deep they are nested.
func readCriteria(e *xmlsec.Element) criteria {
	c := criteria{}
	c.assert, _ = e.Attr("assert")
	for _, part := range e.Elements() {
		switch part.Name {
		case inner("KeyUsage"):
			bits := map[string]bool{}
			for _, b := range part.Named(inner("KeyUsageBit")) {
				name, _ := b.Attr("name")
				value := strings.TrimSpace(b.Text())
				bits[name] = value == "true" || value == "1"
			}
			c.usages = append(c.usages, bits)
		case inner("PolicySet"):
			c.policies = append(c.policies, readPolicies(part))
		case inner("CriteriaList"):
			c.nested = append(c.nested, readCriteria(part))
		case inner("Description"):
		default:
			c.other = true
		}
	}
	return c
}

func readPolicies(e *xmlsec.Element) []string {
	var all []string
	for _, id := range e.Elements() {
		for _, value := range id.Elements() {
			if value.Name.Local == "Identifier" {
				all = append(all, strings.TrimPrefix(strings.TrimSpace(value.Text()), "urn:oid:"))
			}
		}
	}
	return all
}

// met says whether a certificate meets the criteria.
func (c criteria) met(cert *x509.Certificate) bool {
	if c.other {
		return true
	}
	var each []bool
	for _, bits := range c.usages {
		each = append(each, hasUsages(cert, bits))
	}
	for _, set := range c.policies {
		each = append(each, hasPolicies(cert, set))
	}
	for _, n := range c.nested {
		each = append(each, n.met(cert))
	}
	switch c.assert {
	case "all":
		return !slices.Contains(each, false)
	case "atLeastOne":
		return slices.Contains(each, true)
	case "none":
		return !slices.Contains(each, true)
	}
	return true
}

var usageBits = map[string]x509.KeyUsage{
	"digitalSignature": x509.KeyUsageDigitalSignature, "nonRepudiation": x509.KeyUsageContentCommitment,
	"keyEncipherment": x509.KeyUsageKeyEncipherment, "dataEncipherment": x509.KeyUsageDataEncipherment,
	"keyAgreement": x509.KeyUsageKeyAgreement, "keyCertSign": x509.KeyUsageCertSign, "crlSign": x509.KeyUsageCRLSign,
	"encipherOnly": x509.KeyUsageEncipherOnly, "decipherOnly": x509.KeyUsageDecipherOnly,
}

func hasUsages(c *x509.Certificate, bits map[string]bool) bool {
	for name, want := range bits {
		bit, known := usageBits[name]
		if known && (c.KeyUsage&bit != 0) != want {
			return false
		}
	}
	return true
}

func hasPolicies(c *x509.Certificate, set []string) bool {
	for _, want := range set {
		if !slices.ContainsFunc(c.Policies, func(o x509.OID) bool { return o.String() == want }) {
			return false
		}
	}
	return true
}
