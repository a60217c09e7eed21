// Package saml holds the messages of SAML 2.0 as data: AuthnRequest, Response,
// Assertion, LogoutRequest, LogoutResponse and their parts, one file each, with a writer and a reader.
//
// A field holds the text that stands in the document; what is absent and what is
// empty are both "". Readers refuse unknown elements, a wrong order and
// repetitions, and leave it to the checks of a role or profile to say what must be
// there: so every refusal can name the rule that was broken. An Assertion can be
// read only from xmlsec.Signed, that is from the very bytes that were verified.
//
// What is not here: signatures and parsing (package xmlsec), transport (binding),
// descriptions of partners (metadata), the steps of the two roles (sp, idp; slo for both), and
// what a federation adds (federation/spid/spidsaml).
package saml
