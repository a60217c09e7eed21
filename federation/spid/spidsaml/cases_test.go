package spidsaml

import (
	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/samltest"
)

const (
	resp = "Response"
	asrt = "Response/Assertion"
	subj = "Response/Assertion/Subject"
	conf = "Response/Assertion/Subject/SubjectConfirmation"
	data = "Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData"
	cond = "Response/Assertion/Conditions"
	stmt = "Response/Assertion/AuthnStatement"
	attr = "Response/Assertion/AttributeStatement"
)

// officialCase is a case of spid-sp-test or spid-saml-check: the genuine answer, changed
// before it was signed.
type officialCase struct {
	id    string
	edits []samltest.Edit
	// sign says what is signed; "" is both, "a" the Assertion alone, "r" the Response
	// alone, "-" nothing. The cases that spoil an identifier cannot sign what bears it.
	sign string
	// ok are the cases that must be accepted.
	ok bool
}

func set(path, name, value string) []samltest.Edit {
	return []samltest.Edit{samltest.SetAttribute(path, name, value)}
}

func without(path, name string) []samltest.Edit {
	return []samltest.Edit{samltest.DropAttribute(path, name)}
}

func drop(path string) []samltest.Edit { return []samltest.Edit{samltest.Drop(path)} }

func content(path, text string) []samltest.Edit {
	return []samltest.Edit{samltest.SetContent(path, text)}
}

const (
	past   = "2018-01-01T00:00:00Z"
	future = "2099-01-01T00:00:00Z"
	other  = "urn:oasis:names:tc:SAML:2.0:nameid-format:other"
)

func envelopeCases() []officialCase {
	return []officialCase{
		{id: "1", ok: true},
		{id: "2", sign: "-"},
		{id: "3", sign: "r"},
		{id: "8", sign: "a", edits: set(resp, "ID", "")},
		{id: "9", sign: "a", edits: without(resp, "ID")},
		{id: "10", edits: set(resp, "Version", "1.0")},
		{id: "11", edits: set(resp, "IssueInstant", "")},
		{id: "12", edits: without(resp, "IssueInstant")},
		{id: "13", edits: set(resp, "IssueInstant", "2018-09-04")},
		{id: "14", edits: set(resp, "IssueInstant", past)},
		{id: "15", edits: set(resp, "IssueInstant", future)},
		{id: "16", edits: set(resp, "InResponseTo", "")},
		{id: "17", edits: without(resp, "InResponseTo")},
		{id: "18", edits: set(resp, "InResponseTo", "_other")},
		{id: "19", edits: set(resp, "Destination", "")},
		{id: "20", edits: without(resp, "Destination")},
		{id: "21", edits: set(resp, "Destination", "https://other.esempio.it/acs")},
		{id: "22", edits: content(resp+"/Status", "")},
		{id: "23", edits: drop(resp + "/Status")},
		{id: "24", edits: set(resp+"/Status/StatusCode", "Value", "")},
		{id: "25", edits: drop(resp + "/Status/StatusCode")},
		{id: "26", edits: set(resp+"/Status/StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:other")},
		{id: "27", edits: content(resp+"/Issuer", "")},
		{id: "28", sign: "a", edits: drop(resp + "/Issuer")},
		{id: "29", edits: content(resp+"/Issuer", "https://other.esempio.it")},
		{id: "30", edits: set(resp+"/Issuer", "Format", other)},
		{id: "31", edits: without(resp+"/Issuer", "Format"), ok: true},
		{id: "32", sign: "r", edits: drop(asrt)},
	}
}

func assertionCases() []officialCase {
	return []officialCase{
		{id: "33", sign: "r", edits: set(asrt, "ID", "")},
		{id: "34", sign: "r", edits: without(asrt, "ID")},
		{id: "35", edits: set(asrt, "Version", "1.0")},
		{id: "36", edits: set(asrt, "IssueInstant", "")},
		{id: "37", edits: without(asrt, "IssueInstant")},
		{id: "38", edits: set(asrt, "IssueInstant", "2018-09-06 16:00")},
		{id: "39", edits: set(asrt, "IssueInstant", past)},
		{id: "40", edits: set(asrt, "IssueInstant", future)},
		{id: "41", edits: content(subj, "")},
		{id: "42", edits: drop(subj)},
		{id: "43", edits: content(subj+"/NameID", " \n ")},
		{id: "44", edits: drop(subj + "/NameID")},
		{id: "45", edits: set(subj+"/NameID", "Format", "")},
		{id: "46", edits: without(subj+"/NameID", "Format")},
		{id: "47", edits: set(subj+"/NameID", "Format", other)},
		{id: "48", edits: set(subj+"/NameID", "NameQualifier", "")},
		{id: "49", edits: without(subj+"/NameID", "NameQualifier")},
		{id: "51", edits: content(conf, "")},
		{id: "52", edits: drop(conf)},
		{id: "53", edits: set(conf, "Method", "")},
		{id: "54", edits: without(conf, "Method")},
		{id: "55", edits: set(conf, "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")},
		{id: "56", edits: drop(data)},
		{id: "57", edits: set(data, "Recipient", "")},
		{id: "58", edits: without(data, "Recipient")},
		{id: "59", edits: set(data, "Recipient", "https://other.esempio.it/acs")},
		{id: "60", edits: set(data, "InResponseTo", "")},
		{id: "61", edits: without(data, "InResponseTo")},
		{id: "62", edits: set(data, "InResponseTo", "_other")},
		{id: "63", edits: set(data, "NotOnOrAfter", "")},
		{id: "64", edits: without(data, "NotOnOrAfter")},
		{id: "65", edits: set(data, "NotOnOrAfter", "2018.09.18")},
		{id: "66", edits: set(data, "NotOnOrAfter", past)},
		{id: "67", edits: content(asrt+"/Issuer", "")},
		{id: "68", edits: drop(asrt + "/Issuer"), sign: "68"},
		{id: "69", edits: content(asrt+"/Issuer", "https://other.esempio.it")},
		{id: "70", edits: set(asrt+"/Issuer", "Format", "")},
		{id: "71", edits: without(asrt+"/Issuer", "Format")},
		{id: "72", edits: set(asrt+"/Issuer", "Format", other)},
	}
}

func statementCases() []officialCase {
	return []officialCase{
		{id: "73", edits: append(content(cond, ""), append(without(cond, "NotBefore"), without(cond, "NotOnOrAfter")...)...)},
		{id: "74", edits: drop(cond)},
		{id: "75", edits: set(cond, "NotBefore", "")},
		{id: "76", edits: without(cond, "NotBefore")},
		{id: "77", edits: set(cond, "NotBefore", "2018/09/10")},
		{id: "78", edits: set(cond, "NotBefore", future)},
		{id: "79", edits: set(cond, "NotOnOrAfter", "")},
		{id: "80", edits: without(cond, "NotOnOrAfter")},
		{id: "81", edits: set(cond, "NotOnOrAfter", "10-09-2018")},
		{id: "82", edits: set(cond, "NotOnOrAfter", past)},
		{id: "83", edits: content(cond+"/AudienceRestriction", "")},
		{id: "84", edits: drop(cond + "/AudienceRestriction")},
		{id: "85", edits: content(cond+"/AudienceRestriction/Audience", "")},
		{id: "86", edits: drop(cond + "/AudienceRestriction/Audience")},
		{id: "87", edits: content(cond+"/AudienceRestriction/Audience", "https://other.esempio.it")},
		{id: "88", edits: content(stmt, "")},
		{id: "89", edits: drop(stmt)},
		{id: "90", edits: content(stmt+"/AuthnContext", "")},
		{id: "91", edits: drop(stmt + "/AuthnContext")},
		{id: "92", edits: content(stmt+"/AuthnContext/AuthnContextClassRef", "")},
		{id: "93", edits: drop(stmt + "/AuthnContext/AuthnContextClassRef")},
		{id: "94", edits: content(stmt+"/AuthnContext/AuthnContextClassRef", spid.L1.URI())},
		{id: "95", edits: content(stmt+"/AuthnContext/AuthnContextClassRef", spid.L2.URI()), ok: true},
		{id: "96", edits: content(stmt+"/AuthnContext/AuthnContextClassRef", spid.L3.URI()), ok: true},
		{id: "97", edits: content(stmt+"/AuthnContext/AuthnContextClassRef", "urn:oasis:names:tc:SAML:2.0:ac:classes:SpidL1")},
		{id: "98", edits: content(attr, "")},
		{id: "99", edits: content(attr, `<saml:Attribute Name="spidCode"></saml:Attribute>`)},
		{id: "103", edits: content(attr, `<saml:Attribute Name="address"><saml:AttributeValue>Via</saml:AttributeValue></saml:Attribute>`), ok: true},
		{id: "109", edits: []samltest.Edit{samltest.Replace(` NameFormat="`+saml.AttributeBasic+`"`, "")}, ok: true},
		{id: "110", edits: set(resp, "IssueInstant", "2026-03-10T09:30:00.123456Z"), ok: true},
	}
}
