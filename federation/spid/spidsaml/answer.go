package spidsaml

import (
	"errors"
	"time"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/sp"
)

// maxRequestAge is how long an answer may take: for a minor a parent may approve up to a
// day later, so a shorter limit would break a legal use.
const maxRequestAge = 24 * time.Hour

// answer is an answer on its way through the table. Each check may use what earlier ones
// have established, and nothing else.
type answer struct {
	in        Input
	clock     sp.Clock
	envelope  *sp.Envelope
	assertion *saml.Assertion
	bearer    saml.SubjectConfirmationData
	statement saml.AuthnStatement
	// reported is the anomaly that the provider sent.
	reported *spid.Anomaly
	anomaly  func(statusMessage string) (spid.Anomaly, bool)
	login    Login
}

func (in Input) clock() sp.Clock {
	skew := in.SP.Skew
	if skew == 0 {
		skew = DefaultSkew
	}
	return sp.Clock{Now: in.Now, Skew: skew}
}

func require(ok bool, what string) error {
	if ok {
		return nil
	}
	return errors.New(what)
}

func (a *answer) open() error {
	document, err := binding.DecodePost(a.in.SAMLResponse)
	if err != nil {
		return err
	}
	a.login.XML = document
	a.envelope, err = sp.Open(document)
	return err
}

func (a *answer) providerCurrent() error {
	return require(a.in.Provider.Current(a.in.Now), "expired")
}

func (a *answer) responseSignature() error {
	return a.envelope.VerifyEnvelope(a.in.Provider.Keys)
}

func (a *answer) shape() error { return a.envelope.CheckShape() }

// assertionSignature looks at the status first: errors carry no assertion, and a message
// that says both is refused by status-success whatever it holds.
func (a *answer) assertionSignature() error {
	if !a.succeeded() || a.envelope.Assertions() == 0 {
		return nil // left to status-present, status-success and assertion-present
	}
	var err error
	a.assertion, err = a.envelope.VerifyAssertion(a.in.Provider.Keys)
	return err
}

func (a *answer) succeeded() bool {
	s := a.envelope.Status
	return s != nil && s.Code == saml.StatusSuccess
}

func (a *answer) responseID() error {
	a.login.ResponseID = a.envelope.ID
	return require(a.envelope.ID != "", "no ID")
}

func (a *answer) responseVersion() error {
	return require(a.envelope.Version == saml.Version, "another version")
}

func (a *answer) responseIssued() error {
	return a.clock.Issued(a.envelope.IssueInstant, a.in.Pending.IssuedAt)
}

// responseInResponseTo also refuses answers nobody asked for: without a pending request
// the identifier is empty and matches nothing.
func (a *answer) responseInResponseTo() error {
	return require(a.in.Pending.RequestID != "" && a.envelope.InResponseTo == a.in.Pending.RequestID, "another request")
}

func (a *answer) requestAge() error {
	age := a.in.Now.Sub(a.in.Pending.IssuedAt)
	return require(age <= maxRequestAge && age >= -a.clock.Skew, "request too old or of the future")
}

func (a *answer) responseDestination() error {
	return require(a.envelope.Destination == a.in.SP.ACSURL, "another destination")
}

func (a *answer) statusPresent() error {
	return require(a.envelope.Status != nil && a.envelope.Status.Code != "", "no status code")
}

func (a *answer) statusSuccess() error {
	if a.succeeded() {
		return nil
	}
	if a.envelope.Assertions() > 0 {
		return errors.New("an error with an assertion")
	}
	if found, ok := a.anomaly(a.envelope.Status.Message); ok {
		a.reported = &found
	}
	return errors.New("the provider reports an error")
}

func (a *answer) responseIssuer() error {
	if a.in.Pending.Provider != a.in.Provider.EntityID {
		return errors.New("the request went to another provider")
	}
	return sp.Issuer(a.envelope.Issuer, a.in.Provider.EntityID)
}

func (a *answer) responseIssuerFormat() error {
	format := a.envelope.Issuer.Format
	return require(format == "" || format == saml.FormatEntity, "another format")
}
