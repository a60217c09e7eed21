// Package xmlsec reads, canonicalizes, signs and verifies XML for SAML.
//
// It owns the strict reader (Parse), exclusive canonicalization (Canonical),
// enveloped signatures (Sign, Verify), the enveloped XAdES signatures of trusted
// lists (VerifyXAdES) and the detached signatures of the HTTP-Redirect binding
// (SignDetached, VerifyDetached). It knows no SAML message
// and no federation: what a message means is the matter of package saml, which
// keys to trust is the matter of whoever read the metadata. Encryption belongs
// to package xmlenc.
//
// The one rule everything here serves: the bytes that were verified are the
// bytes that are read. Verify digests the canonical form of one element, parses
// exactly those bytes again with the same reader, and hands out only that second
// tree as a Signed value, which nothing else can make. The tree that arrived
// from the network is good for choosing the issuer and is then thrown away.
//
//	doc, err := xmlsec.Parse(data, xmlsec.Message)
//	signed, err := xmlsec.Verify(doc, keys) // keys come from metadata only
//	read(signed.Root())
//
// What is refused, because a genuine SAML sender never needs it: document type
// declarations, comments and processing instructions (metadata may drop them),
// encodings other than UTF-8, XML 1.1, relative namespace URIs, id-like
// attributes of foreign namespaces, repeated identifiers, more than one
// signature or reference, transforms other than enveloped-signature followed by
// exclusive canonicalization, SHA-1, HMAC, ds:Object. KeyInfo is never used. Only
// VerifyXAdES admits a second reference and the ds:Object that it points into.
//
// The package depends on the standard library alone.
package xmlsec
