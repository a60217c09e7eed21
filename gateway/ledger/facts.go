package ledger

import (
	"atrio/saml"
	"atrio/saml/xmlsec"
)

// Facts are what the rules let a register be searched by, read out of a pair of
// messages. They are texts as the messages have them and prove nothing: only checks
// (federation/spid/spidsaml) do. // SPID-RT registro
type Facts struct {
	RequestAt     string `json:"AuthnReq_IssueInstant,omitempty"`
	RequestIssuer string `json:"AuthnReq_Issuer,omitempty"`
	ResponseID    string `json:"-"`
	ResponseAt    string `json:"Resp_IssueInstant,omitempty"`
	AssertionID   string `json:"-"`
	Subject       string `json:"Assertion_subject,omitempty"`
	NameQualifier string `json:"Assertion_subject_NameQualifier,omitempty"`
}

// ReadFacts reads what can be read; a message that is missing or broken gives nothing.
func ReadFacts(request, response []byte) Facts {
	var f Facts
	if e := root(request); e != nil {
		f.RequestAt, _ = e.Attr("IssueInstant")
		f.RequestIssuer = e.Child(xmlsec.Name{Space: saml.NamespaceAssertion, Local: "Issuer"}).Text()
	}
	if e := root(response); e != nil {
		f.ResponseID, _ = e.Attr("ID")
		f.ResponseAt, _ = e.Attr("IssueInstant")
		assertion := e.Child(xmlsec.Name{Space: saml.NamespaceAssertion, Local: "Assertion"})
		f.AssertionID, _ = assertion.Attr("ID")
		name := assertion.Child(xmlsec.Name{Space: saml.NamespaceAssertion, Local: "Subject"}).Child(xmlsec.Name{Space: saml.NamespaceAssertion, Local: "NameID"})
		f.Subject = name.Text()
		f.NameQualifier, _ = name.Attr("NameQualifier")
	}
	return f
}

func root(message []byte) *xmlsec.Element {
	if len(message) == 0 {
		return nil
	}
	e, err := xmlsec.Parse(message, xmlsec.Message)
	if err != nil {
		return nil
	}
	return e
}
