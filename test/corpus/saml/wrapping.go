package corpus

import "strings"

// wrapping gives the signature wrapping attacks of Somorovsky et al. ("On
// Breaking SAML: Be Whoever You Want to Be", 2012), numbered as there. All keep
// the namespaces in scope, so that the genuine part would still verify.
func (w *Workshop) wrapping() []Document {
	return append(w.wrappedResponses(), w.wrappedAssertions()...)
}

// wrappedResponses are XSW 1 and 2: the response is signed.
func (w *Workshop) wrappedResponses() []Document {
	r := bare(w.signedResponse("rsa", template{}))
	signature := signatureOf(r)
	original := without(r, signature)
	evil := swap(swap(original, responseID, "_forged-r"), Genuine, Forged)
	evil = swap(evil, assertID, "_forged-a")
	same := swap(evil, "_forged-r", responseID)
	at := func(doc, signature string) string { return swap(doc, "<samlp:Status>", signature+"<samlp:Status>") }
	in := func(piece string) string { return swap(signature, "</ds:Signature>", piece+"</ds:Signature>") }
	object := in("<ds:Object>" + original + "</ds:Object>")
	const end = "</samlp:Response>"
	status := func(doc string) string {
		return swap(doc, "</samlp:Status>", "<samlp:StatusDetail>"+original+"</samlp:StatusDetail></samlp:Status>")
	}
	return []Document{
		refuse("XSW 1, original in ds:Object", at(evil, object), "sig_object"),
		refuse("XSW 1, original in ds:Object, same ID", at(same, object), "xml_duplicate_id"),
		refuse("XSW 1, original in the signature", at(evil, in(original)), "sig_grammar"),
		refuse("XSW 1, original in KeyInfo", at(evil, swap(signature, "<ds:X509Data>", original+"<ds:X509Data>")), "sig_grammar"),
		refuse("XSW 1, original in X509Data", at(evil, swap(signature, "<ds:X509Data>", "<ds:X509Data>"+original)), "sig_grammar"),
		refuse("XSW 1, original in DigestValue", at(evil, swap(signature, "</ds:DigestValue>", original+"</ds:DigestValue>")), "sig_reference_uri"),
		refuse("XSW 1, original in a Transform", at(evil, swap(signature, "</ds:Transforms>", original+"</ds:Transforms>")), "sig_reference_uri"),
		refuse("XSW 2, original beside the signature", at(evil, original+signature), "sig_reference_uri"),
		refuse("XSW 2, original behind the signature", at(evil, signature+original), "sig_reference_uri"),
		refuse("XSW 2, original at the end", strings.TrimSuffix(at(evil, signature), end)+original+end, "sig_reference_uri"),
		refuse("XSW 2, signed original in Extensions", at(evil, "<samlp:Extensions>"+r+"</samlp:Extensions>"), "sig_missing"),
		refuse("XSW 2, original in StatusDetail", status(at(evil, signature)), "sig_reference_uri"),
		refuse("XSW 2, original in StatusDetail, same ID", status(at(same, signature)), "xml_duplicate_id"),
	}
}

// wrappedAssertions are XSW 3 to 8: the assertion is signed.
func (w *Workshop) wrappedAssertions() []Document {
	a := bare(w.signedAssertion("rsa", template{}))
	signed := assertionOf(a)
	signature := signatureOf(signed)
	original := without(signed, signature)
	forged := clean(w.assertion("_forged-a", Forged))
	same := clean(w.assertion(assertID, Forged))
	put := func(piece string) string { return swap(a, signed, piece) }
	sign := func(assertion, signature string) string {
		return swap(assertion, "<saml:Subject>", signature+"<saml:Subject>")
	}
	object := func(piece string) string {
		return swap(signature, "</ds:Signature>", "<ds:Object>"+piece+"</ds:Object></ds:Signature>")
	}
	extensions := func(piece string) string { return "<samlp:Extensions>" + piece + "</samlp:Extensions>" }
	last := func(assertion, piece string) string {
		return swap(assertion, "</saml:Assertion>", piece+"</saml:Assertion>")
	}
	advice := func(piece string) string {
		return swap(forged, "<saml:AuthnStatement", "<saml:Advice>"+piece+"</saml:Advice><saml:AuthnStatement")
	}
	return []Document{
		refuse("XSW 3, forged assertion first", put(forged+signed), "sig_missing"),
		refuse("XSW 3, forged assertion last", put(signed+forged), CodeAssertions),
		refuse("XSW 3, same ID", put(same+signed), "xml_duplicate_id"),
		refuse("XSW 4, forged assertion around the signed one", put(last(forged, signed)), "sig_missing"),
		refuse("XSW 4, signed one in Advice", put(advice(signed)), "sig_missing"),
		refuse("XSW 4, signed one in AttributeValue", put(swap(forged, "</saml:AttributeValue>", signed+"</saml:AttributeValue>")), "sig_missing"),
		refuse("XSW 4, same ID", put(last(same, signed)), "xml_duplicate_id"),
		refuse("XSW 5, signature in the forged assertion, original last", put(sign(forged, signature)+original), "sig_reference_uri"),
		refuse("XSW 5, same ID", put(sign(same, signature)+original), "xml_duplicate_id"),
		refuse("XSW 6, original in the moved signature", put(sign(forged, swap(signature, "</ds:Signature>", original+"</ds:Signature>"))), "sig_grammar"),
		refuse("XSW 6, original in KeyInfo of the moved signature", put(sign(forged, swap(signature, "<ds:X509Data>", original+"<ds:X509Data>"))), "sig_grammar"),
		refuse("XSW 7, forged assertion in Extensions", put(extensions(forged)+signed), CodeAssertions),
		refuse("XSW 7, same ID", put(extensions(same)+signed), "xml_duplicate_id"),
		refuse("XSW 7, original in Extensions", put(extensions(signed)+forged), "sig_missing"),
		refuse("XSW 8, original in ds:Object", put(sign(forged, object(original))), "sig_object"),
		refuse("XSW 8, original in ds:Object, same ID", put(sign(same, object(original))), "xml_duplicate_id"),
		refuse("XSW 8, forged assertion in ds:Object of the genuine one", put(swap(signed, signature, object(forged))), "sig_object"),
	}
}

// refuse is a hostile document with the code of its refusal.
func refuse(name, data, code string) Document {
	return Document{Name: name, Data: []byte(data), Code: code}
}
