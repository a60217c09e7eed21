package samlsso

import (
	"fmt"

	"atrio/federation/spid/spidsaml"
	"atrio/saml/binding"
	"atrio/saml/xmlsec"
	"atrio/web"
)

// fields are the hidden fields of an answer.
func fields(request *spidsaml.Authn, response []byte) []web.Field {
	list := []web.Field{{Name: "SAMLResponse", Value: binding.EncodePost(response)}}
	if request.RelayState != "" { // SAML-bindings 3.5.3: exactly as it came
		list = append(list, web.Field{Name: "RelayState", Value: request.RelayState})
	}
	return list
}

// reason is the stable word of an anomaly for the audit log.
func reason(code int) string { return fmt.Sprintf("spid.nr%02d", code) }

// withoutKeyInfo cuts the certificates out of the enveloped signature of a
// request. They are the larger half of a message that has to fit into a cookie,
// they were never used, and the signature stays verifiable with the key of the
// metadata: an enveloped signature does not cover itself. A message that cannot
// be cut stays whole.
func withoutKeyInfo(message []byte) []byte {
	root, err := xmlsec.Parse(message, xmlsec.Message)
	if err != nil {
		return message
	}
	signature := root.Child(xmlsec.Name{Space: signatureSpace, Local: "Signature"})
	if signature == nil {
		return message
	}
	info := signature.Child(xmlsec.Name{Space: signatureSpace, Local: "KeyInfo"})
	if info == nil || info.Start < 0 || info.End > len(message) || info.Start >= info.End {
		return message
	}
	return append(append([]byte(nil), message[:info.Start]...), message[info.End:]...)
}

const signatureSpace = "http://www.w3.org/2000/09/xmldsig#"
