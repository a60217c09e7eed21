package sp_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"atrio/saml"
	"atrio/saml/samltest"
	"atrio/saml/sp"
	"atrio/saml/xmlsec"
)

func document(t testing.TB) []byte {
	t.Helper()
	r := &saml.Response{
		ID: "_r", Version: saml.Version, IssueInstant: saml.At(samltest.Start), Issuer: saml.Entity("https://idp"),
		Status: &saml.Status{Code: saml.StatusSuccess},
		Assertion: &saml.Assertion{
			ID: "_a", Version: saml.Version, IssueInstant: saml.At(samltest.Start), Issuer: saml.Entity("https://idp"),
			Subject:             &saml.Subject{NameID: &saml.NameID{Value: "_n"}},
			AuthnStatements:     []saml.AuthnStatement{{AuthnInstant: saml.At(samltest.Start), ClassRef: "level"}},
			AttributeStatements: [][]saml.Attribute{{{Name: "a", Values: []string{"1"}}}},
		},
	}
	text, err := r.XML()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func codeOf(err error) string {
	var e *sp.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return xmlsec.CodeOf(err)
}

func TestNothingIsBelievedWithoutASignatureOfTheAssertion(t *testing.T) {
	s, stranger := samltest.ECDSA(t), samltest.ECDSA(t)
	for name, c := range map[string]struct {
		document  []byte
		envelope  string
		assertion string
	}{
		"nothing signed":          {document(t), "", xmlsec.CodeUnsigned},
		"envelope alone":          {samltest.Sign(t, document(t), s, false, true), "", xmlsec.CodeUnsigned},
		"assertion alone":         {samltest.Sign(t, document(t), s, true, false), "", ""},
		"both":                    {samltest.Sign(t, document(t), s, true, true), "", ""},
		"by a stranger":           {samltest.Sign(t, document(t), stranger, true, true), xmlsec.CodeMismatch, xmlsec.CodeMismatch},
		"assertion by a stranger": {samltest.Sign(t, samltest.Sign(t, document(t), stranger, true, false), s, false, true), "", xmlsec.CodeMismatch},
		"no assertion":            {samltest.Apply(t, document(t), samltest.Drop("Response/Assertion")), "", "assertion_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := sp.Open(c.document)
			if err != nil {
				t.Fatal(err)
			}
			if err := e.VerifyEnvelope(samltest.Public(s)); codeOf(err) != c.envelope {
				t.Errorf("envelope: %v, want %q", err, c.envelope)
			}
			a, err := e.VerifyAssertion(samltest.Public(s))
			if codeOf(err) != c.assertion || (a == nil) != (err != nil) {
				t.Errorf("assertion: %v, want %q", err, c.assertion)
			}
		})
	}
}

func TestASignedEnvelopeShowsOnlyWhatWasSigned(t *testing.T) {
	s := samltest.ECDSA(t)
	e, err := sp.Open(samltest.Sign(t, document(t), s, false, true))
	if err != nil || e.Signed {
		t.Fatal(err, e.Signed)
	}
	if err := e.VerifyEnvelope(samltest.Public(s)); err != nil || !e.Signed || e.Status.Code != saml.StatusSuccess {
		t.Error(err)
	}
	changed := samltest.Apply(t, samltest.Sign(t, document(t), s, false, true), samltest.Replace(saml.StatusSuccess, saml.StatusResponder))
	if e, err = sp.Open(changed); err != nil || codeOf(e.VerifyEnvelope(samltest.Public(s))) != xmlsec.CodeDigest || e.Signed {
		t.Error("a changed envelope verifies")
	}
}

func TestWrappingIsRefused(t *testing.T) {
	s := samltest.ECDSA(t)
	forge := func(a string) string { return strings.Replace(a, ">_n<", ">_evil<", 1) }
	accept := func(document []byte) error {
		e, err := sp.Open(document)
		if err != nil {
			return err
		}
		if err := e.VerifyEnvelope(samltest.Public(s)); err != nil {
			return err
		}
		_, err = e.VerifyAssertion(samltest.Public(s))
		return err
	}
	genuine := samltest.Sign(t, document(t), s, true, false)
	if err := accept(genuine); err != nil {
		t.Fatal(err)
	}
	all := samltest.Wrap(t, genuine, forge)
	samltest.RefuseAll(t, all, accept)
}

// Where an assertion or a signature may stand is a rule of its own: what is signed stays
// as it was, and something hides beside it.
func TestHidingPlacesAreRefused(t *testing.T) {
	s := samltest.ECDSA(t)
	genuine := samltest.Sign(t, document(t), s, true, false)
	at := samltest.Find(t, genuine, "Response/Assertion")
	signature := samltest.Find(t, genuine, "Response/Assertion/Signature")
	assertion := string(genuine[at.Start:at.End])
	detail := func(piece string) samltest.Edit {
		return samltest.Replace("</samlp:Status>", "<samlp:StatusDetail>"+piece+"</samlp:StatusDetail></samlp:Status>")
	}
	for name, c := range map[string]struct {
		edits []samltest.Edit
		code  string
	}{
		"as it was":                     {nil, ""},
		"the assertion in the status":   {[]samltest.Edit{samltest.Drop("Response/Assertion"), detail(assertion)}, "assertion_misplaced"},
		"another one in the status":     {[]samltest.Edit{detail(`<saml:Assertion ID="_b"/>`)}, "assertions_many"},
		"of another namespace":          {[]samltest.Edit{detail(`<Assertion xmlns="urn:x"/>`)}, "assertions_many"},
		"an encrypted one":              {[]samltest.Edit{detail(`<saml:EncryptedAssertion/>`)}, "assertions_many"},
		"a signature in the status":     {[]samltest.Edit{detail(string(genuine[signature.Start:signature.End]))}, "signature_misplaced"},
		"a signature of another kind":   {[]samltest.Edit{detail(`<Signature xmlns="urn:x"/>`)}, "signature_misplaced"},
		"the assertion under a synonym": {[]samltest.Edit{samltest.Drop("Response/Assertion"), detail(strings.NewReplacer("<saml:Assertion ", `<x:Assertion xmlns:x="urn:x" `, "</saml:Assertion>", "</x:Assertion>").Replace(assertion))}, "assertion_misplaced"},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := sp.Open(samltest.Apply(t, genuine, c.edits...))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.VerifyAssertion(samltest.Public(s)); codeOf(err) != c.code {
				t.Errorf("%v, want %q", err, c.code)
			}
		})
	}
}

func TestWindowsAreHalfOpenAndWidenedByTheTolerance(t *testing.T) {
	at := saml.At(samltest.Start)
	for _, c := range []struct {
		offset                 time.Duration
		issued, started, ended string
	}{
		{-time.Minute - time.Second, "issued_in_future", "not_yet_valid", ""},
		{-time.Minute, "", "", ""},
		{0, "", "", ""},
		{time.Minute - time.Millisecond, "", "", ""},
		{time.Minute, "", "", "expired"},
	} {
		clock := sp.Clock{Now: samltest.Start.Add(c.offset), Skew: time.Minute}
		if got := codeOf(clock.Issued(at, samltest.Start)); got != c.issued {
			t.Errorf("%v: issued %q", c.offset, got)
		}
		if got := codeOf(clock.Started(at)); got != c.started {
			t.Errorf("%v: started %q", c.offset, got)
		}
		end, err := clock.Ended(at)
		if codeOf(err) != c.ended || !end.Equal(samltest.Start) {
			t.Errorf("%v: ended %v, %v", c.offset, end, err)
		}
	}
	clock := sp.Clock{Now: samltest.Start, Skew: time.Minute}
	if codeOf(clock.Issued(at, samltest.Start.Add(time.Minute))) != "" || codeOf(clock.Issued(at, samltest.Start.Add(time.Minute+1))) != "issued_before_request" {
		t.Error("not before the request, but for the tolerance")
	}
	for _, err := range []error{clock.Issued("", samltest.Start), clock.Started("x")} {
		if err == nil {
			t.Error("an instant that is none")
		}
	}
}

func TestAudiencesAndIssuers(t *testing.T) {
	for _, c := range []struct {
		audiences [][]string
		code      string
	}{
		{[][]string{{"us"}}, ""}, {[][]string{{"them", "us"}, {"us"}}, ""},
		{nil, "audience_missing"}, {[][]string{{}}, "audience_other"}, {[][]string{{"us"}, {"them"}}, "audience_other"}, {[][]string{{"us/"}}, "audience_other"},
	} {
		if got := codeOf(sp.Audience(&saml.Conditions{Audiences: c.audiences}, "us")); got != c.code {
			t.Errorf("%v: %q", c.audiences, got)
		}
	}
	if codeOf(sp.Issuer(nil, "a")) != "issuer_missing" || codeOf(sp.Issuer(&saml.NameID{}, "")) != "issuer_missing" ||
		codeOf(sp.Issuer(saml.Entity("b"), "a")) != "issuer_other" || sp.Issuer(saml.Entity("a"), "a") != nil {
		t.Error("issuer")
	}
}
