package cie

import (
	"errors"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid/spidsaml"
	"atrio/people/person"
	"atrio/saml"
)

// Table is what an answer of CIE must pass: the table of SPID with the rows in which
// CIE differs. The level needs no row of its own: CIE may answer SpidL3 to everything,
// and a level above the one asked for suffices in the table of SPID too.
func Table() spidsaml.Table { return table }

var table = spidsaml.SPID().For("cie", ParseAnomaly).
	Change("assertion-issuer-format", issuerFormat()).
	Add(attributes())

// issuerFormat lets cases 70 and 71 pass, which SPID refuses: CIE may leave the
// Format out. Another Format than entity is refused as there.
func issuerFormat() spidsaml.Check {
	return spidsaml.Check{
		ID: "assertion-issuer-format", Cases: []string{"72"}, Clause: "CIE-SAML Response",
		Title: "the Format of that Issuer is entity or absent", Kind: fault.Denied,
	}.By(func(e spidsaml.Established) error {
		if f := e.Assertion.Issuer.Format; f != "" && f != saml.FormatEntity {
			return errors.New("another format")
		}
		return nil
	})
}

// attributes wants all four, well formed: CIE gives no spidCode, so the codice
// fiscale is the name by which a person is known again. // CIE-SAML attributi
func attributes() spidsaml.Check {
	return spidsaml.Check{
		ID: "cie-attributes", Clause: "CIE-SAML attributi", Kind: fault.Unprocessable, Key: "error.cie.attributes_missing",
		Title: "name, family name, date of birth and a valid codice fiscale are there",
	}.By(func(e spidsaml.Established) error {
		said := e.Login.Attributes
		if _, err := FiscalCode(said["fiscalNumber"]); err != nil {
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

// Input is what the checks of an answer need.
type Input struct {
	// SAMLResponse is the form field as it came, in base64.
	SAMLResponse string
	SP           *SP
	Provider     spidsaml.Provider
	// Pending is the request of this browser.
	Pending spidsaml.Pending
	Now     time.Time
}

// CheckResponse runs the table over an answer. The error is a *spidsaml.Refusal.
//
// The level of the login is the one asked for, never more: CIE may write SpidL3
// whatever was used, so a higher one says nothing, and a service that needs level 3
// must ask for it. // CIE-SAML Response
func CheckResponse(in Input) (*spidsaml.Login, error) {
	login, err := table.Check(spidsaml.Input{
		SAMLResponse: in.SAMLResponse, SP: in.SP.party(), Provider: in.Provider, Pending: in.Pending, Now: in.Now,
	})
	if err == nil && login.Level > in.Pending.Level {
		login.Level, login.ACR = in.Pending.Level, in.Pending.Level.URI()
	}
	return login, err
}

// FiscalCode reads fiscalNumber, written TINIT-<codice fiscale>. // ETSI EN 319 412-1 5.1.3
func FiscalCode(fiscalNumber string) (person.FiscalCode, error) {
	code := fiscalNumber
	if len(code) > len(prefix) && code[:len(prefix)] == prefix {
		code = code[len(prefix):]
	}
	return person.ParseFiscalCode(code)
}

const prefix = "TINIT-"
