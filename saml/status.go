package saml

import (
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// Status says how a request ended (SAML-core 3.2.2).
type Status struct {
	// Code is the first level, one of Success, Requester, Responder, VersionMismatch.
	Code string
	// SubCode is the second level, "" when absent.
	SubCode string
	Message string
}

func (s *Status) write(w *xmlout.Writer) {
	if s == nil {
		return
	}
	w.Open("samlp:Status")
	if s.SubCode == "" {
		w.Empty("samlp:StatusCode", "Value", s.Code)
	} else {
		w.Open("samlp:StatusCode", "Value", s.Code)
		w.Empty("samlp:StatusCode", "Value", s.SubCode)
		w.Close()
	}
	if s.Message != "" {
		w.Leaf("samlp:StatusMessage", s.Message)
	}
	w.Close()
}

func readStatus(e *xmlsec.Element) (*Status, error) {
	if e == nil {
		return nil, nil
	}
	code, message := protocolName("StatusCode"), protocolName("StatusMessage")
	if err := CheckOrder(e, one(code), one(message), one(protocolName("StatusDetail"))); err != nil {
		return nil, err
	}
	s := new(Status)
	if first := e.Child(code); first != nil {
		if err := CheckOrder(first, one(code)); err != nil {
			return nil, err
		}
		s.Code = attribute(first, "Value")
		if second := first.Child(code); second != nil {
			if err := CheckOrder(second, one(code)); err != nil {
				return nil, err
			}
			s.SubCode = attribute(second, "Value")
		}
	}
	if m := e.Child(message); m != nil {
		s.Message = trimmed(m)
	}
	return s, nil
}
