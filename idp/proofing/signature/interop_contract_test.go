package signature_test

import (
	"strings"
	"testing"
	"time"

	"atrio/assets"
	contracts "atrio/idp/enrolment/contract"
	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/pdfsigned"
	"atrio/idp/proofing/signature/refusal"
	st "atrio/idp/proofing/signature/signaturetest"
)

// realContract is one as the program freezes it: tagged, with fonts and structure.
func realContract(t *testing.T) []byte {
	t.Helper()
	press, err := contracts.New(assets.FS(), nil)
	if err != nil {
		t.Fatal("the assets are not built: run `make assets`: ", err)
	}
	day := time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)
	z, err := press.Freeze(contracts.Form{
		Number: "AB10-2131", Language: "it", Prepared: time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC), Method: "signature", NoticeVersion: "1",
		Provider:   contracts.Provider{Name: "Identità di prova", Organisation: "Gestore di prova", Address: "Via di Prova 1, Roma", Mail: "aiuto@example.org"},
		Person:     contracts.Person{GivenName: "Mario", FamilyName: "Rossi", Sex: "M", BirthDate: day, BirthPlace: "Roma", BirthProvince: "RM", Citizenship: "italiana", FiscalCode: cf},
		Contacts:   contracts.Contacts{Email: "mario@example.org", Phone: "+393330000009"},
		Residence:  contracts.Address{Street: "Via di Prova 1", PostalCode: "00100", Municipality: "Roma", Province: "RM"},
		Document:   contracts.Document{Kind: "cartaIdentita", Number: "CA00000AA", Issuer: "Comune di Roma", IssuedOn: day.AddDate(40, 0, 0), ExpiresOn: day.AddDate(50, 0, 0)},
		HealthCard: contracts.HealthCard{Number: "80380000000000000009", ExpiresOn: day.AddDate(50, 0, 0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return z.PDF
}

// What people sign is the contract as the program makes it, not a small PDF of a test.
func TestOtherProgramsSignTheContractAsItIsFrozen(t *testing.T) {
	a, frozen := newAbroad(t), realContract(t)
	if err := pdfsigned.Check(frozen); err != nil {
		t.Fatal(err)
	}
	mario := a.IssueFor(a.Granted, st.RSAKey(), st.Qualified("TINIT-"+cf))
	a.keyring(mario)
	a.write("contract.pdf", frozen)
	judge := func(name string, upload []byte, form signature.Format) {
		t.Helper()
		v, err := a.Verify(t.Context(), signature.Request{Contract: frozen, FiscalCode: cf, Upload: upload, At: time.Now()})
		if err != nil || v.Format != form {
			t.Errorf("%s: %s, %v", name, v.Format, err)
		}
	}
	a.run("pdfsig", "-nssdir", "nss", "-add-signature", "-nick", "mario", "contract.pdf", "signed.pdf") // its exit status says nothing: see the file
	judge("by pdfsig", a.read("signed.pdf"), signature.PAdES)
	a.must("openssl", "cms", "-sign", "-cades", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256", "-signer", "mario.pem", "-inkey", "mario.key", "-in", "contract.pdf", "-out", "signed.p7m")
	judge("by OpenSSL", a.read("signed.p7m"), signature.CAdES)
	ours, err := st.SignPDF(frozen, mario)
	if err != nil {
		t.Fatal(err)
	}
	judge("by the demonstration", ours, signature.PAdES)
	a.write("ours.pdf", ours)
	if out, _ := a.run("pdfsig", "-nssdir", "nss", "-no-ocsp", "ours.pdf"); !strings.Contains(out, "Signature is Valid") || !strings.Contains(out, "  - Total document signed") {
		t.Errorf("pdfsig about ours: %s", out)
	}
	again, err := st.SignPDF(ours, mario)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Verify(t.Context(), signature.Request{Contract: frozen, FiscalCode: cf, Upload: again, At: time.Now()}); refusal.Of(err) != refusal.SeveralSigners {
		t.Errorf("signed twice: %v", err)
	}
}
