package spidsaml

import (
	"errors"
	"slices"
	"testing"

	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/samltest"
)

// The official numbers of the cases that report what happened to the person.
func TestUserAnomaliesReachTheService(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	for code, id := range map[int]string{19: "104", 20: "105", 21: "106", 22: "107", 23: "108", 25: "111", 24: "", 30: ""} {
		row, _ := spid.LookupAnomaly(code)
		document, err := w.idp.Failure(w.asked(t, pending), row, "_response", w.now)
		if err != nil {
			t.Fatal(err)
		}
		_, err = CheckResponse(w.input(pending, document))
		var r *Refusal
		if !errors.As(err, &r) || r.Check.ID != "status-success" || r.Anomaly == nil || r.Anomaly.Code != code || r.Status() != 403 {
			t.Fatalf("nr%d: %v", code, err)
		}
		if r.Key() != row.Key || id != "" && !slices.Contains(r.Check.Cases, id) {
			t.Errorf("nr%d: key %s, cases %v", code, r.Key(), r.Check.Cases)
		}
	}
}

func TestAnomaliesAreFoundWhateverTheStatusCodesAndWhereverInTheMessage(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	for _, c := range []struct {
		status saml.Status
		code   int
		key    string
	}{
		{saml.Status{Code: saml.StatusResponder, SubCode: saml.StatusRequestUnsupported, Message: "Annullato: ErrorCode nr25."}, 25, "spid.anomaly.25"},
		{saml.Status{Code: saml.StatusResponder, SubCode: "urn:oasis:names:tc:SAML:2.0:statuss:AuthnFailed", Message: "ErrorCode nr22"}, 22, "spid.anomaly.22"},
		{saml.Status{Code: saml.StatusRequester, Message: "errorcode NR08"}, 8, "error.spid.our_request"},
		{saml.Status{Code: saml.StatusResponder, SubCode: saml.StatusAuthnFailed, Message: "ErrorCode nr99, ErrorCode nr22"}, 22, "spid.anomaly.22"},
		{saml.Status{Code: saml.StatusResponder, SubCode: saml.StatusAuthnFailed, Message: "ErrorCode nr21 (see ErrorCode nr25)"}, 21, "spid.anomaly.21"},
		{saml.Status{Code: saml.StatusResponder, Message: "ErrorCode nr05"}, 5, "error.spid.provider_failed"},
		{saml.Status{Code: saml.StatusRequester, Message: "ErrorCode nr99"}, 0, "error.spid.provider_failed"},
		{saml.Status{Code: saml.StatusRequester}, 0, "error.spid.provider_failed"},
	} {
		response := w.idp.response(w.asked(t, pending), "_response", w.now)
		response.Status = &c.status
		document, err := response.XML()
		if err != nil {
			t.Fatal(err)
		}
		_, err = CheckResponse(w.input(pending, document)) // errors may come unsigned
		var r *Refusal
		if !errors.As(err, &r) || r.Key() != c.key {
			t.Fatalf("%+v: %v", c.status, err)
		}
		if c.code == 0 != (r.Anomaly == nil) || r.Anomaly != nil && r.Anomaly.Code != c.code {
			t.Errorf("%+v: anomaly %v", c.status, r.Anomaly)
		}
	}
}

func TestASignedErrorWithAForgedAssertionIsAnError(t *testing.T) {
	w := newWorld(t)
	pending := w.request(t, Want{Level: spid.L2}).Pending
	row, _ := spid.LookupAnomaly(25)
	failure, err := w.idp.Failure(w.asked(t, pending), row, "_response", w.now)
	if err != nil {
		t.Fatal(err)
	}
	genuine := w.unsigned(t, pending, w.answer())
	a := samltest.Find(t, genuine, asrt)
	for name, document := range map[string][]byte{
		"unsigned assertion":     samltest.Apply(t, failure, samltest.Replace("</samlp:Response>", string(genuine[a.Start:a.End])+"</samlp:Response>")),
		"success after the fact": samltest.Apply(t, failure, samltest.Replace(saml.StatusResponder, saml.StatusSuccess)),
	} {
		if _, err := CheckResponse(w.input(pending, document)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	unsigned := w.unsigned(t, pending, w.answer())
	both := samltest.Apply(t, unsigned, samltest.SetAttribute(resp+"/Status/StatusCode", "Value", saml.StatusResponder))
	_, err = CheckResponse(w.input(pending, samltest.Sign(t, both, w.idp.Signer, true, true)))
	var r *Refusal
	if !errors.As(err, &r) || r.Check.ID != "status-success" || r.Anomaly != nil {
		t.Errorf("an error with an assertion: %v", err)
	}
}
