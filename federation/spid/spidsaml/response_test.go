package spidsaml

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
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
	// also is changed after signing.
	also []samltest.Edit
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

func TestOfficialResponseCases(t *testing.T) {
	w := newRSAWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	all := append(append(envelopeCases(), assertionCases()...), statementCases()...)
	for _, c := range all {
		t.Run(c.id, func(t *testing.T) {
			document := samltest.Apply(t, w.unsigned(t, pending, w.answer()), c.edits...)
			login, err := CheckResponse(w.input(pending, signCase(t, document, c, w.idp.Signer)))
			if c.ok {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				if login.NameID != "_name" {
					t.Errorf("read %+v", login)
				}
				return
			}
			refusedFor(t, err, c.id)
		})
	}
}

func signCase(t *testing.T, document []byte, c officialCase, s xmlsec.Signer) []byte {
	t.Helper()
	if c.sign == "68" { // without Issuer the signature stands first in the Assertion
		id, _ := samltest.Find(t, document, asrt).Attr("ID")
		signed, err := xmlsec.Sign(document, id, xmlsec.Name{}, s)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	return samltest.Sign(t, document, s, c.sign == "" || c.sign == "a", c.sign == "" || c.sign == "r")
}

// refusedFor checks that an answer was refused by a check that claims the case, with a
// status that the official tool takes for a refusal.
func refusedFor(t *testing.T, err error, id string) {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("accepted, or no refusal: %v", err)
	}
	if !slices.Contains(r.Check.Cases, id) {
		t.Errorf("refused by %s, which is for cases %v: %v", r.Check.ID, r.Check.Cases, err)
	}
	if !slices.Contains([]int{400, 401, 403, 422}, r.Status()) {
		t.Errorf("status %d", r.Status())
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.AuditReason() != r.Reason() {
		t.Errorf("no fault with the reason %s in it", r.Reason())
	}
}

// TestSignatureCases are the cases that play with keys.
func TestSignatureCases(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	genuine := w.unsigned(t, pending, w.answer())
	unnamed := w.stranger
	unnamed.Certificate = nil
	xslt := `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"></xsl:stylesheet></ds:Transform>`
	foreign, err := w.idp.Metadata("_foreign", w.now)
	if err != nil {
		t.Fatal(err)
	}
	embed := func(document []byte) []byte {
		return samltest.Apply(t, document, samltest.Insert(asrt+"/Issuer", string(foreign)))
	}
	for id, document := range map[string][]byte{
		"4":    samltest.Sign(t, genuine, unnamed, true, true),
		"5":    samltest.Sign(t, genuine, w.stranger, true, true),
		"100":  samltest.Sign(t, samltest.Sign(t, genuine, w.stranger, true, false), w.idp.Signer, false, true),
		"xslt": samltest.Apply(t, samltest.Sign(t, genuine, w.idp.Signer, true, false), samltest.Insert(asrt+"/Signature/SignedInfo/Reference/Transforms/Transform", xslt)),
		"112":  embed(genuine),
		"113":  embed(samltest.Apply(t, samltest.Sign(t, genuine, w.idp.Signer, true, false), samltest.Replace("Anna", "Adna"))),
	} {
		t.Run(id, func(t *testing.T) {
			_, err := CheckResponse(w.input(pending, document))
			refusedFor(t, err, id)
		})
	}
}

func TestAnAnswerMayBeUnsignedAroundASignedAssertion(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	document := samltest.Sign(t, w.unsigned(t, pending, w.answer()), w.idp.Signer, true, false)
	login, err := CheckResponse(w.input(pending, document))
	if err != nil {
		t.Fatal(err)
	}
	if login.Level != spid.L2 || login.SessionIndex != "" || login.Issuer != w.idp.EntityID || login.AssertionID != "_assertion" {
		t.Errorf("read %+v", login)
	}
	if login.Attributes["familyName"] != "D'Amico <prova> & figli" || len(login.Attributes) != 6 {
		t.Errorf("attributes %q", login.Attributes)
	}
	if want := w.now.Add(DefaultAssertionLife + DefaultSkew); !login.NotOnOrAfter.Equal(want) {
		t.Errorf("to be remembered until %v, want %v", login.NotOnOrAfter, want)
	}
	spoiled := samltest.Sign(t, w.unsigned(t, pending, w.answer()), w.idp.Signer, true, true)
	spoiled = []byte(strings.Replace(string(spoiled), `Destination="`, `Consent="x" Destination="`, 1))
	_, err = CheckResponse(w.input(pending, spoiled))
	if r := new(Refusal); !errors.As(err, &r) || r.Check.ID != "response-signature" {
		t.Errorf("a broken signature of the Response: %v", err)
	}
}

func TestWhiteSpaceAroundNamesAndValuesIsNoPartOfThem(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	document := samltest.Apply(t, w.unsigned(t, pending, w.answer()),
		samltest.SetContent(subj+"/NameID", "\n   _name\n "), samltest.SetContent(asrt+"/Issuer", "\n "+w.idp.EntityID+"\n"),
		samltest.SetContent(resp+"/Issuer", " "+w.idp.EntityID+" "), samltest.Replace(">Anna<", ">\n  Anna\n<"))
	login, err := CheckResponse(w.input(pending, samltest.Sign(t, document, w.idp.Signer, true, true)))
	if err != nil || login.NameID != "_name" || login.Attributes["name"] != "Anna" {
		t.Errorf("login %+v, %v", login, err)
	}
}

func TestTimesAreCheckedToTheSecondOfTheTolerance(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	document := samltest.Sign(t, w.unsigned(t, pending, w.answer()), w.idp.Signer, true, true)
	end := DefaultAssertionLife + DefaultSkew
	for _, c := range []struct {
		after time.Duration
		check string
	}{
		{-DefaultSkew, ""},
		{-DefaultSkew - time.Millisecond, "response-issue-instant"},
		{end - time.Millisecond, ""},
		{end, "confirmation-end"}, // NotOnOrAfter: the instant itself is too late
	} {
		in := w.input(pending, document)
		in.Now = w.now.Add(c.after)
		_, err := CheckResponse(in)
		var r *Refusal
		errors.As(err, &r)
		if got := checkID(r); got != c.check {
			t.Errorf("after %v: refused by %q, want %q", c.after, got, c.check)
		}
	}
}

func checkID(r *Refusal) string {
	if r == nil {
		return ""
	}
	return r.Check.ID
}

func TestAParentMayApproveADayLater(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	for _, c := range []struct {
		later time.Duration
		check string
	}{{24 * time.Hour, ""}, {24*time.Hour + time.Second, "request-age"}} {
		answer := w.answer()
		answer.Now, answer.AuthnInstant = w.now.Add(c.later), w.now.Add(c.later)
		in := w.input(pending, samltest.Sign(t, w.unsigned(t, pending, answer), w.idp.Signer, true, true))
		in.Now = answer.Now
		_, err := CheckResponse(in)
		var r *Refusal
		errors.As(err, &r)
		if checkID(r) != c.check {
			t.Errorf("%v later: %v", c.later, err)
		}
	}
}

func TestAnswersThatNobodyAskedForAreRefused(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	document := samltest.Sign(t, w.unsigned(t, pending, w.answer()), w.idp.Signer, true, true)
	unsolicited := samltest.Apply(t, w.unsigned(t, pending, w.answer()), samltest.SetAttribute(resp, "InResponseTo", ""))
	otherProvider := w.input(pending, document)
	otherProvider.Pending.Provider = "https://other.esempio.it"
	expired := w.input(pending, document)
	expired.Provider.ValidUntil = w.now
	noKeys := w.input(pending, document)
	noKeys.Provider.Keys = nil
	for name, c := range map[string]struct {
		in    Input
		check string
	}{
		"no pending request":         {w.input(Pending{}, samltest.Sign(t, unsolicited, w.idp.Signer, true, true)), "response-in-response-to"},
		"the request of another":     {w.input(Pending{RequestID: "_other", Provider: w.idp.EntityID, IssuedAt: w.now}, document), "response-in-response-to"},
		"another provider was asked": {otherProvider, "response-issuer"},
		"a provider without keys":    {noKeys, "response-signature"},
		"metadata past its end":      {expired, "provider-metadata"},
		"nothing at all":             {w.input(pending, nil), "response-xml"},
		"a request instead":          {w.input(pending, w.request(t, Want{Level: spid.L2}).XML), "response-xml"},
		"a message of 300 KB":        {w.input(pending, []byte("<a>"+strings.Repeat("x", 300<<10)+"</a>")), "response-xml"},
		"base64 that is none":        {Input{SAMLResponse: "%%%", SP: w.sp, Provider: w.provider, Pending: pending, Now: w.now}, "response-xml"},
		"an encrypted assertion":     {w.input(pending, samltest.Apply(t, document, samltest.Replace("saml:Assertion", "saml:EncryptedAssertion"))), "response-xml"},
		"extensions":                 {w.input(pending, samltest.Apply(t, document, samltest.Insert(resp+"/Status", "<samlp:Extensions><a/></samlp:Extensions>"))), "response-xml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := CheckResponse(c.in)
			var r *Refusal
			if !errors.As(err, &r) || r.Check.ID != c.check || r.Status() >= 500 {
				t.Errorf("want %s: %v", c.check, err)
			}
		})
	}
}

func TestEveryAudienceRestrictionMustAdmitUs(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	restriction := func(audiences ...string) string {
		return "<saml:AudienceRestriction><saml:Audience>" + strings.Join(audiences, "</saml:Audience><saml:Audience>") + "</saml:Audience></saml:AudienceRestriction>"
	}
	for _, c := range []struct {
		conditions string
		ok         bool
	}{
		{restriction("https://a.esempio.it", w.sp.EntityID), true},
		{restriction(w.sp.EntityID) + restriction(w.sp.EntityID, "https://a.esempio.it"), true},
		{restriction(w.sp.EntityID) + restriction("https://a.esempio.it"), false},
		{restriction(w.sp.EntityID + "/more"), false},
		{restriction(w.sp.EntityID) + "<saml:OneTimeUse/>", true},
		{restriction(w.sp.EntityID) + `<saml:Condition xmlns:x="urn:x" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x:T"/>`, false},
	} {
		document := samltest.Apply(t, w.unsigned(t, pending, w.answer()), samltest.SetContent(cond, c.conditions))
		_, err := CheckResponse(w.input(pending, samltest.Sign(t, document, w.idp.Signer, true, true)))
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.conditions, err)
		}
	}
}

func TestEveryCheckIsNamedOnceAndHasAClause(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Checks() {
		if seen[c.ID] || c.Clause == "" || c.Title == "" || c.Kind == fault.Internal || c.Kind.Status() >= 500 {
			t.Errorf("check %+v", c)
		}
		seen[c.ID] = true
	}
}
