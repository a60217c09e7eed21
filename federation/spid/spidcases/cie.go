package spidcases

import (
	"fmt"

	"atrio/federation/spid"
)

// CIE lists the cases for the door of CIE: first the results whose screens its portal
// asks for (nr01, nr21, nr22, nr25) and the card that is no longer good (nr23), then the
// official list of SPID, which spid-sp-test plays against services of CIE too. There the
// Format of the Assertion's Issuer may be absent, so 70 and 71 are accepted. CIE-SAML Response
func CIE() []Case {
	all := []Case{right("nr01", Text{"Accesso riuscito", "Successful login"}).only(Own)}
	for _, code := range []int{21, 22, 23, 25} {
		if a, ok := spid.LookupAnomaly(code); ok {
			all = append(all, errorCase(fmt.Sprintf("nr%02d", code), Own, a))
		}
	}
	for _, c := range SPID() {
		switch {
		case c.expect.Anomaly != 0:
			continue // told above, in the numbers of CIE
		case c.ID == "70", c.ID == "71":
			c.expect = Expectation{Accepted: true}
		}
		all = append(all, c)
	}
	return all
}

// CIEPerson is Person as the provider of CIE knows people: its four attributes.
func CIEPerson() map[string]string {
	p := Person()
	return map[string]string{"name": p["name"], "familyName": p["familyName"], "dateOfBirth": p["dateOfBirth"], "fiscalNumber": p["fiscalNumber"]}
}
