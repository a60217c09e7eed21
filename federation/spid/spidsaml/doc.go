// Package spidsaml is SPID spoken over SAML, for both sides: the descriptions of
// services and providers, the request of a service, the table of checks that an
// answer must pass, and for a provider the checks of a request and the answers.
//
// Everything here is a function on values: the caller brings the time, the keys and
// what it remembered of a request, and keeps the promises that need a memory (an
// answer counts once, a request belongs to a browser). Rules as data are in package
// spid, SAML itself in packages saml, saml/sp, saml/idp. Pages are in the products:
// gateway/doors/spiddoor and idp/samlsso.
package spidsaml
