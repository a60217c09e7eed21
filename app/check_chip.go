package app

import (
	"fmt"
	"time"

	"atrio/app/config"
	"atrio/idp/proofing/chip"
)

// checkChip opens the countries whose electronic documents are believed, and tells what
// keeps the way from being offered.
func checkChip(c *config.IdP, now func() time.Time) (warnings []string, err error) {
	if !c.OffersChip() {
		if c.Chip.Configured() {
			warnings = append(warnings, `idp.chip stands there, but idp.enrolment.methods does not name "chip": the way of electronic documents is not offered`)
		}
		return warnings, nil
	}
	trust, err := chip.Open(c.Chip, now)
	if err != nil {
		return nil, fmt.Errorf("idp.%w", err)
	}
	made := trust.Mrtd()
	for _, country := range made.Countries {
		if !country.ValidAt(now()) {
			warnings = append(warnings, fmt.Sprintf("idp.chip: the certificate of %q is not valid now (%s to %s): its documents are refused", country.Subject, country.NotBefore.Format(time.DateOnly), country.NotAfter.Format(time.DateOnly)))
		}
	}
	for _, l := range made.Lists {
		if !l.Current(now()) {
			warnings = append(warnings, fmt.Sprintf("idp.chip: the revocation list of %q ended on %s: documents of that country are refused", l.Issuer, l.NextUpdate.Format(time.DateOnly)))
		}
	}
	if len(made.Lists) == 0 {
		warnings = append(warnings, "idp.chip.revocations: there is no revocation list, so nobody hears of a signer that a country has withdrawn")
	}
	return warnings, nil
}
