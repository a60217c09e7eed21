package spidsaml

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

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
