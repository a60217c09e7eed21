package sealed_test

import (
	"strings"
	"testing"
	"time"

	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/rao/sealed"
	st "atrio/idp/proofing/signature/signaturetest"
)

var start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

const someone = "PRVMRA83E50A744N"

// 1.8: what was sealed is read again, and opens with its code alone.
func TestATokenOpensWithItsCodeAlone(t *testing.T) {
	a := st.New(start)
	c, code := raotest.Claims(someone, start), sealed.NewHalves()
	token, err := raotest.Seal(a, a.Granted).Token(c, raotest.Data(c), code)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(token, code.First) && strings.Contains(token, code.Second) {
		t.Error("the token has its code")
	}
	read, err := sealed.Read(token)
	if err != nil || read.Claims != c {
		t.Fatalf("%+v, %v", read.Claims, err)
	}
	d, err := read.Open(code)
	if err != nil || d != raotest.Data(c) {
		t.Errorf("%+v, %v", d, err)
	}
	for _, wrong := range []sealed.Halves{{First: code.Second, Second: code.First}, {First: code.First}, {First: strings.ToLower(code.First), Second: code.Second + " "}, {}} {
		if _, err := read.Open(wrong); sealed.Of(err) != sealed.Code {
			t.Errorf("opens with %+v: %v", wrong, err)
		}
	}
	if _, err := (sealed.Seal{}).Token(c, raotest.Data(c), code); err == nil {
		t.Error("sealed without a certificate")
	}
}

func TestCodesAreDrawnFromAllSigns(t *testing.T) {
	seen, codes := map[rune]bool{}, map[sealed.Halves]bool{}
	for range 500 {
		h := sealed.NewHalves()
		if got, ok := sealed.ReadHalves(" "+h.First+"\t", h.Second[:3]+" "+h.Second[3:]); !ok || got != h || codes[h] {
			t.Fatalf("%+v is read as %+v", h, got)
		}
		codes[h] = true
		for _, r := range h.First + h.Second {
			seen[r] = true
		}
	}
	if len(seen) != 57 || seen['0'] || seen['O'] || seen['l'] || seen['1'] || seen['I'] {
		t.Errorf("%d signs", len(seen))
	}
}

func FuzzATokenIsReadOrRefused(f *testing.F) {
	a := st.New(start)
	c := raotest.Claims(someone, start)
	token, err := raotest.Seal(a, a.Granted).Token(c, raotest.Data(c), sealed.Halves{First: "Abc234", Second: "Xyz789"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{token, "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", strings.ToLower(token)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		read, err := sealed.Read(sealed.Strip(in))
		switch {
		case err != nil && sealed.Of(err) == "":
			t.Errorf("%v is no refusal", err)
		case err == nil && (read.Claims.Issuer != c.Issuer || read.Claims.ID != c.ID || read.Claims.FiscalCode != c.FiscalCode):
			t.Errorf("nobody sealed this: %+v", read.Claims) // each process has keys of its own, and all seal the same
		}
	})
}
