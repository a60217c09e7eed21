package signer

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"testing"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/refusal"
	"atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
	"atrio/web/ui"
	"atrio/web/webtest"
)

const mine = "PRVMRA83E50A744N"

// What the page signs is judged as a provider judges it, over the network, at the start
// and after the clock of the demonstration has jumped.
func TestWhatIsSignedHereIsJudgedByTheListThatIsPublished(t *testing.T) {
	present := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	now := func() time.Time { return present }
	var s *Signer
	base := webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "desk", base, now, Pages())
		s = New(site, now)
		return s.Around(site.Handler(s))
	})
	c, err := s.Publish(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(c.Signers[0])
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	operator, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	shelf := &trustlist.Shelf{Dir: c.Directory, Territory: "IT", Signers: []*x509.Certificate{operator}}
	if err := shelf.Open(); err != nil {
		t.Fatal(err)
	}
	reach, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	judge := &signature.Verifier{List: shelf.List, Fetcher: authorities.New(reach, now)}
	contract := signaturetest.Contract("Richiesta di prova")
	visitor := webtest.New(t)
	for _, jump := range []time.Duration{0, 20 * 365 * 24 * time.Hour} {
		present = present.Add(jump)
		for _, one := range []struct {
			form, certificate string
			want              refusal.Reason
		}{{pades, good, ""}, {cades, good, ""}, {pades, revoked, refusal.Revoked}, {cades, card, refusal.CNSKey}} {
			page := visitor.Upload(visitor.Get(base+Path).FormWith("fiscal_code"), map[string][]byte{"contract": contract},
				"fiscal_code", "prv mra83e50a744n", "given_name", "Amira", "family_name", "Prova", "form", one.form, "certificate", one.certificate)
			if page.Status != http.StatusOK {
				t.Fatalf("%+v: %d %s", one, page.Status, page.Body)
			}
			v, err := judge.Verify(t.Context(), signature.Request{Contract: contract, FiscalCode: mine, Upload: []byte(page.Body), At: present})
			if got := refusal.Of(err); got != one.want || (err == nil) != (one.want == "") {
				t.Errorf("%+v at %s: %v", one, present, err)
			}
			if one.want == "" && (v.Signer.GivenName != "Amira" || v.Signer.Surname != "Prova") {
				t.Errorf("%+v", v.Signer)
			}
		}
	}
}

func TestWhatCannotBeSignedIsNamed(t *testing.T) {
	now := func() time.Time { return time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC) }
	base := webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "desk", base, now, Pages())
		return site.Handler(New(site, now))
	})
	visitor := webtest.New(t)
	signed := signaturetest.PDF{}.Sign(signaturetest.Contract("x"), signaturetest.New(now()).Operator)
	for name, file := range map[string][]byte{"a picture": []byte("\x89PNG"), "signed already": signed, "cut off": bytes.TrimSuffix(signaturetest.Contract("x"), []byte("%%EOF\n"))} {
		page := visitor.Upload(visitor.Get(base+Path).FormWith("fiscal_code"), map[string][]byte{"contract": file}, "fiscal_code", "PRVMRA83E50A744X", "given_name", "", "family_name", "Prova")
		page.Expect(http.StatusUnprocessableEntity, "Scegli il PDF del contratto", "Il codice fiscale non è giusto.")
		if got := page.FormWith("fiscal_code").Values.Get("family_name"); got != "Prova" {
			t.Errorf("%s: what was typed became %q", name, got)
		}
	}
}

func TestThePageIsSoundInBothLanguages(t *testing.T) {
	var errs ui.Errors
	for _, field := range []string{"contract", "fiscal_code", "given_name", "family_name", "form", "certificate"} {
		errs = append(errs, ui.FieldError{Field: field, Key: "form.required"})
	}
	errs = append(errs, ui.FieldError{Field: "contract", Key: "signer.contract.wrong"}, ui.FieldError{Field: "fiscal_code", Key: "signer.fiscal_code.wrong"})
	webtest.Pages(t, Pages(), map[string][]any{"sign": {view{Form: pades, Certificate: good}, view{Errors: errs, FiscalCode: "<x>", GivenName: "a", FamilyName: "b"}}})
}
