package spidsaml

import (
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/saml"
	samlidp "atrio/saml/idp"
)

// Success makes the signed answer about a person: the Assertion and the Response around
// it are both signed (SPID-RT 1.2.2 demands the former and allows the latter).
func (idp *IdP) Success(a *Authn, answer Answer) ([]byte, error) {
	if !a.Comparison.Satisfied(a.Level, answer.Level) {
		return nil, fault.New(fault.Internal, "error.internal").For("spid_level_not_reached")
	}
	return samlidp.Sign(idp.Unsigned(a, answer), idp.Signer.Current())
}

// Unsigned is the answer of Success before it is signed, for providers of other schemes
// that speak in nearly the same way, and for whoever has to send something else than an
// honest provider does.
func (idp *IdP) Unsigned(a *Authn, answer Answer) *saml.Response {
	life := idp.AssertionLife
	if life == 0 {
		life = DefaultAssertionLife
	}
	end := saml.At(answer.Now.Add(life))
	response := idp.response(a, answer.ResponseID, answer.Now)
	response.Status = &saml.Status{Code: saml.StatusSuccess}
	response.Assertion = &saml.Assertion{
		ID:           answer.AssertionID,
		Version:      saml.Version,
		IssueInstant: saml.At(answer.Now),
		Issuer:       saml.Entity(idp.EntityID),
		Subject: &saml.Subject{
			NameID: &saml.NameID{Format: saml.FormatTransient, NameQualifier: idp.EntityID, Value: answer.NameID},
			Confirmations: []saml.SubjectConfirmation{{
				Method: saml.MethodBearer,
				Data:   &saml.SubjectConfirmationData{InResponseTo: a.RequestID, Recipient: a.ACSURL, NotOnOrAfter: end},
			}},
		},
		Conditions: &saml.Conditions{NotBefore: saml.At(answer.Now), NotOnOrAfter: end, Audiences: [][]string{{a.Service}}},
		AuthnStatements: []saml.AuthnStatement{{
			AuthnInstant: saml.At(answer.AuthnInstant),
			SessionIndex: sessionIndex(answer),
			ClassRef:     answer.Level.URI(),
		}},
	}
	if attributes := stated(a, answer.Attributes); len(attributes) > 0 {
		response.Assertion.AttributeStatements = [][]saml.Attribute{attributes}
	}
	return response
}

// Failure makes the signed answer that reports an anomaly to the service; it has no
// Assertion. An anomaly meant for the person (spid.ToPerson) cannot be reported.
func (idp *IdP) Failure(a *Authn, reported spid.Anomaly, id string, now time.Time) ([]byte, error) {
	if reported.To != spid.ToService || reported.Status == saml.StatusSuccess {
		return nil, fault.New(fault.Internal, "error.internal").For("spid_anomaly_not_for_service")
	}
	response := idp.response(a, id, now)
	response.Status = &saml.Status{Code: reported.Status, SubCode: reported.SubStatus, Message: reported.Message()}
	return samlidp.Sign(response, idp.Signer.Current())
}

func (idp *IdP) response(a *Authn, id string, now time.Time) *saml.Response {
	return &saml.Response{
		ID:           id,
		Version:      saml.Version,
		IssueInstant: saml.At(now),
		InResponseTo: a.RequestID,
		Destination:  a.ACSURL,
		Issuer:       saml.Entity(idp.EntityID),
	}
}

// sessionIndex exists at level 1 only: levels 2 and 3 keep no session. SPID-RT, single
// logout.
func sessionIndex(answer Answer) string {
	if answer.Level != spid.L1 {
		return ""
	}
	return answer.SessionIndex
}

// stated gives the attributes in the order of the rules: what was asked for and is known.
func stated(a *Authn, values map[string]string) []saml.Attribute {
	var out []saml.Attribute
	for _, row := range spid.Attributes() {
		value := values[row.Name]
		if value == "" || !a.asksFor(row.Name) {
			continue
		}
		out = append(out, saml.Attribute{Name: row.Name, NameFormat: saml.AttributeBasic, Type: row.Type, Values: []string{value}})
	}
	return out
}

func (a *Authn) asksFor(name string) bool {
	for _, wanted := range a.Attributes {
		if wanted == name {
			return true
		}
	}
	return false
}
