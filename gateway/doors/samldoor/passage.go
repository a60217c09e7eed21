package samldoor

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

// markKept is how much longer than an answer is accepted its marks are kept: a node
// whose clock is slow, or was set back, must still find what another one used.
const markKept = 2 * time.Hour

// MaxValue bounds one attribute: more than any name or address has, and little
// enough for a sealed cookie.
const MaxValue = 400

// passage turns a checked answer into what the flow needs.
func (d *Door) passage(login *spidsaml.Login, pending spidsaml.Pending, j journey.Journey, x *account.Exchange) (Passage, error) {
	a, missing := d.World.Assertion(login)
	x.Of = &a
	if len(missing) > 0 {
		return Passage{}, fault.New(fault.Unprocessable, d.key("attributes_missing")).For(string(d.Name)+"_attributes_missing").
			With("names", strings.Join(missing, ", "))
	}
	a.Door, a.Issuer, a.Level, a.ACR, a.AuthnAt = d.Name, login.Issuer, person.Level(login.Level), login.ACR, login.AuthnInstant
	a.AssertionID, a.NameID, a.SessionIndex, a.Expires = login.AssertionID, login.NameID, login.SessionIndex, login.NotOnOrAfter
	until := login.NotOnOrAfter.Add(markKept)
	return Passage{
		Assertion: a,
		Once: []account.Once{
			{Kind: string(d.Name) + ".assertion", ID: fingerprint(login.Issuer, login.AssertionID), Until: until},
			{Kind: string(d.Name) + ".response", ID: fingerprint(login.Issuer, login.ResponseID), Until: until},
		},
		Exchange: x,
		Retry:    d.Again(pending.Provider, j.Handle),
	}, nil
}

// Neutral translates SPID attributes into the words of package person. What the
// gateway has no use for is dropped here: it is never stored. // GDPR art. 5(1)(c)
func Neutral(said map[string]string) map[string]string {
	out := map[string]string{}
	for _, row := range spid.Attributes() {
		value := said[row.Name]
		if row.Person == "" || value == "" || len(value) > MaxValue {
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

// Need is an attribute without which a door lets nobody in.
type Need struct{ Name, Value string }

// Missing names the needs that have no value. // ASVS 6.8.1
func Missing(needs ...Need) []string {
	var out []string
	for _, n := range needs {
		if n.Value == "" {
			out = append(out, n.Name)
		}
	}
	return out
}

// fingerprint makes ids of foreign origin short and plain.
func fingerprint(issuer, id string) string {
	h := sha256.Sum256([]byte(issuer + "\x00" + id))
	return hex.EncodeToString(h[:])
}
