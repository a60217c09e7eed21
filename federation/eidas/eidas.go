// Package eidas holds the rules of signing in with the digital identity of another
// European country, as data and checks: the countries, the identifier of a person,
// the request to the Italian node and the table of what its answer must pass. No
// HTTP, no pages.
//
// The Italian node (FICEP) behaves as one more identity provider of SPID: same
// service, same metadata, same address for answers. What makes it another world are
// its sets of attributes, 99 and 100, and that its people have no codice fiscale.
package eidas

import (
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml/metadata"
)

// Sets are the two sets of attributes to publish in the metadata of SPID, with the
// names that the rules give. // Avviso eIDAS 01-2018
func Sets() []spidsaml.AttributeSet {
	minimum := []string{"spidCode", "name", "familyName", "dateOfBirth"}
	full := append(append([]string{}, minimum...), "placeOfBirth", "address", "gender")
	return []spidsaml.AttributeSet{
		{Index: spid.SetEIDASMinimum, Names: name("eIDAS Natural Person Minimum Attribute Set"), Attributes: minimum},
		{Index: spid.SetEIDASFull, Names: name("eIDAS Natural Person Full Attribute Set"), Attributes: full},
	}
}

func name(text string) metadata.Localized {
	return metadata.Localized{{Lang: "it", Text: text}}
}

// Request asks the node for a person. set is SetEIDASMinimum or SetEIDASFull. The
// levels substantial and high of eIDAS are SpidL2 and SpidL3; level 1 (low) is not
// asked for: the node brings notified schemes, and services want at least substantial.
func Request(sp *spidsaml.SP, id string, now time.Time, node spidsaml.Provider, level spid.Level, set int) (spidsaml.Request, error) {
	return sp.Request(id, now, node, spidsaml.Want{
		Level: max(level, spid.L2), Comparison: spid.Minimum, AttributeIndex: set, ForceAuthn: true, EIDAS: true,
	})
}
