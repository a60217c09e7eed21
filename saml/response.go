package saml

import (
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// Response is the envelope of an answer (SAML-core 3.3.3).
type Response struct {
	ID           string
	Version      string
	IssueInstant Instant
	InResponseTo string
	Destination  string
	Issuer       *NameID
	Status       *Status
	// Assertion is written by XML; ReadResponse leaves it nil, because assertions
	// are read from verified bytes only (ReadAssertion).
	Assertion *Assertion
}

// XML writes the answer, unsigned.
func (r *Response) XML() ([]byte, error) {
	var w xmlout.Writer
	w.Open("samlp:Response", "xmlns:samlp", NamespaceProtocol, "xmlns:saml", NamespaceAssertion,
		"ID", r.ID, "Version", r.Version, "IssueInstant", string(r.IssueInstant),
		"Destination", r.Destination, "InResponseTo", r.InResponseTo)
	r.Issuer.write(&w, "saml:Issuer")
	r.Status.write(&w)
	r.Assertion.write(&w)
	w.Close()
	return w.Bytes()
}

// ReadResponse reads the envelope. Extensions and encrypted assertions are refused
// as unknown children: no profile here knows what to do with them, and the former
// is a favourite hiding place of wrapped signatures.
func ReadResponse(e *xmlsec.Element) (*Response, error) {
	if err := expect(e, NameResponse); err != nil {
		return nil, err
	}
	status := protocolName("Status")
	if err := CheckOrder(e, one(NameIssuer), one(nameSignature), one(status), many(NameAssertion)); err != nil {
		return nil, err
	}
	r := &Response{
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
	if r.Status, err = readStatus(e.Child(status)); err != nil {
		return nil, err
	}
	return r, nil
}
