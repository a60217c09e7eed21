package saml

import (
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// Subject names the person of an assertion and how the bearer is known (SAML-core 2.4.1).
type Subject struct {
	NameID        *NameID
	Confirmations []SubjectConfirmation
}

// SubjectConfirmation is one way to confirm the subject (SAML-core 2.4.1.1).
type SubjectConfirmation struct {
	Method string
	// Data is nil when the element is absent.
	Data *SubjectConfirmationData
}

// SubjectConfirmationData limits a confirmation (SAML-core 2.4.1.2).
type SubjectConfirmationData struct {
	InResponseTo string
	Recipient    string
	NotBefore    Instant
	NotOnOrAfter Instant
}

func (s *Subject) write(w *xmlout.Writer) {
	if s == nil {
		return
	}
	w.Open("saml:Subject")
	s.NameID.write(w, "saml:NameID")
	for _, c := range s.Confirmations {
		w.Open("saml:SubjectConfirmation", "Method", c.Method)
		if d := c.Data; d != nil {
			w.Empty("saml:SubjectConfirmationData", "InResponseTo", d.InResponseTo, "Recipient", d.Recipient,
				"NotBefore", string(d.NotBefore), "NotOnOrAfter", string(d.NotOnOrAfter))
		}
		w.Close()
	}
	w.Close()
}

func readSubject(e *xmlsec.Element) (*Subject, error) {
	if e == nil {
		return nil, nil
	}
	nameID, confirmation := assertionName("NameID"), assertionName("SubjectConfirmation")
	if err := CheckOrder(e, one(nameID), many(confirmation)); err != nil {
		return nil, err
	}
	s := new(Subject)
	var err error
	if s.NameID, err = readNameID(e.Child(nameID)); err != nil {
		return nil, err
	}
	for _, child := range e.Named(confirmation) {
		c, err := readConfirmation(child)
		if err != nil {
			return nil, err
		}
		s.Confirmations = append(s.Confirmations, c)
	}
	return s, nil
}

func readConfirmation(e *xmlsec.Element) (SubjectConfirmation, error) {
	c := SubjectConfirmation{Method: attribute(e, "Method")}
	data := assertionName("SubjectConfirmationData")
	if err := CheckOrder(e, one(assertionName("NameID")), one(data)); err != nil {
		return c, err
	}
	if d := e.Child(data); d != nil {
		c.Data = &SubjectConfirmationData{
			InResponseTo: attribute(d, "InResponseTo"),
			Recipient:    attribute(d, "Recipient"),
			NotBefore:    Instant(attribute(d, "NotBefore")),
			NotOnOrAfter: Instant(attribute(d, "NotOnOrAfter")),
		}
	}
	return c, nil
}
