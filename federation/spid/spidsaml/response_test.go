package spidsaml

import (
	"errors"
	"strings"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/saml/samltest"
)

const (
	resp = "Response"
	asrt = "Response/Assertion"
	subj = "Response/Assertion/Subject"
	cond = "Response/Assertion/Conditions"
)

const (
	past   = "2018-01-01T00:00:00Z"
	future = "2099-01-01T00:00:00Z"
	other  = "urn:oasis:names:tc:SAML:2.0:nameid-format:other"
)

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
