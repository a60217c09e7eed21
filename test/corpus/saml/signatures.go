package corpus

import "strings"

// signatures gives attacks on the signature itself: left out, hollowed out,
// doubled, pointed elsewhere, made by other keys and other algorithms.
func (w *Workshop) signatures() []Document {
	var all []Document
	for _, group := range []func() []Document{w.exclusion, w.digests, w.references, w.strangers, w.algorithms, w.transforms} {
		all = append(all, group()...)
	}
	return all
}

func (w *Workshop) exclusion() []Document {
	r := bare(w.signed("rsa", template{}))
	s := signatureOf(r)
	with := func(name, signature, code string) Document { return refuse(name, swap(r, s, signature), code) }
	cut := func(from, to string) string { return without(s, between(s, from, to)) }
	other := strings.NewReplacer(dsSpace+`"><ds:SignedInfo`, "urn:other"+`"><ds:SignedInfo`).Replace(s)
	info := between(s, "<ds:SignedInfo>", "</ds:SignedInfo>")
	return []Document{
		with("no signature", "", "sig_missing"),
		with("empty signature", `<ds:Signature xmlns:ds="`+dsSpace+`"/>`, "sig_grammar"),
		with("no SignedInfo", cut("<ds:SignedInfo>", "</ds:SignedInfo>"), "sig_grammar"),
		with("no SignatureValue", cut("<ds:SignatureValue>", "</ds:SignatureValue>"), "sig_grammar"),
		with("empty SignatureValue", swap(s, between(s, "<ds:SignatureValue>", "</ds:SignatureValue>"), "<ds:SignatureValue/>"), "sig_base64"),
		with("no Reference", cut("<ds:Reference ", "</ds:Reference>"), "sig_references"),
		with("no Transforms", cut("<ds:Transforms>", "</ds:Transforms>"), "sig_transforms"),
		with("no DigestValue", cut("<ds:DigestValue>", "</ds:DigestValue>"), "sig_grammar"),
		with("signature in another namespace", other, "sig_missing"),
		with("namespace confusion, ds is something else around SignedInfo", swap(swap(s, dsSpace, "urn:other"), "<ds:SignedInfo>", `<ds:SignedInfo xmlns:ds="`+dsSpace+`">`), "sig_missing"),
		with("namespace confusion, ds is something else inside", swap(s, "<ds:SignedInfo>", `<ds:SignedInfo xmlns:ds="urn:other">`), "sig_grammar"),
		with("namespace confusion, another signature without prefix", s+`<Signature xmlns="`+dsSpace+`"/>`, "sig_many"),
		with("two signatures", s+s, "sig_many"),
		with("two SignedInfo", swap(s, info, info+info), "sig_grammar"),
		with("forged SignedInfo before the genuine one", swap(s, info, swap(info, w.target(), "_forged-r")+info), "sig_grammar"),
		with("text in SignedInfo", swap(s, "<ds:SignedInfo>", "<ds:SignedInfo>x"), "sig_grammar"),
		with("unknown attribute on SignedInfo", swap(s, "<ds:SignedInfo>", `<ds:SignedInfo x="y">`), "sig_grammar"),
		with("parts out of order", swap(swap(s, info, ""), "</ds:SignatureValue>", "</ds:SignatureValue>"+info), "sig_grammar"),
		with("element of another namespace as SignedInfo", swap(s, "<ds:SignedInfo>", `<x xmlns="urn:x"/><ds:SignedInfo>`), "sig_grammar"),
	}
}

// digests are the SAMLStorm family (CVE-2025-29774, -29775), CVE-2024-45409 and
// CVE-2026-33487: more than one place from which a digest can be read.
func (w *Workshop) digests() []Document {
	r := bare(w.signed("rsa", template{}))
	s := signatureOf(r)
	value := between(s, "<ds:DigestValue>", "</ds:DigestValue>")
	with := func(name, signature, code string) Document { return refuse(name, swap(r, s, signature), code) }
	reference := between(s, "<ds:Reference ", "</ds:Reference>")
	return []Document{
		with("comment in DigestValue", swap(s, "<ds:DigestValue>", "<ds:DigestValue><!--AAAA-->"), "xml_comment"),
		with("two DigestValue", swap(s, value, value+value), "sig_grammar"),
		with("element in DigestValue", swap(s, "</ds:DigestValue>", "<ds:x/></ds:DigestValue>"), "sig_base64"),
		with("DigestValue in DigestMethod", swap(s, digest256+`"/>`, digest256+`">`+value+`</ds:DigestMethod>`), "sig_digest_method"),
		with("DigestValue that is not base64", swap(s, "<ds:DigestValue>", "<ds:DigestValue>!"), "sig_base64"),
		with("SignatureValue with a comment", swap(s, "<ds:SignatureValue>", "<ds:SignatureValue><!-- -->"), "xml_comment"),
		with("forged reference before the genuine one", swap(s, reference, swap(reference, w.target(), "_forged-a")+reference), "sig_references"),
		with("forged reference behind the genuine one", swap(s, reference, reference+swap(reference, w.target(), "_forged-a")), "sig_references"),
		refuse("DigestValue in Extensions", swap(swap(r, value, ""), "<samlp:Status>", "<samlp:Extensions>"+swap(value, "<ds:DigestValue>", `<ds:DigestValue xmlns:ds="`+dsSpace+`">`)+"</samlp:Extensions><samlp:Status>"), "sig_grammar"),
		refuse("two references, the second to a forged assertion", swap(w.signed("rsa", template{references: 2}), Genuine, Forged), "sig_references"),
	}
}

func (w *Workshop) references() []Document {
	r := bare(w.signed("rsa", template{}))
	uri := func(name, attribute string) Document {
		return refuse(name, swap(r, `URI="#`+w.target()+`"`, attribute), "sig_reference_uri")
	}
	return []Document{
		uri("empty reference", `URI=""`),
		uri("no reference URI", ``),
		uri("reference to a lone number sign", `URI="#"`),
		uri("reference to an unknown element", `URI="#_nobody"`),
		uri("reference to another element", `URI="#`+w.other()+`"`),
		uri("reference by XPointer to the root", `URI="#xpointer(/)"`),
		uri("reference by XPointer to the ID", `URI="#xpointer(id('`+w.target()+`'))"`),
		uri("reference to a file", `URI="file:///etc/passwd"`),
		uri("reference to a web page", `URI="http://attacker.example/r.xml"`),
		uri("reference to an attachment", `URI="cid:part1"`),
		uri("reference with a percent escape", `URI="#%5F`+w.target()[1:]+`"`),
		uri("reference with a space", `URI="#`+w.target()+` "`),
		refuse("reference with a type", swap(r, `<ds:Reference `, `<ds:Reference Type="`+dsSpace+`Object" `), "sig_grammar"),
		refuse("signed element without ID", swap(r, ` ID="`+w.target()+`"`, ``), "sig_id"),
		refuse("signed element with id instead of ID", swap(r, ` ID="`+w.target()+`"`, ` id="`+w.target()+`"`), "sig_id"),
		refuse("ID that is not a name", swap(swap(r, `ID="`+w.target(), `ID="1 2`), `#`+w.target(), `#1 2`), "sig_id"),
	}
}

func (w *Workshop) strangers() []Document {
	evil := swap(w.unsignedTemplate(), Genuine, Forged)
	own := w.SignWith("stranger", evil)
	genuine := bare(w.signed("rsa", template{}))
	certificate := between(genuine, "<ds:X509Certificate>", "</ds:X509Certificate>")
	keyValue := w.SignWith("stranger", swap(evil, "<ds:X509Data/>", "<ds:KeyValue/>"))
	retrieval := `<ds:RetrievalMethod URI="http://attacker.example/key" Type="` + dsSpace + `X509Data"/>`
	ecdsa := swap(w.unsignedTemplateWith(template{method: "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"}), Genuine, Forged)
	return []Document{
		refuse("certificate of a stranger embedded", own, "sig_mismatch"),
		refuse("trusted certificate embedded before the stranger's", swap(own, "<ds:X509Certificate>", certificate+"<ds:X509Certificate>"), "sig_mismatch"),
		refuse("trusted certificate embedded instead", swap(own, between(own, "<ds:X509Certificate>", "</ds:X509Certificate>"), certificate), "sig_mismatch"),
		refuse("KeyValue of a stranger", keyValue, "sig_mismatch"),
		refuse("key to be fetched", swap(own, "<ds:X509Data>", retrieval+"<ds:X509Data>"), "sig_mismatch"),
		refuse("key of another kind", w.SignWith("p256", ecdsa), "sig_key"),
		{Name: "RSA key of 1024 bits", Data: []byte(w.signed("weak", template{})), Code: "sig_key", Keys: []string{"weak"}},
		{Name: "no trusted key", Data: []byte(genuine), Code: "sig_no_key", Keys: []string{}},
	}
}

func (w *Workshop) algorithms() []Document {
	evil := func(s template) string { return swap(w.unsignedTemplateWith(s), Genuine, Forged) }
	r := bare(w.signed("rsa", template{}))
	method := func(name, uri string) Document { return refuse(name, swap(r, rsaSHA256, uri), "sig_method") }
	digest := func(name, uri string) Document {
		return refuse(name, swap(r, `DigestMethod Algorithm="`+digest256, `DigestMethod Algorithm="`+uri), "sig_digest_method")
	}
	hmac := template{method: "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", keyInfo: " "}
	short := template{method: "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", keyInfo: " ", methodBody: "<ds:HMACOutputLength>128</ds:HMACOutputLength>"}
	zero := swap(r, rsaSHA256+`"/>`, `http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"><ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>`)
	return []Document{
		refuse("HMAC with the public certificate", w.hmac(evil(hmac)), "sig_method"),
		refuse("HMAC cut short", w.hmac(evil(short)), "sig_method"),
		refuse("HMAC of length zero", zero, "sig_method"),
		refuse("HMAC of 8 bits", swap(zero, "OutputLength>0<", "OutputLength>8<"), "sig_method"),
		refuse("digest with SHA-1", w.signed("rsa", template{digest: dsSpace + "sha1"}), "sig_digest_method"),
		digest("digest with MD5", "http://www.w3.org/2001/04/xmldsig-more#md5"),
		digest("unknown digest", "urn:digest"),
		method("RSA with MD5", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
		method("DSA", dsSpace+"dsa-sha1"),
		method("ECDSA with SHA-1", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"),
		method("RSA-PSS, not on the list", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
		method("unknown signature algorithm", "urn:none"),
		refuse("no signature algorithm", swap(r, ` Algorithm="`+rsaSHA256+`"`, ""), "sig_method"),
		refuse("signature algorithm in a namespace", swap(r, ` Algorithm="`+rsaSHA256+`"`, ` ds:Algorithm="`+rsaSHA256+`"`), "sig_method"),
		refuse("right algorithm, changed after signing", swap(r, rsaSHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"), "sig_mismatch"),
		refuse("ECDSA algorithm, RSA signature", swap(r, rsaSHA256, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"), "sig_key"),
	}
}

func (w *Workshop) transforms() []Document {
	list := func(name string, uris ...string) Document {
		var b strings.Builder
		for _, uri := range uris {
			b.WriteString(`<ds:Transform Algorithm="` + uri + `"/>`)
		}
		r := bare(w.signed("rsa", template{}))
		return refuse(name, swap(r, between(r, "<ds:Transforms>", "</ds:Transforms>"), "<ds:Transforms>"+b.String()+"</ds:Transforms>"), "sig_transforms")
	}
	xslt := `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">` +
		`<xsl:template match="/"><xsl:copy-of select="document('http://attacker.example')"/></xsl:template></xsl:stylesheet></ds:Transform>`
	xpath := `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>self::text()</ds:XPath></ds:Transform>`
	r := bare(w.signed("rsa", template{}))
	prefixes := func(name, attribute string) Document {
		inner := `<ec:InclusiveNamespaces xmlns:ec="` + excC14N + `" ` + attribute + `/>`
		return refuse(name, swap(r, excC14N+`"/></ds:Transforms>`, excC14N+`">`+inner+`</ds:Transform></ds:Transforms>`), "sig_prefix_list")
	}
	return []Document{
		list("empty list of transforms"),
		list("enveloped signature only", enveloped),
		list("canonicalization only", excC14N),
		list("transforms in the wrong order", excC14N, enveloped),
		list("enveloped signature twice", enveloped, enveloped),
		list("inclusive canonicalization in the reference", enveloped, incC14N),
		list("canonicalization with comments", enveloped, excC14N+"WithComments"),
		list("base64 transform", enveloped, dsSpace+"base64", excC14N),
		list("XPath filter 2", enveloped, "http://www.w3.org/2002/06/xmldsig-filter2", excC14N),
		list("decryption transform", enveloped, "http://www.w3.org/2002/07/decrypt#XML", excC14N),
		list("500 transforms", strings.Fields(strings.Repeat(enveloped+" ", 500))...),
		refuse("XSLT transform", swap(r, "<ds:Transforms>", "<ds:Transforms>"+xslt), "sig_transforms"),
		refuse("XPath transform, signed", swap(w.signed("rsa", template{transforms: xpath}), Genuine, Forged), "sig_transforms"),
		prefixes("prefix list missing", ``),
		prefixes("prefix list with a colon", `PrefixList="a:b"`),
		prefixes("prefix list of 500", `PrefixList="`+strings.Repeat("a ", 500)+`"`),
		refuse("canonicalization of SignedInfo with comments", swap(r, `CanonicalizationMethod Algorithm="`+excC14N, `CanonicalizationMethod Algorithm="`+excC14N+"WithComments"), "sig_canonicalization"),
	}
}

// errorResponses use a genuine signature on something else than an assertion.
func (w *Workshop) errorResponses() []Document {
	failed := strings.NewReplacer("status:Success", "status:Responder", w.assertion(assertID, Genuine), "").Replace(w.base)
	signed := bare(w.SignWith("rsa", clean(swap(failed, atResponse, template{}.String()))))
	s := signatureOf(signed)
	forged := clean(w.assertion("_forged-a", Forged))
	put := func(doc, piece string) string { return swap(doc, "</samlp:Response>", piece+"</samlp:Response>") }
	logout := strings.NewReplacer("samlp:Response", "samlp:LogoutResponse", responseID, "_logout-1").Replace(failed)
	logout = bare(w.SignWith("rsa", clean(swap(logout, atResponse, template{id: "_logout-1"}.String()))))
	evil := swap(swap(clean(w.base), Genuine, Forged), responseID, "_forged-r")
	decoy := swap(s, "</ds:Signature>", "<ds:Object>"+forged+"</ds:Object></ds:Signature>")
	return []Document{
		refuse("signed error response with a forged assertion", put(signed, forged), "sig_digest"),
		refuse("decoy second signature holding a forged assertion", swap(signed, s, s+decoy), "sig_many"),
		refuse("decoy first signature holding a forged assertion", swap(signed, s, decoy+s), "sig_many"),
		refuse("forged assertion inside the signature", swap(signed, s, swap(s, "</ds:Signature>", forged+"</ds:Signature>")), "sig_grammar"),
		refuse("forged assertion inside KeyInfo", swap(signed, s, swap(s, "</ds:KeyInfo>", forged+"</ds:KeyInfo>")), "sig_grammar"),
		refuse("signed error response inside a forged one", put(evil, signed), "sig_missing"),
		refuse("signed logout response inside a forged response", put(evil, logout), "sig_missing"),
		refuse("signature of a logout response on a forged response", swap(evil, "<samlp:Status>", signatureOf(logout)+"<samlp:Status>"), "sig_reference_uri"),
		refuse("signed logout response as response", logout, CodeNotResponse),
		refuse("signed error response without assertion", signed, CodeAssertions),
	}
}
