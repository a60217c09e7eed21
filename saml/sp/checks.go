package sp

import (
	"slices"
	"time"

	"atrio/saml"
)

// Clock is the present and the tolerance between two clocks.
type Clock struct {
	Now  time.Time
	Skew time.Duration
}

// Issued checks an IssueInstant: present, well formed, not before since (the time of
// the request) and not in the future.
func (c Clock) Issued(i saml.Instant, since time.Time) error {
	t, err := i.Time()
	switch {
	case err != nil:
		return err
	case t.Before(since.Add(-c.Skew)):
		return fail("issued_before_request", "")
	case t.After(c.Now.Add(c.Skew)):
		return fail("issued_in_future", "")
	}
	return nil
}

// Started checks a NotBefore: present, well formed, reached.
func (c Clock) Started(i saml.Instant) error {
	t, err := i.Time()
	switch {
	case err != nil:
		return err
	case c.Now.Before(t.Add(-c.Skew)):
		return fail("not_yet_valid", "")
	}
	return nil
}

// Ended checks a NotOnOrAfter: present, well formed, not reached. The instant itself is
// already too late (SAML-core 2.5.1.2).
func (c Clock) Ended(i saml.Instant) (end time.Time, err error) {
	end, err = i.Time()
	if err == nil && !c.Now.Before(end.Add(c.Skew)) {
		err = fail("expired", "")
	}
	return end, err
}

// Audience checks that every restriction admits the audience; an assertion without
// restriction is for nobody (SAML-core 2.5.1.4, SAML-profiles 4.1.4.2).
func Audience(c *saml.Conditions, audience string) error {
	for _, restriction := range c.Audiences {
		if !slices.Contains(restriction, audience) {
			return fail("audience_other", "")
		}
	}
	if len(c.Audiences) == 0 {
		return fail("audience_missing", "")
	}
	return nil
}

// Issuer checks the entityID of an Issuer.
func Issuer(n *saml.NameID, entityID string) error {
	switch {
	case n == nil || n.Value == "":
		return fail("issuer_missing", "")
	case n.Value != entityID:
		return fail("issuer_other", "")
	}
	return nil
}
