package saml

import "atrio/saml/xmlsec"

// Namespaces of SAML 2.0 and of what stands inside its messages.
const (
	NamespaceAssertion = "urn:oasis:names:tc:SAML:2.0:assertion"
	NamespaceProtocol  = "urn:oasis:names:tc:SAML:2.0:protocol"
	NamespaceMetadata  = "urn:oasis:names:tc:SAML:2.0:metadata"
	NamespaceSignature = "http://www.w3.org/2000/09/xmldsig#"
	NamespaceSchema    = "http://www.w3.org/2001/XMLSchema"
	NamespaceInstance  = "http://www.w3.org/2001/XMLSchema-instance"
)

// Version is the only version of SAML spoken here.
const Version = "2.0"

// Bindings (SAML-bindings 3.4.1, 3.5.1).
const (
	BindingRedirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
	BindingPost     = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
)

// Formats of names (SAML-core 8.3).
const (
	FormatEntity      = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
	FormatTransient   = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
	FormatUnspecified = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
)

// AttributeBasic is the basic format of attribute names (SAML-core 8.2.3).
const AttributeBasic = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"

// MethodBearer is the bearer subject confirmation (SAML-profiles 3.3).
const MethodBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

// Status codes (SAML-core 3.2.2.2).
const (
	StatusSuccess            = "urn:oasis:names:tc:SAML:2.0:status:Success"
	StatusRequester          = "urn:oasis:names:tc:SAML:2.0:status:Requester"
	StatusResponder          = "urn:oasis:names:tc:SAML:2.0:status:Responder"
	StatusVersionMismatch    = "urn:oasis:names:tc:SAML:2.0:status:VersionMismatch"
	StatusAuthnFailed        = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
	StatusNoAuthnContext     = "urn:oasis:names:tc:SAML:2.0:status:NoAuthnContext"
	StatusNoPassive          = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"
	StatusRequestDenied      = "urn:oasis:names:tc:SAML:2.0:status:RequestDenied"
	StatusRequestUnsupported = "urn:oasis:names:tc:SAML:2.0:status:RequestUnsupported"
	StatusPartialLogout      = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout"
)

// The places in a message after which a signature belongs (SAML-core 2.3.3, 3.2.1).
var (
	// NameIssuer is the child after which messages and assertions are signed.
	NameIssuer = assertionName("Issuer")
	// NameAssertion is the element that a signature of an assertion covers.
	NameAssertion = assertionName("Assertion")
	// NameResponse is the root of an answer.
	NameResponse = protocolName("Response")
	// NameAuthnRequest is the root of a request for authentication.
	NameAuthnRequest = protocolName("AuthnRequest")
	// NameLogoutRequest and NameLogoutResponse are the roots of the messages of logout.
	NameLogoutRequest  = protocolName("LogoutRequest")
	NameLogoutResponse = protocolName("LogoutResponse")

	nameSignature = xmlsec.Name{Space: NamespaceSignature, Local: "Signature"}
)

func assertionName(local string) xmlsec.Name {
	return xmlsec.Name{Space: NamespaceAssertion, Local: local}
}

func protocolName(local string) xmlsec.Name {
	return xmlsec.Name{Space: NamespaceProtocol, Local: local}
}
