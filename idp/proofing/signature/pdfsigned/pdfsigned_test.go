package pdfsigned_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"atrio/idp/proofing/signature/pdfsigned"
	"atrio/idp/proofing/signature/refusal"
	st "atrio/idp/proofing/signature/signaturetest"
)

var (
	now      = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	contract = st.Contract("Richiesta di Prova Fittizia")
)

func TestWhatIsSignedIsTheFileWithoutContents(t *testing.T) {
	a := st.New(now)
	pdf := st.PDF{Keys: "/M (D:20261128130000+01'00') "}.Sign(contract, a.Person(a.Granted, "RSSMRA80A01H501U"))
	s, err := pdfsigned.Read(contract, pdf)
	if err != nil {
		t.Fatal(err)
	}
	gap := pdf[len(s.Before) : len(pdf)-len(s.After)]
	if !bytes.HasPrefix(pdf, s.Before) || !bytes.HasSuffix(pdf, s.After) || gap[0] != '<' || gap[len(gap)-1] != '>' || len(gap) != 2*len(s.CMS)+2 {
		t.Errorf("before %d, gap %d, after %d of %d", len(s.Before), len(gap), len(s.After), len(pdf))
	}
	if !s.Claimed.Equal(now) || s.SubFilter != pdfsigned.PAdES {
		t.Errorf("%v %v", s.Claimed, s.SubFilter)
	}
}

func TestAnnotationsOfTheContractStay(t *testing.T) {
	mario := st.New(now)
	signer := mario.Person(mario.Granted, "RSSMRA80A01H501U")
	page := func(annotations string) string {
		return strings.TrimSuffix(st.Page, ">>") + "/Annots " + annotations + " >>"
	}
	own := st.ContractWith("Prova", map[int]string{3: page("[19 0 R]"), 19: "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>"})
	for annotations, want := range map[string]refusal.Reason{
		"[19 0 R 8 0 R]": "",
		"[8 0 R]":        refusal.IncrementalUpdate,
		"[8 0 R 19 0 R]": refusal.IncrementalUpdate,
		"[]":             refusal.IncrementalUpdate,
		"null":           refusal.IncrementalUpdate,
		"[19 0 R]":       "", // a field that shows nowhere
	} {
		if _, err := pdfsigned.Read(own, st.PDF{Objects: map[int]string{3: page(annotations)}}.Sign(own, signer)); refusal.Of(err) != want || (err == nil) != (want == "") {
			t.Errorf("%s: %v, want %q", annotations, err, want)
		}
	}
}

func TestCommentsOfProgramsStandBetweenObjects(t *testing.T) {
	plain := st.Update(contract, map[int]string{6: "<< /Title (x) >>"})
	with := func(comment string) []byte {
		at := bytes.LastIndex(plain, []byte("startxref"))
		return append(append(bytes.Clone(plain[:at]), comment...), plain[at:]...)
	}
	for comment, want := range map[string]refusal.Reason{
		"%a program 1.0\n":         refusal.NotSigned,
		"%a program\r%another\r\n": refusal.NotSigned,
		"%\x00\n":                  refusal.NotSigned, // no signature at all is said first
		"%ByteRange\n":             refusal.NotSigned,
		"%ByteRange \x01\n":        refusal.Malformed,
		"%ByteRange\n10 0 obj 1\n": refusal.Malformed,
		"%%EOF %ByteRange\n":       refusal.Malformed,
	} {
		if _, err := pdfsigned.Read(contract, with(comment)); refusal.Of(err) != want {
			t.Errorf("%q: %v, want %s", comment, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	a := st.New(now)
	mario := a.Person(a.Granted, "RSSMRA80A01H501U")
	for _, p := range []st.PDF{{}, {SubFilter: pdfsigned.PKCS7}, {Objects: map[int]string{10: "<< /S /JavaScript >>"}}, {Objects: map[int]string{10: "[ (a\\)b) <0a> 1.5 true null /n#61me ]"}}} {
		f.Add(p.Sign(contract, mario)[len(contract):])
	}
	f.Add(st.Update(st.PDF{}.Sign(contract, mario), map[int]string{4: "<< >>"})[len(contract):])
	f.Fuzz(func(t *testing.T, tail []byte) {
		upload := append(bytes.Clone(contract), tail...)
		s, err := pdfsigned.Read(contract, upload)
		if err != nil {
			if refusal.Of(err) == "" {
				t.Fatalf("the contract is blamed: %v", err)
			}
			return
		}
		gap := len(upload) - len(s.Before) - len(s.After)
		if gap != 2*len(s.CMS)+2 || upload[len(s.Before)] != '<' || !bytes.HasPrefix(s.Before, contract) || !bytes.HasSuffix(upload, s.After) {
			t.Fatalf("signed %d and %d of %d", len(s.Before), len(s.After), len(upload))
		}
		if bytes.Count(upload[len(contract):], []byte("%%EOF")) > 1 && bytes.Count(s.After, []byte("startxref")) > 1 {
			t.Fatal("two revisions pass for one")
		}
	})
}

// A contract is our own file, but whoever freezes one asks first.
func FuzzCheck(f *testing.F) {
	f.Add(contract)
	f.Add(st.Update(contract, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := pdfsigned.Check(data); err != nil && refusal.Of(err) != "" {
			t.Fatalf("a refusal: %v", err)
		}
	})
}
