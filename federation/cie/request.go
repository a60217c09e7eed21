package cie

import (
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
)

// Want is what a service asks of CIE.
type Want struct {
	// Level is 1 user and password, 2 with a second factor or the app, 3 card and PIN.
	Level spid.Level
	// Comparison is Minimum when empty; Exact is allowed with level 3 alone.
	Comparison spid.Comparison
	// AttributeIndex is the Index of one of the SP's AttributeSets.
	AttributeIndex int
}

// Allowed reports whether CIE takes a comparison with a level: minimum with every
// level, exact with the highest, nothing else. // CIE-SAML AuthnRequest
func Allowed(l spid.Level, c spid.Comparison) bool {
	return l.Valid() && (c == spid.Minimum || c == spid.Exact && l == spid.L3)
}

// Request makes a request to CIE. ForceAuthn is always true, and Destination is the
// address of the binding that carries it, never the entityID. // CIE-SAML AuthnRequest
func (sp *SP) Request(id string, now time.Time, p spidsaml.Provider, want Want) (spidsaml.Request, error) {
	if want.Comparison == "" {
		want.Comparison = spid.Minimum
	}
	if !Allowed(want.Level, want.Comparison) {
		return spidsaml.Request{}, fault.New(fault.Internal, "error.internal").For("cie_comparison_not_allowed")
	}
	return sp.party().Request(id, now, p, spidsaml.Want{
		Level: want.Level, Comparison: want.Comparison, AttributeIndex: want.AttributeIndex, ForceAuthn: true,
	})
}
