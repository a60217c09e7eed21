package cns_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/keys/hsm/hsmtest"
	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	st "atrio/idp/proofing/signature/signaturetest"
)

// kept is what the tests read of the record.
type kept struct {
	Contract     string   `json:"contract_sha256"`
	Certificates [][]byte `json:"certificates"`
	TLS          struct {
		Version string `json:"version"`
		Cipher  string `json:"cipher"`
		Resumed bool   `json:"resumed"`
	} `json:"tls"`
	Card struct {
		FiscalCode string `json:"fiscal_code"`
		Number     string `json:"number"`
		Unit       string `json:"issued_by"`
		Policy     string `json:"policy"`
	} `json:"card"`
	Revocation []struct {
		OCSP   []byte   `json:"ocsp"`
		CRL    []string `json:"crl"`
		SHA256 string   `json:"crl_sha256"`
	} `json:"revocation"`
}

// E05: the key is in a token and never leaves it; the token signs the handshake.
func TestACardInATokenIdentifiesTheApplicant(t *testing.T) {
	device := hsmtest.New(t).Device(t)
	public, err := device.Public("ec")
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		by := k.authority.IssueFor(k.authority.Granted, device.Signer("ec", public), st.CNS(mine))
		to := k.present(by, k.begin())
		if reason(to) != "" {
			t.Fatal(to)
		}
		if r := k.request(); r.State != enrolment.ContractReady {
			t.Errorf("before the browser is back: %s", r.State)
		}
		if page := k.Get(to); page.Status != http.StatusOK || page.URL.Path != way.Request {
			t.Fatalf("%d at %s", page.Status, page.URL)
		}
		r := k.request()
		v := r.Data.Verdict
		if r.State != enrolment.OperatorCheck || v == nil || !r.Data.Identified.Equal(start) || r.Collector != "" {
			t.Fatalf("%s, %+v", r.State, v)
		}
		for name, want := range map[string]string{
			"cns_holder": mine, "cns_serial": "1234567890123456", "cns_unit": "Fittizia", "cns_issuer": "Fittizia CA granted", "cns_used": "2026-03-10 09:30 UTC · TLS 1.3",
			"cns_revocation": "OCSP · http://qtsp.example/ocsp/granted",
		} {
			if got := fact(v, name); !strings.Contains(got, want) {
				t.Errorf("%s: %q does not say %q", name, got, want)
			}
		}
		items := k.evidence()
		if len(items["sign_record"]) != 1 || len(items[evidence.CardVerdict]) != 1 || len(v.Evidence) != 2 {
			t.Fatalf("%v, %v", items, v.Evidence)
		}
		var is kept
		if err := json.Unmarshal(k.content(items[evidence.CardVerdict][0].ID), &is); err != nil {
			t.Fatal(err)
		}
		if is.Contract != "frozen" || len(is.Certificates) != 2 || !bytes.Equal(is.Certificates[0], by.Certificate.Raw) || is.TLS.Version != "TLS 1.3" || is.TLS.Cipher == "" || is.TLS.Resumed ||
			is.Card.FiscalCode != mine || is.Card.Policy != "1.3.76.16.2.1" || len(is.Revocation) != 1 || len(is.Revocation[0].OCSP) == 0 {
			t.Errorf("%+v", is)
		}
		events, err := k.store.Events(t.Context(), "request")
		if err != nil {
			t.Fatal(err)
		}
		if last := events[len(events)-1]; last.Act != enrolment.Identify || last.By != (enrolment.Author{Role: enrolment.Applicant, ID: "amira"}) || len(last.Evidence) != 2 {
			t.Errorf("%+v", last)
		}
		// The way back works once, and a used page leads on.
		if page := k.Get(to); page.URL.Path != way.Request || k.request().Version != r.Version {
			t.Errorf("again: %s", page.URL)
		}
		if got := k.refusals(); len(got) != 0 {
			t.Errorf("%+v", got)
		}
	})
}

// The table of certificates. E05, A21, A22
func TestWhatIsNoCardOfTheApplicantIsRefusedWithItsReason(t *testing.T) {
	name := func(cn string) st.Change { return func(c *x509.Certificate) { c.Subject.CommonName = cn } }
	cases := []struct {
		name, want string
		make       func(k *desk) *st.Identity
	}{
		{"a signature certificate", "signature_certificate", func(k *desk) *st.Identity { return k.authority.Person(k.authority.Granted, mine) }},
		{"a key for both", "signature_certificate", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageContentCommitment })
		}},
		{"a CIE", "cie", func(k *desk) *st.Identity { return k.authority.Issue(k.authority.Granted, st.CIE(mine)) }},
		{"CNS-like: no policy", "not_cns", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) { c.Policies = nil })
		}},
		{"another policy", "not_cns", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) { c.Policies = nil }, st.Policy("1.3.76.16.2.10"))
		}},
		{"not for clients", "not_cns", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
		}},
		{"not for logins", "not_cns", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement })
		}},
		{"an authority", "not_cns", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) { c.IsCA = true })
		}},
		{"a critical extension that nobody knows", "not_cns", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) {
				c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: []int{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}})
			})
		}},
		{"a name without hash", "wrong_name", func(k *desk) *st.Identity { return k.card(mine, name(mine+"/1234567890123456")) }},
		{"a name with more", "wrong_name", func(k *desk) *st.Identity { return k.card(mine, name(mine+"/1234567890123456.AbCdEf x")) }},
		{"a codice fiscale that is none", "wrong_name", func(k *desk) *st.Identity { return k.card("PRVMRA83E50A744X") }},
		{"two names", "wrong_name", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) {
				c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: []int{2, 5, 4, 3}, Value: mine + "/1.AbCdEf"}, {Type: []int{2, 5, 4, 3}, Value: others + "/1.AbCdEf"}}
			})
		}},
		{"nobody issued it", "no_issuer", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) { c.Subject.OrganizationalUnit = nil })
		}},
		{"a short key", "weak_key", func(k *desk) *st.Identity {
			return k.authority.IssueFor(k.authority.Granted, st.ShortRSAKey(), st.CNS(mine))
		}},
		{"expired", "expired", func(k *desk) *st.Identity {
			return k.card(mine, st.Dates(start.AddDate(-3, 0, 0), start.Add(-time.Second)))
		}},
		{"not yet valid", "not_yet_valid", func(k *desk) *st.Identity {
			return k.card(mine, st.Dates(k.clock().Add(time.Second), start.AddDate(3, 0, 0)))
		}},
		{"of an unknown authority", "unknown_authority", func(k *desk) *st.Identity { return k.authority.Issue(k.authority.Unlisted, st.CNS(mine)) }},
		{"by itself", "unknown_authority", func(k *desk) *st.Identity {
			a := st.New(start)
			return a.Issue(a.Granted, st.CNS(mine)) // the same name, another key
		}},
		{"revoked", "revoked", func(k *desk) *st.Identity {
			by := k.card(mine)
			k.authority.Granted.Revoke(by.Certificate, start.Add(-time.Hour), 1)
			return by
		}},
		{"suspended", "suspended", func(k *desk) *st.Identity {
			by := k.card(mine)
			k.authority.Granted.Revoke(by.Certificate, start.Add(-time.Hour), 6)
			return by
		}},
		{"nobody to ask", "unreachable", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) { c.OCSPServer, c.CRLDistributionPoints = nil, nil })
		}},
		{"nobody answers", "unreachable", func(k *desk) *st.Identity {
			return k.card(mine, func(c *x509.Certificate) {
				c.OCSPServer, c.CRLDistributionPoints = []string{"http://silent.example/ocsp/"}, []string{"http://silent.example/crl/"}
			})
		}},
		{"of somebody else", "other_person", func(k *desk) *st.Identity { return k.card(others) }},
	}
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		for i, one := range cases {
			to := k.present(one.make(k), k.begin())
			if got := reason(to); got != one.want {
				t.Errorf("%s: %q instead of %q", one.name, got, one.want)
				continue
			}
			lines := k.refusals()
			if last := lines[len(lines)-1]; len(lines) != i+1 || last.Reason != "card_"+one.want || last.Subject != "amira" || last.Detail["request"] != "AB10-2131" || last.Address != "127.0.0.1" {
				t.Errorf("%s: %d lines, %+v", one.name, len(lines), last)
			}
			texts := k.Get(to).Expect(http.StatusUnprocessableEntity)
			if texts.Find("form[action=/enrol/cns]") == nil {
				t.Errorf("%s: no way on", one.name)
			}
			k.advance(4 * time.Minute) // ceremonies of a request are bounded
		}
		// Who runs the program reads which authority was silent.
		if log := k.logged(); strings.Count(log, "level=WARN") != 2 || !strings.Contains(log, "request=AB10-2131") || !strings.Contains(log, "no answer") {
			t.Errorf("the log says %q", log)
		}
		if r := k.request(); r.State != enrolment.ContractReady || r.Data.Verdict != nil || len(k.evidence()) != 0 {
			t.Errorf("%s, %v", r.State, k.evidence())
		}
		if to := k.present(k.card(mine), k.begin()); reason(to) != "" || k.Get(to).URL.Path != way.Request || k.request().State != enrolment.OperatorCheck {
			t.Errorf("afterwards the right card: %s, %s", to, k.request().State)
		}
	})
}

// Where no responder answers a list is read, and kept. // A21
func TestAListOfRevokedCardsProvesToo(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		k.authority.Silent["ocsp"] = true
		if to := k.present(k.card(mine), k.begin()); reason(to) != "" || k.Get(to).URL.Path != way.Request {
			t.Fatal(to)
		}
		items := k.evidence()
		var is kept
		if err := json.Unmarshal(k.content(items[evidence.CardVerdict][0].ID), &is); err != nil {
			t.Fatal(err)
		}
		if len(items[evidence.RevocationList]) != 1 || len(is.Revocation) != 1 || len(is.Revocation[0].CRL) != 1 || is.Revocation[0].SHA256 == "" || is.Revocation[0].OCSP != nil {
			t.Errorf("%v, %+v", items, is.Revocation)
		}
		if _, err := x509.ParseRevocationList(k.content(is.Revocation[0].CRL[0])); err != nil {
			t.Error(err)
		}
	})
}

func TestTheContractIsSignedFirst(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d)
		address := k.begin()
		k.take(enrolment.FreezeContract, func(q *enrolment.Request) {
			q.Data.Contract = &enrolment.Contract{Evidence: "anew", SHA256: "anew", Version: "1", At: start}
		})
		if page := k.Get(k.base + way.CNS); page.URL.Path != way.Sign {
			t.Errorf("an unsigned contract: %s", page.URL)
		}
		if got := reason(k.present(k.card(mine), address)); got != "moved" {
			t.Errorf("a ceremony for what was signed before: %q", got)
		}
		// Signed anew between the card and the way back: another version.
		k.sign()
		to := k.present(k.card(mine), k.begin())
		k.take(enrolment.FreezeContract, func(q *enrolment.Request) {
			q.Data.Contract = &enrolment.Contract{Evidence: "third", SHA256: "third", Version: "1", At: start}
		})
		k.sign()
		if page := k.Get(to); reason(page.URL.String()) != "moved" || k.request().State != enrolment.ContractReady {
			t.Errorf("%s, %s", page.URL, k.request().State)
		}
		lines := k.refusals()
		for _, line := range lines {
			if line.Reason != "card_moved" || line.Outcome != audit.Refused {
				t.Errorf("%+v", line)
			}
		}
		if len(lines) != 2 {
			t.Errorf("%d lines", len(lines))
		}
	})
}
