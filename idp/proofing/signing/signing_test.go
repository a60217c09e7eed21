package signing_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/signing"
	"atrio/web/webtest"
)

// words says whether operators read something for a key.
func words(t *testing.T, key string) bool {
	t.Helper()
	for _, lang := range []string{"it", "en"} {
		data, err := os.ReadFile("../../backoffice/review/texts/" + lang + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte(`"`+key+`":`)) {
			return false
		}
	}
	return true
}

func fact(v *enrolment.Verdict, name string) string {
	for _, f := range v.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// E04: a contract as the program makes it, signed in both forms.
func TestAContractSignedInEitherFormIdentifiesTheApplicant(t *testing.T) {
	frozen := realContract(t)
	for form, sign := range map[string]func(k *desk) []byte{
		"PAdES": func(k *desk) []byte {
			file, err := st.SignPDF(frozen, k.person())
			if err != nil {
				t.Fatal(err)
			}
			return file
		},
		"CAdES": func(k *desk) []byte { return k.p7m(k.person()) },
	} {
		t.Run(form, func(t *testing.T) {
			each(t, func(t *testing.T, d *db.DB) {
				k := open(t, d, frozen)
				file := sign(k)
				if page := k.send(file); page.Status != http.StatusOK || page.URL.Path != way.Request {
					t.Fatalf("%d at %s", page.Status, page.URL)
				}
				r := k.request()
				v := r.Data.Verdict
				if r.State != enrolment.OperatorCheck || v == nil || !r.Data.SignedNow() || !r.Data.Identified.Equal(start) || len(v.Doubts) != 0 {
					t.Fatalf("%s, %+v, signed %v", r.State, v, r.Data.SignedNow())
				}
				for name, want := range map[string]string{
					"signature_signer": "AMIRA PROVA · " + mine, "signature_issuer": "Fittizia CA granted", "signature_qualified": "IT 7 sha256:", "signature_format": form,
					"signature_received": "2026-03-10 09:30 UTC", "signature_revocation": "OCSP · http://qtsp.example/ocsp/granted",
				} {
					if got := fact(v, name); !strings.Contains(got, want) {
						t.Errorf("%s: %q does not say %q", name, got, want)
					}
				}
				for _, f := range v.Facts {
					if !words(t, "review.fact."+f.Name) {
						t.Errorf("operators have no words for %s", f.Name)
					}
				}
				kept := k.evidence()
				for kind := range kept {
					if !words(t, "review.kind."+string(kind)) {
						t.Errorf("operators have no words for %s", kind)
					}
				}
				if n := len(kept[evidence.SignedContract]); n != 1 || !bytes.Equal(k.content(r.Data.Signed.File), file) {
					t.Errorf("%d signed contracts are kept", n)
				}
				var record struct {
					Contract     string   `json:"contract_sha256"`
					Certificates [][]byte `json:"certificates"`
					Revocation   struct {
						OCSP []byte `json:"ocsp"`
					} `json:"revocation"`
					List string `json:"trusted_list"`
				}
				if err := json.Unmarshal(k.content(kept[evidence.SignatureVerdict][0].ID), &record); err != nil {
					t.Fatal(err)
				}
				if record.Contract != r.Data.Contract.SHA256 || len(record.Certificates) != 2 || len(record.Revocation.OCSP) == 0 || !strings.HasPrefix(record.List, "IT 7") {
					t.Errorf("the record is %+v", record)
				}
				events, err := k.store.Events(t.Context(), r.ID)
				if last := events[len(events)-1]; err != nil || last.Act != enrolment.Identify || !slices.Equal(last.Evidence, v.Evidence) || len(last.Evidence) != 2 {
					t.Errorf("the step is %+v, %v", last, err)
				}
			})
		})
	}
}

// E04, A19, A20, A21, A22: each refusal has its text and its line, and changes nothing.
func TestARefusedFileSaysWhyAndChangesNothing(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), st.Contract("Richiesta di Amira"))
	a := k.authority
	me := k.person()
	revoked, held := k.person(), k.person()
	a.Granted.Revoke(revoked.Certificate, start.Add(-time.Hour), 1)
	a.Granted.Revoke(held.Certificate, start.Add(-time.Hour), 6)
	issue := func(change st.Change) *st.Identity { return a.Issue(a.Granted, change) }
	pdf := st.PDF{}.Sign(k.frozen, me)
	before := k.request()
	for _, c := range []struct {
		reason string
		file   []byte
		text   string
	}{
		{"cf_mismatch", k.p7m(a.Person(a.Granted, others)), "Il codice fiscale nel certificato non è quello della tua richiesta."},
		{"cf_mismatch", st.PDF{}.Sign(k.frozen, a.Person(a.Granted, others)), "Devi firmare tu, con la tua firma digitale."},
		{"other_content", st.Message{Content: append([]byte("x"), k.frozen...)}.Sign(me), "Il file firmato non è il tuo contratto."},
		{"other_content", st.PDF{}.Sign(st.Contract("Un altro testo"), me), "Il file firmato non è il tuo contratto."},
		{"bad_signature", st.Message{Content: k.frozen, OtherDigest: true}.Sign(me), "La firma non corrisponde al contratto."},
		{"incremental_update", st.Update(pdf, map[int]string{4: "<< /Length 0 >>\nstream\n\nendstream"}), "Il PDF è stato modificato oltre alla firma."},
		{"several_signers", st.Message{Content: k.frozen, Others: []*st.Identity{a.Person(a.Granted, others)}}.Sign(me), "Nel file c’è più di una firma."},
		{"nested", st.Message{Content: k.p7m(me)}.Sign(me), "Il contratto è stato firmato due volte"},
		{"detached", st.Message{Content: k.frozen, Detached: true}.Sign(me), "contiene la firma ma non il contratto"},
		{"not_signed", k.frozen, "Il file non è firmato."},
		{"unsupported_format", []byte("una fotografia"), "Questo tipo di file non va bene."},
		{"too_large", make([]byte, signing.MaxBytes+1), "Il file è troppo grande."},
		{"revoked", k.p7m(revoked), "è stato revocato"},
		{"suspended", k.p7m(held), "è sospeso"},
		{"expired", k.p7m(k.person(expired)), "è scaduto"},
		{"cns_key", k.p7m(issue(st.CNS(mine))), "non con una firma digitale"},
		{"cie_fea", k.p7m(issue(st.CIE(mine))), "Carta d’identità elettronica"},
		{"chain_unknown", k.p7m(a.Person(a.Unlisted, mine)), "Non troviamo nell’elenco europeo"},
		{"issuer_withdrawn", k.p7m(a.Person(a.Withdrawn, mine)), "non è, o non era, un prestatore qualificato"},
		{"not_qualified", k.p7m(k.person(func(c *x509.Certificate) { c.ExtraExtensions = nil })), "non è qualificato"},
	} {
		k.advance(5 * time.Minute) // within what a request may upload
		page := k.send(c.file)
		page.Expect(http.StatusUnprocessableEntity, c.text)
		page.FormWith("file") // another one may be chosen at once
		if got := k.reasons(); len(got) == 0 || got[len(got)-1] != "signature_"+c.reason {
			t.Errorf("%s: the log says %v", c.reason, got)
		}
		if after := k.request(); after.Version != before.Version || after.State != enrolment.ContractReady || after.Data.Signed != nil {
			t.Fatalf("%s: %s at version %d", c.reason, after.State, after.Version)
		}
	}
	k.Submit(k.Get(k.base+way.Signature).FormWith("file")).Expect(http.StatusUnprocessableEntity, "Scegli il file firmato.")
	if kept := k.evidence(); len(kept) != 1 || len(kept[evidence.Contract]) != 1 {
		t.Errorf("kept of refused files: %v", kept)
	}
	if page := k.send(k.p7m(me)); page.URL.Path != way.Request || k.request().State != enrolment.OperatorCheck {
		t.Errorf("the right one: %d, %s", page.Status, k.request().State)
	}
	// A06: whoever comes back to the page is led to where the request goes on.
	if page := k.Get(k.base + way.Signature); page.URL.Path != way.Request {
		t.Errorf("after the identification the page is %s", page.URL)
	}
}

// Uploads ask authorities outside, so a request has so many.
func TestOneRequestUploadsSoOftenInAnHour(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), st.Contract("Richiesta"))
	for n := range 31 {
		page := k.send([]byte("niente"))
		if want := map[bool]int{true: http.StatusUnprocessableEntity, false: http.StatusTooManyRequests}[n < 30]; page.Status != want {
			t.Fatalf("upload %d: %d, want %d", n+1, page.Status, want)
		}
	}
	k.advance(time.Hour)
	if page := k.send(k.p7m(k.person())); page.URL.Path != way.Request {
		t.Errorf("an hour later: %d", page.Status)
	}
}

// Names written otherwise are for the operator to look at, not for a program to refuse.
func TestOtherNamesAreADoubtForTheOperator(t *testing.T) {
	if !words(t, "review.doubt.signature_names") {
		t.Error("operators have no words for the doubt")
	}
	for _, c := range []struct {
		given, family string
		doubt         bool
	}{
		{"Amirá", "PROVA", false}, {"AMIRA", "PRO VA", false}, {"AMIRA LUISA", "PROVA", true}, {"PROVA", "AMIRA", true}, {"", "", true},
	} {
		k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), st.Contract("Richiesta"))
		k.send(k.p7m(k.person(st.Named(c.given, c.family))))
		r := k.request()
		if r.Data.Verdict == nil {
			t.Fatalf("%s %s: %s", c.given, c.family, r.State)
		}
		if got := slices.Contains(r.Data.Verdict.Doubts, "signature_names"); got != c.doubt {
			t.Errorf("%q %q: doubt %v", c.given, c.family, got)
		}
	}
}

// What was frozen is compared with what the request says: an item exchanged in the vault
// accepts nobody.
func TestAnotherContractInTheVaultIsNeverSigned(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), st.Contract("Richiesta"))
	foreign := st.Contract("Un altro contratto")
	item, err := k.vault.Put(t.Context(), evidence.New{Request: "request", Kind: evidence.Contract, MediaType: "application/pdf", Author: "amira", Content: foreign})
	if err != nil {
		t.Fatal(err)
	}
	hash := k.request().Data.Contract.SHA256
	k.take(enrolment.FreezeContract, func(q *enrolment.Request) { q.Data.Contract.Evidence = item.ID })
	page := k.send(st.Message{Content: foreign}.Sign(k.person()))
	if r := k.request(); page.Status != http.StatusInternalServerError || r.State != enrolment.ContractReady || r.Data.Contract.SHA256 != hash {
		t.Errorf("%d, %s", page.Status, r.State)
	}
}

// A crash between evidence and step loses nothing: what was kept is there, the request
// stands where it stood, and the same file is taken again.
func TestAStepThatIsNotStoredLeavesTheEvidenceAndTheWayOpen(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		k := open(t, d, st.Contract("Richiesta"))
		file := k.p7m(k.person())
		k.steps.broken = 1
		if page := k.send(file); page.Status != http.StatusInternalServerError {
			t.Fatalf("%d", page.Status)
		}
		kept := k.evidence()
		if r := k.request(); r.State != enrolment.ContractReady || r.Data.Signed != nil || len(kept[evidence.SignedContract]) != 1 || len(kept[evidence.SignatureVerdict]) != 1 {
			t.Fatalf("%s with %v", r.State, kept)
		}
		if !bytes.Equal(k.content(kept[evidence.SignedContract][0].ID), file) {
			t.Error("the file that was kept is another")
		}
		k.send(file)
		if r := k.request(); r.State != enrolment.OperatorCheck || r.Data.Signed.File == kept[evidence.SignedContract][0].ID {
			t.Errorf("%s by %s", r.State, r.Data.Signed.File)
		}
	})
}

// A06: a second tab is led to where the request goes on.
func TestASecondTabIsLedToWhereTheRequestGoesOn(t *testing.T) {
	k := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), st.Contract("Richiesta"))
	second := k.Get(k.base + way.Signature).FormWith("file")
	k.send(k.p7m(k.person()))
	if page := k.Upload(second, map[string][]byte{"file": k.p7m(k.person())}); page.Status != http.StatusOK || page.URL.Path != way.Request || k.request().Version != 8 {
		t.Errorf("%d at %s, version %d", page.Status, page.URL, k.request().Version)
	}
}

func TestThePagesAreSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, signing.Pages()[0], signing.Views(), append(signing.Pages()[1:], way.Pages())...)
}
