package spidcases

import (
	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/forge"
)

const (
	resp  = "Response"
	asrt  = "Response/Assertion"
	subj  = "Response/Assertion/Subject"
	conf  = "Response/Assertion/Subject/SubjectConfirmation"
	data  = "Response/Assertion/Subject/SubjectConfirmation/SubjectConfirmationData"
	cond  = "Response/Assertion/Conditions"
	stmt  = "Response/Assertion/AuthnStatement"
	ctx   = "Response/Assertion/AuthnStatement/AuthnContext"
	class = "Response/Assertion/AuthnStatement/AuthnContext/AuthnContextClassRef"
	attr  = "Response/Assertion/AttributeStatement"
)

const (
	past    = "2018-01-01T00:00:00Z"
	future  = "2099-01-01T00:00:00Z"
	foreign = "https://other.esempio.it"
	format  = "urn:oasis:names:tc:SAML:2.0:nameid-format:other"
)

// defect is what is wrong with a part of the message, in words.
type defect Text

var (
	empty     = defect{"vuoto", "empty"}
	missing   = defect{"assente", "missing"}
	different = defect{"diverso da quello atteso", "not the one expected"}
	malformed = defect{"scritto in forma sbagliata", "malformed"}
	tooEarly  = defect{"anteriore alla richiesta", "before the request"}
	tooLate   = defect{"nel futuro", "in the future"}
	over      = defect{"già passato", "already past"}
)

// wrong is a case that spoils one part of the message.
func wrong(id, part string, d defect, check string, edits ...forge.Edit) Case {
	return Case{ID: id, Tools: Both, Title: Text{part + ": " + d.It, part + ": " + d.En}, expect: refusal(check), edits: edits}
}

// right is a case that must be accepted.
func right(id string, title Text, edits ...forge.Edit) Case {
	return Case{ID: id, Tools: Both, Title: title, expect: Expectation{Accepted: true}, edits: edits}
}

func (c Case) signing(s signing) Case { c.sign = s; return c }

func (c Case) only(tool string) Case { c.Tools = tool; return c }

func set(path, name, value string) forge.Edit { return forge.SetAttribute(path, name, value) }

func without(path, name string) forge.Edit { return forge.DropAttribute(path, name) }

func drop(path string) forge.Edit { return forge.Drop(path) }

func content(path, text string) forge.Edit { return forge.SetContent(path, text) }

func envelopeCases() []Case {
	const status, code, issuer = resp + "/Status", resp + "/Status/StatusCode", resp + "/Issuer"
	return []Case{
		right("1", Text{"Risposta corretta", "Correct answer"}),
		right("1-NS", Text{"Risposta corretta senza SessionIndex", "Correct answer without SessionIndex"}, without(stmt, "SessionIndex")).only(SAMLCheck),
		wrong("2", "Signature", defect{"né la Response né l’Assertion sono firmate", "neither Response nor Assertion is signed"}, "assertion-signature").signing(neither),
		wrong("3", "Signature", defect{"è firmata la Response, non l’Assertion", "the Response is signed, the Assertion is not"}, "assertion-signature").signing(response),
		wrong("8", "Response ID", empty, "response-id", set(resp, "ID", "")).signing(assertion),
		wrong("9", "Response ID", missing, "response-id", without(resp, "ID")).signing(assertion),
		wrong("10", "Response Version", different, "response-version", set(resp, "Version", "1.0")),
		wrong("11", "Response IssueInstant", empty, "response-issue-instant", set(resp, "IssueInstant", "")),
		wrong("12", "Response IssueInstant", missing, "response-issue-instant", without(resp, "IssueInstant")),
		wrong("13", "Response IssueInstant", malformed, "response-issue-instant", set(resp, "IssueInstant", "2018-09-04")),
		wrong("14", "Response IssueInstant", tooEarly, "response-issue-instant", set(resp, "IssueInstant", past)),
		wrong("15", "Response IssueInstant", tooLate, "response-issue-instant", set(resp, "IssueInstant", future)),
		wrong("16", "Response InResponseTo", empty, "response-in-response-to", set(resp, "InResponseTo", "")),
		wrong("17", "Response InResponseTo", missing, "response-in-response-to", without(resp, "InResponseTo")),
		wrong("18", "Response InResponseTo", different, "response-in-response-to", set(resp, "InResponseTo", "_other")),
		wrong("19", "Response Destination", empty, "response-destination", set(resp, "Destination", "")),
		wrong("20", "Response Destination", missing, "response-destination", without(resp, "Destination")),
		wrong("21", "Response Destination", different, "response-destination", set(resp, "Destination", foreign+"/acs")),
		wrong("22", "Status", empty, "status-present", content(status, "")),
		wrong("23", "Status", missing, "status-present", drop(status)),
		wrong("24", "StatusCode", empty, "status-present", set(code, "Value", "")),
		wrong("25", "StatusCode", missing, "status-present", drop(code)).only(SAMLCheck),
		wrong("26", "StatusCode", defect{"non è Success", "not Success"}, "status-success", set(code, "Value", "urn:oasis:names:tc:SAML:2.0:status:other")),
		wrong("27", "Response Issuer", empty, "response-issuer", content(issuer, "")),
		wrong("28", "Response Issuer", missing, "response-issuer", drop(issuer)).signing(assertion),
		wrong("29", "Response Issuer", different, "response-issuer", content(issuer, foreign)),
		wrong("30", "Response Issuer Format", different, "response-issuer-format", set(issuer, "Format", format)),
		right("31", Text{"Response Issuer senza Format", "Response Issuer without Format"}, without(issuer, "Format")),
		wrong("32", "Assertion", missing, "assertion-present", drop(asrt)).signing(response),
	}
}

func assertionCases() []Case {
	const name, issuer = subj + "/NameID", asrt + "/Issuer"
	return []Case{
		wrong("33", "Assertion ID", empty, "assertion-signature", set(asrt, "ID", "")).signing(response),
		wrong("34", "Assertion ID", missing, "assertion-signature", without(asrt, "ID")).signing(response),
		wrong("35", "Assertion Version", different, "assertion-version", set(asrt, "Version", "1.0")),
		wrong("36", "Assertion IssueInstant", empty, "assertion-issue-instant", set(asrt, "IssueInstant", "")),
		wrong("37", "Assertion IssueInstant", missing, "assertion-issue-instant", without(asrt, "IssueInstant")),
		wrong("38", "Assertion IssueInstant", malformed, "assertion-issue-instant", set(asrt, "IssueInstant", "2018-09-06 16:00")),
		wrong("39", "Assertion IssueInstant", tooEarly, "assertion-issue-instant", set(asrt, "IssueInstant", past)),
		wrong("40", "Assertion IssueInstant", tooLate, "assertion-issue-instant", set(asrt, "IssueInstant", future)),
		wrong("41", "Subject", empty, "name-id", content(subj, "")),
		wrong("42", "Subject", missing, "name-id", drop(subj)),
		wrong("43", "NameID", empty, "name-id", content(name, " \n ")),
		wrong("44", "NameID", missing, "name-id", drop(name)),
		wrong("45", "NameID Format", empty, "name-id-format", set(name, "Format", "")),
		wrong("46", "NameID Format", missing, "name-id-format", without(name, "Format")),
		wrong("47", "NameID Format", different, "name-id-format", set(name, "Format", format)),
		wrong("48", "NameID NameQualifier", empty, "name-id-qualifier", set(name, "NameQualifier", "")),
		wrong("49", "NameID NameQualifier", missing, "name-id-qualifier", without(name, "NameQualifier")),
		wrong("51", "SubjectConfirmation", empty, "confirmation-data", content(conf, "")),
		wrong("52", "SubjectConfirmation", missing, "confirmation", drop(conf)),
		wrong("53", "SubjectConfirmation Method", empty, "confirmation-method", set(conf, "Method", "")),
		wrong("54", "SubjectConfirmation Method", missing, "confirmation-method", without(conf, "Method")),
		wrong("55", "SubjectConfirmation Method", different, "confirmation-method", set(conf, "Method", "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches")),
		wrong("56", "SubjectConfirmationData", missing, "confirmation-data", drop(data)),
		wrong("57", "SubjectConfirmationData Recipient", empty, "confirmation-recipient", set(data, "Recipient", "")),
		wrong("58", "SubjectConfirmationData Recipient", missing, "confirmation-recipient", without(data, "Recipient")),
		wrong("59", "SubjectConfirmationData Recipient", different, "confirmation-recipient", set(data, "Recipient", foreign+"/acs")),
		wrong("60", "SubjectConfirmationData InResponseTo", empty, "confirmation-in-response-to", set(data, "InResponseTo", "")),
		wrong("61", "SubjectConfirmationData InResponseTo", missing, "confirmation-in-response-to", without(data, "InResponseTo")),
		wrong("62", "SubjectConfirmationData InResponseTo", different, "confirmation-in-response-to", set(data, "InResponseTo", "_other")),
		wrong("63", "SubjectConfirmationData NotOnOrAfter", empty, "confirmation-end", set(data, "NotOnOrAfter", "")),
		wrong("64", "SubjectConfirmationData NotOnOrAfter", missing, "confirmation-end", without(data, "NotOnOrAfter")),
		wrong("65", "SubjectConfirmationData NotOnOrAfter", malformed, "confirmation-end", set(data, "NotOnOrAfter", "2018.09.18")),
		wrong("66", "SubjectConfirmationData NotOnOrAfter", over, "confirmation-end", set(data, "NotOnOrAfter", past)),
		wrong("67", "Assertion Issuer", empty, "assertion-issuer", content(issuer, "")).only(SAMLCheck),
		wrong("68", "Assertion Issuer", missing, "assertion-issuer", drop(issuer)).signing(unissued),
		wrong("69", "Assertion Issuer", different, "assertion-issuer", content(issuer, foreign)),
		wrong("70", "Assertion Issuer Format", empty, "assertion-issuer-format", set(issuer, "Format", "")),
		wrong("71", "Assertion Issuer Format", missing, "assertion-issuer-format", without(issuer, "Format")),
		wrong("72", "Assertion Issuer Format", different, "assertion-issuer-format", set(issuer, "Format", format)),
	}
}

func statementCases() []Case {
	const restriction, audience = cond + "/AudienceRestriction", cond + "/AudienceRestriction/Audience"
	return []Case{
		wrong("73", "Conditions", empty, "conditions", content(cond, ""), without(cond, "NotBefore"), without(cond, "NotOnOrAfter")),
		wrong("74", "Conditions", missing, "conditions", drop(cond)),
		wrong("75", "Conditions NotBefore", empty, "conditions-start", set(cond, "NotBefore", "")),
		wrong("76", "Conditions NotBefore", missing, "conditions-start", without(cond, "NotBefore")),
		wrong("77", "Conditions NotBefore", malformed, "conditions-start", set(cond, "NotBefore", "2018/09/10")),
		wrong("78", "Conditions NotBefore", tooLate, "conditions-start", set(cond, "NotBefore", future)),
		wrong("79", "Conditions NotOnOrAfter", empty, "conditions-end", set(cond, "NotOnOrAfter", "")),
		wrong("80", "Conditions NotOnOrAfter", missing, "conditions-end", without(cond, "NotOnOrAfter")),
		wrong("81", "Conditions NotOnOrAfter", malformed, "conditions-end", set(cond, "NotOnOrAfter", "10-09-2018")),
		wrong("82", "Conditions NotOnOrAfter", over, "conditions-end", set(cond, "NotOnOrAfter", past)),
		wrong("83", "AudienceRestriction", empty, "audience", content(restriction, "")),
		wrong("84", "AudienceRestriction", missing, "audience", drop(restriction)).only(SAMLCheck),
		wrong("85", "Audience", empty, "audience", content(audience, "")),
		wrong("86", "Audience", missing, "audience", drop(audience)),
		wrong("87", "Audience", different, "audience", content(audience, foreign)),
		wrong("88", "AuthnStatement", empty, "authn-context", content(stmt, "")),
		wrong("89", "AuthnStatement", missing, "authn-statement", drop(stmt)),
		wrong("90", "AuthnContext", empty, "authn-class", content(ctx, "")),
		wrong("91", "AuthnContext", missing, "authn-context", drop(ctx)).only(SAMLCheck),
		wrong("92", "AuthnContextClassRef", empty, "authn-class", content(class, "")),
		wrong("93", "AuthnContextClassRef", missing, "authn-class", drop(class)),
		level("94", spid.L1), level("95", spid.L2), level("96", spid.L3),
		wrong("97", "AuthnContextClassRef", defect{"il nome antico del livello", "the obsolete name of the level"}, "authn-class",
			content(class, "urn:oasis:names:tc:SAML:2.0:ac:classes:SpidL1")),
		wrong("98", "AttributeStatement", defect{"senza attributi", "without attributes"}, "attributes", content(attr, "")),
		wrong("99", "AttributeStatement", defect{"un attributo senza valore", "an attribute without a value"}, "attributes",
			content(attr, `<saml:Attribute Name="spidCode"></saml:Attribute>`)),
		{ID: "103", Tools: Both, expect: Expectation{Accepted: true}, make: otherAttributes,
			Title: Text{"Attributi diversi da quelli chiesti, che bastano a riconoscere la persona", "Other attributes than asked for, enough to recognise the person"}},
		right("109", Text{"Attributi senza NameFormat", "Attributes without NameFormat"}, forge.Replace(` NameFormat="`+saml.AttributeBasic+`"`, "")),
		{ID: "110", Tools: Both, expect: Expectation{Accepted: true}, make: microseconds,
			Title: Text{"IssueInstant con frazioni di secondo", "IssueInstant with fractions of a second"}},
	}
}

// level states a level, whatever was asked for.
func level(id string, l spid.Level) Case {
	return Case{ID: id, Tools: Both, stated: l, edits: []forge.Edit{content(class, l.URI())},
		Title: Text{"AuthnContextClassRef: livello " + string('0'+rune(l)), "AuthnContextClassRef: level " + string('0'+rune(l))}}
}

// otherAttributes leaves out what does not name the person and adds what nobody asked.
func otherAttributes(m *making) ([]byte, error) {
	statement := ""
	for _, name := range []string{"spidCode", "name", "familyName", "fiscalNumber", "dateOfBirth"} {
		if value := m.provider.Person[name]; value != "" {
			statement += `<saml:Attribute Name="` + name + `"><saml:AttributeValue>` + value + `</saml:AttributeValue></saml:Attribute>`
		}
	}
	document, err := m.edited(content(attr, statement+`<saml:Attribute Name="companyName"><saml:AttributeValue>Prove</saml:AttributeValue></saml:Attribute>`))
	if err != nil {
		return nil, err
	}
	return m.signed(document, both)
}

func microseconds(m *making) ([]byte, error) {
	document, err := m.edited(set(resp, "IssueInstant", m.now.UTC().Format("2006-01-02T15:04:05.000000Z")))
	if err != nil {
		return nil, err
	}
	return m.signed(document, both)
}
