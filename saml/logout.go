package saml

import (
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// LogoutRequest says that a session is over and asks the other side to end its part
// of it (SAML-core 3.7.1).
type LogoutRequest struct {
	ID           string
	Version      string
	IssueInstant Instant
	Destination  string
	// NotOnOrAfter ends the life of the request, Reason says why it was sent; both
	// are optional.
	NotOnOrAfter Instant
	Reason       string
	Issuer       *NameID
	// NameID is the person as the provider named them to the service.
	NameID *NameID
	// SessionIndexes name the sessions; none means all of the person.
	SessionIndexes []string
}

// XML writes the request, unsigned.
func (r *LogoutRequest) XML() ([]byte, error) {
	var w xmlout.Writer
	w.Open("samlp:LogoutRequest", "xmlns:samlp", NamespaceProtocol, "xmlns:saml", NamespaceAssertion,
		"ID", r.ID, "Version", r.Version, "IssueInstant", string(r.IssueInstant), "Destination", r.Destination,
		"NotOnOrAfter", string(r.NotOnOrAfter), "Reason", r.Reason)
	r.Issuer.write(&w, "saml:Issuer")
	r.NameID.write(&w, "saml:NameID")
	for _, index := range r.SessionIndexes {
		w.Leaf("samlp:SessionIndex", index)
	}
	w.Close()
	return w.Bytes()
}

// ReadLogoutRequest reads a request. Extensions, BaseID and encrypted names are refused
// as unknown children: no profile here knows what to do with them.
func ReadLogoutRequest(e *xmlsec.Element) (*LogoutRequest, error) {
	if err := expect(e, NameLogoutRequest); err != nil {
		return nil, err
	}
	nameID, index := assertionName("NameID"), protocolName("SessionIndex")
	if err := CheckOrder(e, one(NameIssuer), one(nameSignature), one(nameID), many(index)); err != nil {
		return nil, err
	}
	r := &LogoutRequest{
		ID:           attribute(e, "ID"),
		Version:      attribute(e, "Version"),
		IssueInstant: Instant(attribute(e, "IssueInstant")),
		Destination:  attribute(e, "Destination"),
		NotOnOrAfter: Instant(attribute(e, "NotOnOrAfter")),
		Reason:       attribute(e, "Reason"),
	}
	var err error
	if r.Issuer, err = readNameID(e.Child(NameIssuer)); err != nil {
		return nil, err
	}
	if r.NameID, err = readNameID(e.Child(nameID)); err != nil {
		return nil, err
	}
	for _, child := range e.Named(index) {
		if err := leafOnly(child); err != nil {
			return nil, err
		}
		r.SessionIndexes = append(r.SessionIndexes, trimmed(child))
	}
	return r, nil
}

// LogoutResponse says how a logout went (SAML-core 3.7.2).
type LogoutResponse struct {
	ID           string
	Version      string
	IssueInstant Instant
	InResponseTo string
	Destination  string
	Issuer       *NameID
	Status       *Status
}

// XML writes the answer, unsigned.
func (r *LogoutResponse) XML() ([]byte, error) {
	var w xmlout.Writer
	w.Open("samlp:LogoutResponse", "xmlns:samlp", NamespaceProtocol, "xmlns:saml", NamespaceAssertion,
		"ID", r.ID, "Version", r.Version, "IssueInstant", string(r.IssueInstant),
		"Destination", r.Destination, "InResponseTo", r.InResponseTo)
	r.Issuer.write(&w, "saml:Issuer")
	r.Status.write(&w)
	w.Close()
	return w.Bytes()
}

// ReadLogoutResponse reads an answer; Extensions are refused as unknown children.
func ReadLogoutResponse(e *xmlsec.Element) (*LogoutResponse, error) {
	if err := expect(e, NameLogoutResponse); err != nil {
		return nil, err
	}
	status := protocolName("Status")
	if err := CheckOrder(e, one(NameIssuer), one(nameSignature), one(status)); err != nil {
		return nil, err
	}
	r := &LogoutResponse{
		ID:           attribute(e, "ID"),
		Version:      attribute(e, "Version"),
		IssueInstant: Instant(attribute(e, "IssueInstant")),
		InResponseTo: attribute(e, "InResponseTo"),
		Destination:  attribute(e, "Destination"),
	}
	var err error
	if r.Issuer, err = readNameID(e.Child(NameIssuer)); err != nil {
		return nil, err
	}
	r.Status, err = readStatus(e.Child(status))
	return r, err
}
