// Package spid holds the rules of SPID, the Italian public system of digital
// identity, as data: levels, attributes, anomalies. No HTTP, no XML, no pages.
//
// The SAML profile that applies them is package spidsaml; the pages that show the
// texts of the anomalies belong to the products.
package spid

import "strconv"

// Level is a level of SPID authentication, 1 to 3; zero means none.
type Level int

// The levels: password; second factor; second factor on a certified device.
const (
	L1 Level = 1
	L2 Level = 2
	L3 Level = 3
)

const levelPrefix = "https://www.spid.gov.it/SpidL"

// URI is the AuthnContextClassRef of the level. SPID-RT 1.2.2.
func (l Level) URI() string { return levelPrefix + strconv.Itoa(int(l)) }

// Valid reports whether l is one of the three levels.
func (l Level) Valid() bool { return l >= L1 && l <= L3 }

// ParseLevel reads an AuthnContextClassRef. The URNs of the first years
// (…:ac:classes:SpidL1) are obsolete and refused (response case 97).
func ParseLevel(uri string) (Level, bool) {
	for l := L1; l <= L3; l++ {
		if uri == l.URI() {
			return l, true
		}
	}
	return 0, false
}

// Comparison tells how the level asked for relates to the level wanted
// (SAML-core 3.3.2.2.1).
type Comparison string

// The comparisons.
const (
	Exact   Comparison = "exact"
	Minimum Comparison = "minimum"
	Better  Comparison = "better"
	Maximum Comparison = "maximum"
)

// Valid reports whether c is one of the four comparisons.
func (c Comparison) Valid() bool {
	return c == Exact || c == Minimum || c == Better || c == Maximum
}

// Satisfied reports whether an authentication at level got answers a request for
// level asked. A provider may always use a higher level, even with exact and maximum:
// this must not fail the request. A lower one is enough with maximum only. SPID-RT 1.2.2;
// the same logic is in spid-sp-test (cases 94 to 96).
func (c Comparison) Satisfied(asked, got Level) bool {
	switch {
	case !asked.Valid() || !got.Valid() || !c.Valid():
		return false
	case got == asked:
		return c != Better
	case got > asked:
		return true
	}
	return c == Maximum
}

// Target is the level at which a provider authenticates to answer a request; false
// when there is none (better than L3).
func (c Comparison) Target(asked Level) (Level, bool) {
	if c == Better {
		asked++
	}
	return asked, asked.Valid() && c.Valid()
}
