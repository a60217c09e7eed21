package cie

import "atrio/federation/spid/spidsaml"

// Leaver is the service as a side of a logout. CIE knows the "simple logout": it takes
// the request, ends its own session and sends no answer. // CIE-SAML logout
func (sp *SP) Leaver() spidsaml.Leaver { return sp.party().Leaver() }
