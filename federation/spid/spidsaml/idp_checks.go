package spidsaml

import (
	"errors"
	"slices"
	"strconv"

	"atrio/federation/spid"
	"atrio/saml"
)

// requestCheck is a row of the checks of a request whose origin is certain.
type requestCheck struct {
	// code of the anomaly that a failure means (SPID-RT, messaggi di errore).
	code  int
	title string
	run   func(*question) error
}

// requestChecks lists them in the order of the codes: conformity first, because the
// others read what it established.
func requestChecks() []requestCheck {
	return []requestCheck{
		{8, "conformity with SAML and SPID", (*question).conformant},
		{9, "Version", (*question).version},
		{11, "ID", (*question).identifier},
		{12, "RequestedAuthnContext", (*question).context},
		{13, "IssueInstant", (*question).issued},
		{14, "Destination", (*question).destination},
		{15, "IsPassive", (*question).passive},
		{16, "AssertionConsumerService", (*question).consumer},
		{17, "NameIDPolicy", (*question).policy},
		{18, "AttributeConsumingServiceIndex", (*question).attributeSet},
	}
}

func (q *question) conformant() error {
	if q.malformed != nil {
		return q.malformed
	}
	r := q.request
	format := r.Issuer.Format
	switch {
	case format != saml.FormatEntity || r.Issuer.NameQualifier == "": // SPID-RT 1.2.2
		return errors.New("issuer without format or qualifier")
	case !r.ForceAuthn.Valid() || !r.IsPassive.Valid():
		return errors.New("malformed boolean")
	}
	q.authn.ForceAuthn = r.ForceAuthn.IsTrue()
	return nil
}

func (q *question) version() error {
	return require(q.request.Version == saml.Version, "another version")
}

func (q *question) identifier() error {
	return require(q.authn.RequestID != "", "missing or not an identifier")
}

func (q *question) context() error {
	c := q.request.RequestedAuthnContext
	if c == nil || len(c.ClassRefs) != 1 {
		return errors.New("not one class")
	}
	level, ok := spid.ParseLevel(c.ClassRefs[0])
	if !ok {
		return errors.New("unknown class")
	}
	q.authn.Level, q.authn.Comparison = level, comparison(c)
	_, ok = q.authn.Comparison.Target(level)
	return require(ok, "comparison unknown or out of reach")
}

func (q *question) issued() error {
	at, err := q.request.IssueInstant.Time()
	if err != nil {
		return err
	}
	age := q.in.Now.Sub(at)
	return require(age >= -q.idp.skew() && age <= q.idp.requestLife()+q.idp.skew(), "too old or in the future")
}

// destination is the address, or the entityID of the provider (Avviso 11).
func (q *question) destination() error {
	d := q.request.Destination
	return require(d == q.idp.SSOURL || d == q.idp.EntityID, "another destination")
}

func (q *question) passive() error { return require(!q.request.IsPassive.IsTrue(), "passive") }

// consumer finds the address for the answer: by index, or by URL and binding, never by
// both; in doubt the answer goes to the default address.
func (q *question) consumer() error {
	r := q.request
	byURL := r.AssertionConsumerServiceURL != "" || r.ProtocolBinding != ""
	switch {
	case r.AssertionConsumerServiceIndex != "" && byURL:
		return errors.New("index beside an address")
	case r.AssertionConsumerServiceIndex != "":
		c, ok := q.service.consumer(r.AssertionConsumerServiceIndex)
		if !ok {
			return errors.New("unknown index")
		}
		q.authn.ACSURL = c.Location
		return nil
	}
	c, ok := q.service.consumerAt(r.AssertionConsumerServiceURL)
	if !ok || r.ProtocolBinding != saml.BindingPost {
		return errors.New("unknown address or other binding")
	}
	q.authn.ACSURL = c.Location
	return nil
}

func (q *question) policy() error {
	p := q.request.NameIDPolicy
	return require(p != nil && p.Format == saml.FormatTransient, "not transient")
}

// attributeSet may be left out; the service then learns only that the person
// authenticated. Names that SPID does not know are not passed on.
func (q *question) attributeSet() error {
	index := q.request.AttributeConsumingServiceIndex
	if only := q.idp.OnlySets; only != nil && !slices.ContainsFunc(only, func(i int) bool { return strconv.Itoa(i) == index }) {
		return errors.New("not an index of this provider") // Avviso eIDAS 01-2018: 99 and 100
	}
	if index == "" {
		return nil
	}
	set, ok := q.service.attributeSet(index)
	if !ok {
		return errors.New("unknown index")
	}
	for _, a := range set.Attributes {
		if _, known := spid.LookupAttribute(a.Name); known && !slices.Contains(q.authn.Attributes, a.Name) {
			q.authn.Attributes = append(q.authn.Attributes, a.Name)
		}
	}
	return nil
}
