package signing_test

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/revocation"
	st "atrio/idp/proofing/signature/signaturetest"
)

// silence makes the authorities silent, or speak again.
func (k *desk) silence(on bool) {
	k.authority.Silent["ocsp"], k.authority.Silent["crl"] = on, on
}

// waiting uploads a file that nobody can judge now.
func waiting(t *testing.T, d *db.DB) (k *desk, by *st.Identity) {
	t.Helper()
	k = open(t, d, st.Contract("Richiesta"))
	by = k.person()
	k.silence(true)
	k.send(k.p7m(by)).Expect(http.StatusOK, "Stiamo controllando la firma", "Ritira il file")
	r := k.request()
	if r.State != enrolment.SignaturePending || !r.Data.SignedNow() || r.Data.Verdict != nil || !r.Data.Identified.IsZero() {
		t.Fatalf("%s, %+v", r.State, r.Data.Signed)
	}
	return k, by
}

func (k *desk) again() {
	k.T.Helper()
	if err := k.run(); err != nil {
		k.T.Fatal(err)
	}
}

// A21: without an answer nothing is accepted; with one, the file that was kept is judged.
func TestASignatureThatCannotBeJudgedWaitsAndIsAcceptedLater(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k, _ := waiting(t, d)
		waits := func(when string) { // who runs the program reads which authority is silent
			t.Helper()
			if line := k.logged(); !strings.Contains(line, "level=WARN") || !strings.Contains(line, "request=AB10-2131") || !strings.Contains(line, "no answer") {
				t.Errorf("%s: the log says %q", when, line)
			}
		}
		waits("page")
		k.again()
		if r := k.request(); r.State != enrolment.SignaturePending {
			t.Fatalf("accepted on silence: %s", r.State)
		}
		waits("job")
		k.silence(false)
		k.advance(4 * time.Minute)
		k.again() // not its turn yet
		if r := k.request(); r.State != enrolment.SignaturePending {
			t.Errorf("tried before its time: %s", r.State)
		}
		k.advance(time.Minute)
		k.again()
		r := k.request()
		if r.State != enrolment.OperatorCheck || !r.Data.SignedNow() || r.Data.Verdict == nil || !r.Data.Signed.At.Equal(start) || !r.Data.Verdict.At.Equal(k.clock()) {
			t.Fatalf("%s, %+v", r.State, r.Data.Verdict)
		}
		if kept := k.evidence(); len(kept[evidence.SignedContract]) != 1 || len(kept[evidence.SignatureVerdict]) != 1 {
			t.Errorf("kept: %v", kept)
		}
		mails := k.mails()
		if len(mails) != 1 || !strings.Contains(mails[0].Subject, "la firma è valida") || mails[0].To != "amira@example.org" {
			t.Errorf("%+v", mails)
		}
		events, err := k.store.Events(t.Context(), "request")
		if last := events[len(events)-1]; err != nil || last.Act != enrolment.Identify || last.By.Role != enrolment.System || len(last.Evidence) != 2 {
			t.Errorf("%+v, %v", last, err)
		}
		k.again()
		if r2 := k.request(); r2.Version != r.Version {
			t.Error("judged again after it was accepted")
		}
	})
}

// A21: what turns out to be revoked is given back, with the reason on the page and by mail.
func TestASignatureThatWaitedAndIsNotGoodIsGivenBack(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k, by := waiting(t, d)
		k.authority.Granted.Revoke(by.Certificate, start.Add(time.Minute), 1)
		k.silence(false)
		k.advance(10 * time.Minute)
		k.again()
		r := k.request()
		if r.State != enrolment.ContractReady || r.Data.Signed != nil || r.Data.Verdict != nil || r.Data.Contract == nil {
			t.Fatalf("%s, %+v", r.State, r.Data.Signed)
		}
		events, err := k.store.Events(t.Context(), "request")
		if last := events[len(events)-1]; err != nil || last.Act != enrolment.Return || !strings.Contains(last.Reason, "è stato revocato") || !strings.Contains(last.Reason, "firma con un certificato nuovo") {
			t.Errorf("%+v, %v", last, err)
		}
		if mails := k.mails(); len(mails) != 1 || !strings.Contains(mails[0].Subject, "devi firmare di nuovo") || !strings.Contains(mails[0].Text, "è stato revocato") {
			t.Errorf("%+v", mails)
		}
		var reason string
		if err := d.Read().QueryRowContext(t.Context(), `SELECT reason FROM audit WHERE action = $1 ORDER BY at DESC LIMIT 1`, audit.RequestStep).Scan(&reason); err != nil || reason != "signature_revoked" {
			t.Errorf("the log says %q, %v", reason, err)
		}
		k.send(k.p7m(k.person())) // signs anew, with another certificate
		if r := k.request(); r.State != enrolment.OperatorCheck {
			t.Errorf("signed anew: %s", r.State)
		}
	})
}

// A21: the tries are bounded, and at their end nobody is accepted.
func TestSilenceEndsInAFileGivenBack(t *testing.T) {
	k, _ := waiting(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
	asked := &counting{Verifier: k.verifier}
	k.signing.Verifier = asked
	for range 3*24*12 + 1 {
		k.again()
		if k.request().State != enrolment.SignaturePending {
			break
		}
		k.advance(5 * time.Minute)
	}
	r := k.request()
	if r.State != enrolment.ContractReady || r.Data.Signed != nil {
		t.Errorf("after %s: %s", k.clock().Sub(start), r.State)
	}
	if asked.n < 20 || asked.n > 50 {
		t.Errorf("the authorities were asked %d times in three days", asked.n)
	}
	if mails := k.mails(); len(mails) != 1 || !strings.Contains(mails[0].Subject, "non abbiamo potuto controllare la firma") || !strings.Contains(mails[0].Text, "Non siamo riusciti a controllare") || strings.Contains(mails[0].Text, "non può essere accettata") {
		t.Errorf("%+v", mails)
	}
}

// What waits where signatures are not judged any more is given back, whenever its turn was.
func TestWhatWaitsOnAClosedWayIsGivenBack(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k, _ := waiting(t, d)
		k.again() // put off
		k.signing.Verifier = nil
		k.again()
		if r := k.request(); r.State != enrolment.ContractReady || r.Data.Signed != nil {
			t.Fatalf("%s", r.State)
		}
		events, err := k.store.Events(t.Context(), "request")
		if last := events[len(events)-1]; err != nil || last.Act != enrolment.Return || last.By.Role != enrolment.System || !strings.Contains(last.Reason, "Scegli un altro metodo") {
			t.Errorf("%+v, %v", last, err)
		}
		if mails := k.mails(); len(mails) != 1 || !strings.Contains(mails[0].Text, "Qui non si può più usare la firma digitale") {
			t.Errorf("%+v", mails)
		}
	})
}

type counting struct {
	*signature.Verifier
	n int
}

func (c *counting) Verify(ctx context.Context, r signature.Request) (signature.Verdict, error) {
	c.n++
	return c.Verifier.Verify(ctx, r)
}

// The applicant is never held: a file that waits can be taken back.
func TestAFileThatWaitsCanBeTakenBack(t *testing.T) {
	k, _ := waiting(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
	k.Submit(k.Get(k.base+way.Signature).Form("form[action=/enrol/signature/back]")).Expect(http.StatusOK, "Firma il contratto")
	if r := k.request(); r.State != enrolment.ContractReady || r.Data.Signed != nil {
		t.Errorf("%s", r.State)
	}
	k.silence(false)
	k.send(k.p7m(k.person()))
	if r := k.request(); r.State != enrolment.OperatorCheck {
		t.Errorf("%s", r.State)
	}
}

// A step of the job that is not stored is taken in the next run; nothing is lost.
func TestAJobThatBreaksOffIsTakenUpAgain(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k, _ := waiting(t, d)
		k.silence(false)
		k.steps.broken = 1
		if err := k.run(); err == nil {
			t.Fatal("a step that was not stored is no error")
		}
		if r := k.request(); r.State != enrolment.SignaturePending || !r.Data.SignedNow() {
			t.Fatalf("%s", r.State)
		}
		k.again()
		if r := k.request(); r.State != enrolment.OperatorCheck {
			t.Errorf("%s", r.State)
		}
	})
}

// A long list of revoked certificates is kept whole, in parts.
func TestALongListIsKeptInParts(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), st.Contract("Richiesta"))
	long := bytes.Repeat([]byte("0123456789abcdef"), (evidence.MaxItem+evidence.MaxItem/2)/16)
	k.signing.Verifier = listed{long}
	k.send([]byte("whatever"))
	kept := k.evidence()[evidence.RevocationList]
	if r := k.request(); r.State != enrolment.OperatorCheck || len(kept) != 2 || len(r.Data.Verdict.Evidence) != 4 || !strings.HasPrefix(fact(r.Data.Verdict, "signature_revocation"), "CRL") {
		t.Fatalf("%s with %d parts", r.State, len(kept))
	}
	var whole []byte
	for _, id := range k.request().Data.Verdict.Evidence[1:3] {
		whole = append(whole, k.content(id)...)
	}
	if !slices.Equal(whole, long) {
		t.Error("the parts are not the list")
	}
}

// listed is a verifier that was told by a list.
type listed struct{ crl []byte }

func (l listed) Verify(context.Context, signature.Request) (signature.Verdict, error) {
	return signature.Verdict{Format: signature.CAdES, Evidence: signature.Evidence{Revocation: revocation.Answer{Status: revocation.Good, CRL: l.crl}}}, nil
}
