package spidsaml

import (
	"errors"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/sp"
)

func (a *answer) assertionPresent() error { return require(a.assertion != nil, "no assertion") }

func (a *answer) assertionID() error {
	a.login.AssertionID = a.assertion.ID
	return require(a.assertion.ID != "", "no ID")
}

func (a *answer) assertionVersion() error {
	return require(a.assertion.Version == saml.Version, "another version")
}

func (a *answer) assertionIssued() error {
	return a.clock.Issued(a.assertion.IssueInstant, a.in.Pending.IssuedAt)
}

func (a *answer) nameID() error {
	s := a.assertion.Subject
	if s == nil || s.NameID == nil || s.NameID.Value == "" {
		return errors.New("no name")
	}
	a.login.NameID = s.NameID.Value
	return nil
}

func (a *answer) nameIDFormat() error {
	return require(a.assertion.Subject.NameID.Format == saml.FormatTransient, "another format")
}

func (a *answer) nameIDQualifier() error {
	return require(a.assertion.Subject.NameID.NameQualifier != "", "no qualifier")
}

// confirmation wants exactly one: the standard would allow several, of which one has to
// hold, but SPID describes one and a second could only confuse.
func (a *answer) confirmation() error {
	return require(len(a.assertion.Subject.Confirmations) == 1, "not one confirmation")
}

func (a *answer) confirmationMethod() error {
	return require(a.assertion.Subject.Confirmations[0].Method == saml.MethodBearer, "another method")
}

func (a *answer) confirmationData() error {
	data := a.assertion.Subject.Confirmations[0].Data
	if data == nil {
		return errors.New("no data")
	}
	a.bearer = *data
	return require(data.NotBefore == "", "a start of validity") // SAML-profiles 4.1.4.2
}

func (a *answer) confirmationRecipient() error {
	return require(a.bearer.Recipient == a.in.SP.ACSURL, "another recipient")
}

func (a *answer) confirmationInResponseTo() error {
	return require(a.bearer.InResponseTo == a.in.Pending.RequestID, "another request")
}

func (a *answer) confirmationEnd() error {
	end, err := a.clock.Ended(a.bearer.NotOnOrAfter)
	a.login.NotOnOrAfter = end.Add(a.clock.Skew)
	return err
}

func (a *answer) assertionIssuer() error {
	a.login.Issuer = a.in.Provider.EntityID
	return sp.Issuer(a.assertion.Issuer, a.in.Provider.EntityID)
}

func (a *answer) assertionIssuerFormat() error {
	return require(a.assertion.Issuer.Format == saml.FormatEntity, "another format")
}

func (a *answer) conditions() error {
	c := a.assertion.Conditions
	return require(c != nil && (c.NotBefore != "" || c.NotOnOrAfter != "" || len(c.Audiences) > 0), "no conditions")
}

func (a *answer) conditionsStart() error { return a.clock.Started(a.assertion.Conditions.NotBefore) }

// conditionsEnd also fixes how long the caller must remember the assertion: it can be
// shown again until the first of its ends, or until the request is too old.
func (a *answer) conditionsEnd() error {
	end, err := a.clock.Ended(a.assertion.Conditions.NotOnOrAfter)
	end = end.Add(a.clock.Skew)
	if last := a.in.Pending.IssuedAt.Add(maxRequestAge); last.Before(end) {
		end = last
	}
	if end.Before(a.login.NotOnOrAfter) {
		a.login.NotOnOrAfter = end
	}
	return err
}

func (a *answer) audience() error { return sp.Audience(a.assertion.Conditions, a.in.SP.EntityID) }

func (a *answer) authnStatement() error {
	if len(a.assertion.AuthnStatements) != 1 {
		return errors.New("not one statement")
	}
	a.statement = a.assertion.AuthnStatements[0]
	at, err := a.statement.AuthnInstant.Time()
	if err != nil {
		return err
	}
	a.login.AuthnInstant, a.login.SessionIndex = at, a.statement.SessionIndex
	return require(!at.After(a.clock.Now.Add(a.clock.Skew)), "authentication in the future")
}

func (a *answer) authnContext() error { return require(a.statement.HasContext, "no context") }

func (a *answer) authnClass() error {
	level, ok := spid.ParseLevel(a.statement.ClassRef)
	a.login.Level, a.login.ACR = level, a.statement.ClassRef
	return require(ok, "unknown class")
}

func (a *answer) authnLevel() error {
	p := a.in.Pending
	return require(p.Comparison.Satisfied(p.Level, a.login.Level), "level too low")
}

// attributes accepts any set: what is missing for a purpose is known by whoever has the
// purpose. A repeated name or a second value would be ambiguous and is refused.
func (a *answer) attributes() error {
	a.login.Attributes = map[string]string{}
	for _, statement := range a.assertion.AttributeStatements {
		values := 0
		for _, attr := range statement {
			if _, again := a.login.Attributes[attr.Name]; again || attr.Name == "" || len(attr.Values) > 1 {
				return errors.New("ambiguous attribute")
			}
			if len(attr.Values) == 0 {
				return errors.New("attribute without value") // case 99
			}
			a.login.Attributes[attr.Name] = attr.Values[0]
			if attr.Values[0] != "" {
				values++
			}
		}
		if values == 0 {
			return errors.New("no attribute with a value") // case 98
		}
	}
	return nil
}
