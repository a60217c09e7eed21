package eidas

import (
	"errors"
	"strconv"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
)

// Table is what an answer of the node must pass: the table of SPID, and that it names
// a person as eIDAS does.
func Table() spidsaml.Table { return table }

var table = spidsaml.SPID().For("eidas", ParseAnomaly).Add(minimumSet())

// minimumSet wants the attributes that every country must give. // Regulation (EU) 2015/1501, annex
func minimumSet() spidsaml.Check {
	return spidsaml.Check{
		ID: "eidas-minimum-set", Clause: "Regulation (EU) 2015/1501, annex", Kind: fault.Unprocessable, Key: "error.eidas.attributes_missing",
		Title: "a person identifier, name, family name and date of birth are there",
	}.By(func(e spidsaml.Established) error {
		said := e.Login.Attributes
		if _, err := ParseIdentifier(said["spidCode"]); err != nil {
			return err
		}
		if _, err := time.Parse(time.DateOnly, said["dateOfBirth"]); err != nil {
			return errors.New("no date of birth")
		}
		if said["name"] == "" || said["familyName"] == "" {
			return errors.New("no name")
		}
		return nil
	})
}

// CheckResponse runs the table over an answer. The error is a *spidsaml.Refusal.
func CheckResponse(in spidsaml.Input) (*spidsaml.Login, error) { return table.Check(in) }

// ParseAnomaly reads the error codes of the node: those of SPID that a person of
// another country can meet have words of their own, all others the general page.
func ParseAnomaly(statusMessage string) (spid.Anomaly, bool) {
	a, ok := spid.ParseAnomaly(statusMessage)
	switch {
	case !ok:
		return a, false
	case a.Code >= 19 && a.Code <= 25 && a.Code != 24:
		a.Key = "eidas.anomaly." + strconv.Itoa(a.Code)
	default:
		a.User = false
	}
	return a, true
}
