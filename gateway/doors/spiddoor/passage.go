package spiddoor

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/people/person"
)

// Kinds of consumed ids.
const (
	kindAssertion = "spid.assertion"
	kindResponse  = "spid.response"
)

// markKept is how much longer than an answer is accepted its marks are kept: a node
// whose clock is slow, or was set back, must still find what another one used.
const markKept = 2 * time.Hour

// maxValue bounds one attribute: more than any name or address has, and little
// enough for a sealed cookie.
const maxValue = 400

// passage turns a checked answer into neutral words.
func (d *Door) passage(login *spidsaml.Login, pending spidsaml.Pending, j journey.Journey) (Passage, error) {
	a := person.Assertion{
		Door: person.DoorSPID, Issuer: login.Issuer, Subject: login.Attributes["spidCode"],
		Level: person.Level(login.Level), ACR: login.ACR, AuthnAt: login.AuthnInstant, AssertionID: login.AssertionID,
		NameID: login.NameID, SessionIndex: login.SessionIndex, Expires: login.NotOnOrAfter,
		Attributes: neutral(login.Attributes),
	}
	if code, err := person.ParseFiscalCode(a.Attributes[person.FiscalNumber]); err == nil {
		a.FiscalCode = code
	}
	if missing := missing(a); len(missing) > 0 {
		return Passage{}, fault.New(fault.Unprocessable, "error.spid.attributes_missing").For("spid_attributes_missing").
			With("names", strings.Join(missing, ", "))
	}
	until := login.NotOnOrAfter.Add(markKept)
	return Passage{
		Assertion: a,
		Once: []account.Once{
			{Kind: kindAssertion, ID: fingerprint(login.Issuer, login.AssertionID), Until: until},
			{Kind: kindResponse, ID: fingerprint(login.Issuer, login.ResponseID), Until: until},
		},
		Exchange: &account.Exchange{
			RequestID: pending.RequestID, ResponseID: login.ResponseID, AssertionID: login.AssertionID,
			Request: j.Request, Response: login.XML,
		},
		Retry: startURL(pending.Provider, j.Handle),
	}, nil
}

// neutral translates SPID attributes into the words of package person. What the
// gateway has no use for is dropped here: it is never stored. // GDPR art. 5(1)(c)
func neutral(said map[string]string) map[string]string {
	out := map[string]string{}
	for _, row := range spid.Attributes() {
		value := said[row.Name]
		if row.Person == "" || value == "" || len(value) > maxValue {
			continue
		}
		// fiscalNumber is written TINIT-<codice fiscale>. // ETSI EN 319 412-1 5.1.3
		if row.Name == "fiscalNumber" {
			value = strings.TrimPrefix(value, "TINIT-")
		}
		if name := personName(row.Person); slices.Contains(account.Names(), name) {
			out[name] = value
		}
	}
	return out
}

// personName settles two names on which the table of SPID and package person differ.
func personName(name string) string {
	switch name {
	case "domicile_province":
		return person.DomicileCounty
	case "domicile_nation":
		return person.DomicileNation
	}
	return name
}

// missing names the SPID attributes without which nobody can be let in: they say
// who the person is. // ASVS 6.8.1
func missing(a person.Assertion) []string {
	var out []string
	for _, need := range []struct{ name, value string }{
		{"spidCode", a.Subject},
		{"name", a.Attributes[person.GivenName]},
		{"familyName", a.Attributes[person.FamilyName]},
		{"fiscalNumber", a.Attributes[person.FiscalNumber]},
	} {
		if need.value == "" {
			out = append(out, need.name)
		}
	}
	return out
}

// fingerprint makes ids of foreign origin short and plain.
func fingerprint(issuer, id string) string {
	h := sha256.Sum256([]byte(issuer + "\x00" + id))
	return hex.EncodeToString(h[:])
}
