package corpus

import "strings"

// others are documents of other kinds that the provider itself signed, given out as
// an answer, put into one, or robbed of their signature: what is signed must be the
// element that is read, and of its kind (CVE-2025-46572, -47949).
func (w *Workshop) others() []Document {
	const id = "_other-1"
	evil := swap(swap(clean(w.base), Genuine, Forged), responseID, "_forged-r")
	named := swap(evil, "_forged-r", id)
	forged := clean(w.assertion("_forged-a", Forged))
	robbed := func(signature string) string {
		return swap(evil, assertionOf(evil), swap(clean(w.assertion(id, Forged)), "<saml:Subject>", signature+"<saml:Subject>"))
	}
	put := func(doc, piece string) string { return swap(doc, "<samlp:Status>", piece+"<samlp:Status>") }
	var all []Document
	for _, k := range w.kinds(id) {
		signed := w.SignWith("rsa", k.document)
		signed = strings.TrimSpace(signed[strings.Index(signed, "?>")+2:])
		s := signatureOf(signed)
		object := swap(s, "</ds:Signature>", "<ds:Object>"+without(signed, s)+"</ds:Object></ds:Signature>")
		all = append(all,
			refuse(k.name+" as response", signed, CodeNotResponse),
			refuse(k.name+" with a forged assertion", swap(signed, s, s+forged), CodeNotResponse),
			refuse(k.name+" inside a forged response", put(evil, signed), "sig_missing"),
			refuse(k.name+" in Extensions", put(evil, "<samlp:Extensions>"+signed+"</samlp:Extensions>"), "sig_missing"),
			refuse(k.name+" in ds:Object of its signature", put(evil, object), "sig_object"),
			refuse("signature of "+k.name+" on a forged response", put(evil, s), "sig_reference_uri"),
			refuse("signature of "+k.name+" on a forged response of the same ID", put(named, s), "sig_digest"),
			refuse("signature of "+k.name+" on a forged assertion of the same ID", robbed(s), "sig_digest"),
		)
	}
	return all
}

type kind struct{ name, document string }

// kinds are the documents that a provider signs beside answers, with empty signatures.
func (w *Workshop) kinds(id string) []kind {
	issuer := between(w.base, "<saml:Issuer", "</saml:Issuer>")
	entity := strings.TrimSuffix(issuer[strings.Index(issuer, ">")+1:], "</saml:Issuer>")
	signature := template{id: id}.String()
	message := func(name, content string) kind {
		return kind{name, `<samlp:` + name + ` xmlns:samlp="` + protocolSpace + `" xmlns:saml="` + assertionSpace + `" ID="` + id +
			`" Version="2.0" IssueInstant="2026-11-22T08:00:00Z">` + issuer + signature + content + `</samlp:` + name + `>`}
	}
	role := `<md:IDPSSODescriptor protocolSupportEnumeration="` + protocolSpace + `"/>`
	described := func(name, attributes, content string) kind {
		return kind{name, `<md:` + name + ` xmlns:md="` + metadataSpace + `" ID="` + id + `"` + attributes + `>` + signature + content + `</md:` + name + `>`}
	}
	status := `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>`
	return []kind{
		message("AuthnRequest", ""),
		message("LogoutRequest", "<saml:NameID>"+Genuine+"</saml:NameID>"),
		message("LogoutResponse", status),
		message("ArtifactResponse", status),
		described("EntityDescriptor", ` entityID="`+entity+`"`, role),
		described("EntitiesDescriptor", "", `<md:EntityDescriptor entityID="`+entity+`">`+role+`</md:EntityDescriptor>`),
	}
}
