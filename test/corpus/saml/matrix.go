package corpus

import "strings"

// Matrix gives the documents of the library comparison: 12 genuine, signed in
// the ways that are met in the field, and 21 to be refused although several
// libraries accept them.
func (w *Workshop) Matrix() []Document {
	w.t.Helper()
	return append(w.genuine(), append(w.policy(), w.forgeries()...)...)
}

func (w *Workshop) genuine() []Document {
	more := "http://www.w3.org/2001/04/xmldsig-more#"
	ok := func(name, data string, keys ...string) Document {
		return Document{Name: name, Data: []byte(data), NameID: Genuine, Keys: keys}
	}
	both := swap(w.signedAssertion("rsa", template{}), "<samlp:Status>", template{}.String()+"<samlp:Status>")
	list := `<ec:InclusiveNamespaces xmlns:ec="` + excC14N + `" PrefixList="xs saml #default"/>`
	words := swap(clean(swap(w.plain(), atResponse, template{}.String())), "TINIT-", "<![CDATA[a < b & c]]>&#x20AC;&#13;&lt;&#38;")
	signed := w.signedResponse("rsa", template{})
	return []Document{
		ok("response signed with RSA and SHA-256", signed),
		ok("assertion signed with RSA and SHA-256", w.signedAssertion("rsa", template{})),
		ok("assertion and response signed", w.SignWith("rsa", both)),
		ok("ECDSA P-256 and SHA-256", w.signedResponse("p256", template{method: more + "ecdsa-sha256"}), "p256"),
		ok("ECDSA P-384 and SHA-384", w.signedResponse("p384", template{method: more + "ecdsa-sha384", digest: more + "sha384"}), "p384"),
		ok("ECDSA P-521 and SHA-512", w.signedResponse("p521", template{method: more + "ecdsa-sha512"}), "p521"),
		ok("RSA and SHA-512 with SHA-512 digest", w.signedResponse("rsa", template{method: more + "rsa-sha512", digest: "http://www.w3.org/2001/04/xmlenc#sha512"})),
		ok("InclusiveNamespaces PrefixList", w.signedAssertion("rsa", template{inner: list})),
		ok("CDATA and character references", w.SignWith("rsa", words)),
		ok("CR LF line ends", strings.ReplaceAll(signed, "\n", "\r\n")),
		ok("literal tab and newline in an attribute value", swap(w.SignWith("rsa", swap(w.unsignedTemplate(), "sp.example/acs", "sp.example/  acs")), "/  acs", "/\t\nacs")),
		ok("no KeyInfo and two trusted keys", w.signedResponse("rsa", template{keyInfo: " "}), "stranger", "rsa"),
	}
}

// policy is genuine by the standards and refused all the same.
func (w *Workshop) policy() []Document {
	no := func(name, data, code string) Document {
		return Document{Name: name, Data: []byte(data), Code: code}
	}
	signed := w.signedResponse("rsa", template{})
	instruction := swap(w.unsignedTemplate(), Genuine, "anna<?x .admin?>.genuine")
	return []Document{
		no("inclusive canonicalization", w.signedResponse("rsa", template{c14n: incC14N}), "sig_canonicalization"),
		no("RSA with SHA-1", w.signedResponse("rsa", template{method: dsSpace + "rsa-sha1"}), "sig_method"),
		no("processing instruction in NameID, signed", w.SignWith("rsa", instruction), "xml_instruction"),
		no("two references, signed", w.signedResponse("rsa", template{references: 2}), "sig_references"),
		no("reference to the whole document, signed", w.signedResponse("rsa", template{uri: `URI=""`}), "sig_reference_uri"),
		no("UTF-16", inUTF16(bare(signed), true), "xml_encoding"),
	}
}

// forgeries are edits of genuine documents, among them the wrapping attacks.
func (w *Workshop) forgeries() []Document {
	no := func(name, data, code string) Document {
		return Document{Name: name, Data: []byte(data), Code: code}
	}
	r, a := bare(w.signedResponse("rsa", template{})), bare(w.signedAssertion("rsa", template{}))
	forged := clean(w.assertion("_forged-1", Forged))
	evil := swap(swap(swap(without(r, signatureOf(r)), responseID, "_forged-r"), assertID, "_forged-a"), Genuine, Forged)
	hidden := swap(evil, "<samlp:Status>", "<samlp:Extensions>"+signatureOf(r)+"</samlp:Extensions><samlp:Status>")
	unsigned := without(a, signatureOf(a))
	return []Document{
		no("comment in NameID after signing", swap(r, Genuine, "anna<!-- -->.genuine"), "xml_comment"),
		no("DOCTYPE with an entity", `<!DOCTYPE r [<!ENTITY e "x">]>`+r, "xml_doctype"),
		no("DOCTYPE with an attribute list", `<!DOCTYPE r [<!ATTLIST samlp:Response ID ID #IMPLIED>]>`+r, "xml_doctype"),
		no("attribute ID twice", swap(r, ` ID="`+responseID+`"`, ` ID="`+responseID+`" ID="_x"`), "xml_duplicate_attribute"),
		no("second root element", r+evil, "xml_outside_root"),
		no("same ID on response and assertion", strings.Replace(r, assertID, responseID, 1), "xml_duplicate_id"),
		no("signature in Extensions refers to the root", swap(without(r, signatureOf(r)), "<samlp:Status>", "<samlp:Extensions>"+signatureOf(r)+"</samlp:Extensions><samlp:Status>"), "sig_missing"),
		no("genuine response in Extensions, same ID", swap(swap(evil, "_forged-r", responseID), "<samlp:Status>", "<samlp:Extensions>"+r+"</samlp:Extensions><samlp:Status>"), "xml_duplicate_id"),
		no("genuine response in ds:Object", swap(hidden, "</ds:Signature>", "<ds:Object>"+without(r, signatureOf(r))+"</ds:Object></ds:Signature>"), "sig_missing"),
		no("signature moved to the forged assertion", swap(unsigned, "<saml:Assertion ", swap(forged, "<saml:Subject>", signatureOf(a)+"<saml:Subject>")+"<saml:Assertion "), "sig_reference_uri"),
		no("forged assertion before the signed one", swap(a, "<saml:Assertion ", forged+"<saml:Assertion "), "sig_missing"),
		no("stranger's key under the same subject", w.signedResponse("stranger", template{}), "sig_mismatch"),
		no("200 000 nested elements", strings.Repeat("<a>", 200_000), "xml_too_large"),
		no("changed value", swap(r, Genuine, Forged), "sig_digest"),
		no("ID in a foreign namespace", swap(r, ` ID="`+responseID+`"`, ` xmlns:q="urn:q" q:ID="`+responseID+`" ID="_x"`), "xml_foreign_id"),
	}
}
