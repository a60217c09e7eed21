package spidsaml

import (
	"errors"
	"slices"

	"atrio/base/fault"
	"atrio/saml"
)

// Checks lists what an answer must pass, in the order in which it is checked. The first
// refusal ends the matter. Clauses: SPID-RT is "SPID, regole tecniche" (1.2.2 is the
// chapter on the answer of the provider), the numbers of cases are those of the official
// validators. What needs a memory (an answer counts once) is left to the caller.
func Checks() []Check { return slices.Clone(checks) }

var checks = allChecks()

func allChecks() []Check {
	rows := [][]Check{envelopeChecks(), statusChecks(), assertionChecks(), subjectChecks(), conditionChecks(), contextChecks()}
	var all []Check
	for _, r := range rows {
		all = append(all, r...)
	}
	return all
}

const (
	keyInvalid = "error.spid.response_invalid"
	keyLate    = "error.spid.response_late"
	keyLevel   = "error.spid.level_too_low"
	keyFailed  = "error.spid.provider_failed"
)

func envelopeChecks() []Check {
	return []Check{
		{"response-xml", cases("xsw1", "xsw2", "xsw3", "xsw4", "xsw5", "xsw6", "xsw7", "xsw8"), "SAML-bindings 3.5.4", "the form field is base64 of strict XML: one Response, no DTD, no comments, no Extensions",
			fault.Invalid, keyInvalid, (*answer).open},
		{"provider-metadata", nil, "SAML-metadata 2.3.2", "the metadata of the provider has not expired",
			fault.Denied, keyFailed, (*answer).providerCurrent},
		{"response-signature", cases("4", "5", "8", "9", "100", "xslt", "xsw1"), "SAML-core 5.4; SPID-RT 1.2.2", "a signature of the Response, when there is one, verifies with a key of the provider's metadata",
			fault.Denied, "", (*answer).responseSignature},
		{"one-assertion", cases("xsw1", "xsw2", "xsw3", "xsw4", "xsw5", "xsw6", "xsw7", "xsw8", "112", "113"), "SAML-profiles 4.1.4.2", "at most one Assertion and no stray Signature anywhere",
			fault.Denied, "", (*answer).shape},
		{"assertion-signature", cases("2", "3", "4", "5", "33", "34", "100", "112", "113", "xslt", "xsw1", "xsw2", "xsw3", "xsw4", "xsw5", "xsw6", "xsw7", "xsw8"),
			"SPID-RT 1.2.2; SAML-core 5.4", "the Assertion is signed with a key of the provider's metadata; from here on only the signed bytes are read",
			fault.Denied, "", (*answer).assertionSignature},
		{"response-id", cases("8", "9"), "SAML-core 3.2.2", "the Response has an ID",
			fault.Invalid, keyInvalid, (*answer).responseID},
		{"response-version", cases("10"), "SAML-core 3.2.2", "the Version of the Response is 2.0",
			fault.Invalid, keyInvalid, (*answer).responseVersion},
		{"response-issue-instant", cases("11", "12", "13", "14", "15"), "SPID-RT 1.2.2", "the Response was issued after the request and not in the future",
			fault.Denied, "", (*answer).responseIssued},
		{"response-in-response-to", cases("16", "17", "18"), "SPID-RT 1.2.2; SAML-profiles 4.1.4.3", "the Response answers the request of this browser",
			fault.Denied, "", (*answer).responseInResponseTo},
		{"request-age", nil, "SPID, minors: a parent may take 24 hours", "the request is not older than a day",
			fault.Denied, keyLate, (*answer).requestAge},
		{"response-destination", cases("19", "20", "21"), "SAML-bindings 3.5.5.2", "the Destination is our address",
			fault.Denied, "", (*answer).responseDestination},
	}
}

func statusChecks() []Check {
	return []Check{
		{"status-present", cases("22", "23", "24", "25"), "SAML-core 3.2.2.1", "the Response has a Status with a StatusCode",
			fault.Invalid, keyInvalid, (*answer).statusPresent},
		{"status-success", cases("26", "104", "105", "106", "107", "108", "111"), "SPID-RT, messaggi di errore", "the Status is Success; an error carries no Assertion",
			fault.Denied, keyFailed, (*answer).statusSuccess},
		{"response-issuer", cases("27", "28", "29"), "SPID-RT 1.2.2", "the Issuer of the Response is the provider that was asked",
			fault.Denied, "", (*answer).responseIssuer},
		{"response-issuer-format", cases("30"), "SPID-RT 1.2.2", "the Format of that Issuer is entity or absent",
			fault.Denied, "", (*answer).responseIssuerFormat},
	}
}

func assertionChecks() []Check {
	return []Check{
		{"assertion-present", cases("32"), "SPID-RT 1.2.2", "a successful Response has exactly one Assertion",
			fault.Denied, "", (*answer).assertionPresent},
		{"assertion-id", cases("33", "34"), "SAML-core 2.3.3", "the Assertion has an ID",
			fault.Denied, "", (*answer).assertionID},
		{"assertion-version", cases("35"), "SAML-core 2.3.3", "the Version of the Assertion is 2.0",
			fault.Denied, "", (*answer).assertionVersion},
		{"assertion-issue-instant", cases("36", "37", "38", "39", "40"), "SPID-RT 1.2.2", "the Assertion was issued after the request and not in the future",
			fault.Denied, "", (*answer).assertionIssued},
	}
}

func subjectChecks() []Check {
	return []Check{
		{"name-id", cases("41", "42", "43", "44"), "SPID-RT 1.2.2", "the Subject has a NameID that is not empty",
			fault.Denied, "", (*answer).nameID},
		{"name-id-format", cases("45", "46", "47"), "SPID-RT 1.2.2", "the Format of the NameID is transient",
			fault.Denied, "", (*answer).nameIDFormat},
		{"name-id-qualifier", cases("48", "49"), "SPID-RT 1.2.2", "the NameID has a NameQualifier",
			fault.Denied, "", (*answer).nameIDQualifier},
		{"confirmation", cases("52"), "SPID-RT 1.2.2", "the Subject has exactly one SubjectConfirmation",
			fault.Denied, "", (*answer).confirmation},
		{"confirmation-method", cases("53", "54", "55"), "SAML-profiles 4.1.4.2", "its Method is bearer",
			fault.Denied, "", (*answer).confirmationMethod},
		{"confirmation-data", cases("51", "56"), "SAML-profiles 4.1.4.2", "it has SubjectConfirmationData, without NotBefore",
			fault.Denied, "", (*answer).confirmationData},
		{"confirmation-recipient", cases("57", "58", "59"), "SAML-profiles 4.1.4.2", "its Recipient is our address",
			fault.Denied, "", (*answer).confirmationRecipient},
		{"confirmation-in-response-to", cases("60", "61", "62"), "SAML-profiles 4.1.4.2", "it answers the request of this browser",
			fault.Denied, "", (*answer).confirmationInResponseTo},
		{"confirmation-end", cases("63", "64", "65", "66"), "SAML-profiles 4.1.4.2", "its NotOnOrAfter is in the future",
			fault.Denied, keyLate, (*answer).confirmationEnd},
		{"assertion-issuer", cases("67", "68", "69"), "SPID-RT 1.2.2", "the Issuer of the Assertion is the provider that was asked",
			fault.Denied, "", (*answer).assertionIssuer},
		{"assertion-issuer-format", cases("70", "71", "72"), "SPID-RT 1.2.2", "the Format of that Issuer is entity",
			fault.Denied, "", (*answer).assertionIssuerFormat},
	}
}

func conditionChecks() []Check {
	return []Check{
		{"conditions", cases("73", "74"), "SPID-RT 1.2.2", "the Assertion has Conditions that are not empty",
			fault.Denied, "", (*answer).conditions},
		{"conditions-start", cases("75", "76", "77", "78"), "SAML-core 2.5.1.2", "their NotBefore is reached",
			fault.Denied, "", (*answer).conditionsStart},
		{"conditions-end", cases("79", "80", "81", "82"), "SAML-core 2.5.1.2", "their NotOnOrAfter is not reached",
			fault.Denied, keyLate, (*answer).conditionsEnd},
		{"audience", cases("73", "83", "84", "85", "86", "87"), "SAML-core 2.5.1.4", "every AudienceRestriction, and there is one, admits us",
			fault.Denied, "", (*answer).audience},
	}
}

func contextChecks() []Check {
	return []Check{
		{"authn-statement", cases("89"), "SPID-RT 1.2.2", "there is exactly one AuthnStatement, of a time not in the future",
			fault.Denied, "", (*answer).authnStatement},
		{"authn-context", cases("88", "91"), "SPID-RT 1.2.2", "it has an AuthnContext",
			fault.Denied, "", (*answer).authnContext},
		{"authn-class", cases("90", "92", "93", "97"), "SPID-RT 1.2.2", "its AuthnContextClassRef is a SPID level",
			fault.Denied, "", (*answer).authnClass},
		{"authn-level", cases("94", "95", "96"), "SAML-core 3.3.2.2.1; SPID-RT 1.2.2", "the level is what was asked for, or higher",
			fault.Denied, keyLevel, (*answer).authnLevel},
		{"attributes", cases("98", "99"), "SPID-RT 1.2.2", "an AttributeStatement, when there is one, has attributes with values",
			fault.Denied, "", (*answer).attributes},
	}
}

func cases(ids ...string) []string { return ids }

// CheckResponse runs the table of SPID over an answer. The error is a *Refusal.
func CheckResponse(in Input) (*Login, error) { return SPID().Check(in) }

// Check runs the table over an answer. The error is a *Refusal.
func (t Table) Check(in Input) (*Login, error) {
	a := &answer{in: in, clock: in.clock(), anomaly: t.Anomaly}
	for _, c := range t.Rows {
		err := c.run(a)
		if err == nil {
			continue
		}
		r := &Refusal{
			Check: c, World: t.World, Anomaly: a.reported,
			ResponseID: a.login.ResponseID, AssertionID: a.login.AssertionID, XML: a.login.XML, cause: err,
		}
		r.Signed = a.envelope != nil && a.envelope.Signed
		var form *saml.FormError
		if errors.As(err, &form) {
			r.Detail = "form"
		}
		return nil, r
	}
	return &a.login, nil
}
