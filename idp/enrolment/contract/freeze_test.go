package contract

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"

	"atrio/base/fault"
	"atrio/base/pdf/pdftest"
)

func TestTheSameFormGivesTheSameBytes(t *testing.T) {
	p, first := press(t), frozen(t, form())
	if first.SHA256 != sha256.Sum256(first.PDF) || first.Version != p.Version() || first.Version != "1" {
		t.Errorf("version %q, hash %x", first.Version, first.SHA256)
	}
	elsewhere := form()
	zone := time.FixedZone("", -5*3600)
	elsewhere.Prepared = elsewhere.Prepared.In(zone).Add(999 * time.Millisecond)
	elsewhere.Consents[0].At = elsewhere.Consents[0].At.In(zone)
	elsewhere.Person.BirthDate = time.Date(1985, time.March, 7, 23, 0, 0, 0, zone) // the day that the caller means
	elsewhere.Person.GivenName = "  Ada \u0110u\u031b\u0301c "                     // letters and marks apart
	joined := form()
	joined.Person.GivenName = "Ada Đứ" + "c"
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			z, err := p.Freeze(form())
			if err != nil || !bytes.Equal(z.PDF, first.PDF) || !bytes.Equal(z.Form, first.Form) {
				t.Errorf("another press or another time made a difference: %v", err)
			}
		})
	}
	wg.Wait()
	if a, b := frozen(t, elsewhere), frozen(t, joined); a.SHA256 != b.SHA256 || !bytes.Equal(a.Form, b.Form) {
		t.Error("the same said in another way is another document")
	}
}

// What is kept suffices to make the document again, byte for byte.
func TestTheStoredFormMakesTheSameDocument(t *testing.T) {
	for _, lang := range languages {
		f := form()
		f.Language = lang
		z := frozen(t, f)
		back, err := Read(z.Form)
		if err != nil {
			t.Fatal(err)
		}
		if again := frozen(t, back); again.SHA256 != z.SHA256 || !bytes.Equal(again.Form, z.Form) {
			t.Errorf("%s: the stored form makes another document", lang)
		}
	}
	if _, err := Read([]byte(`{"number":"1","more":1}`)); err == nil {
		t.Error("a form with an unknown field was read")
	}
}

func TestEveryDatumMakesAnotherDocument(t *testing.T) {
	seen := map[[32]byte]string{frozen(t, form()).SHA256: "the form itself"}
	for n := range (&Form{}).strings() {
		f := form()
		field := f.strings()[n]
		switch field.name {
		case "language":
			*field.value = "en"
		case "method":
			*field.value = "video"
		case "sex":
			*field.value = "M"
		default:
			*field.value += "7"
		}
		z := frozen(t, f)
		if other, known := seen[z.SHA256]; known {
			t.Errorf("%s makes the same document as %s", field.name, other)
		}
		seen[z.SHA256] = field.name
	}
}

func TestWhatIsMissingIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Form){
		"number": func(f *Form) { f.Number = "" }, "strange number": func(f *Form) { f.Number = "7KQ2 MX9A" }, "long number": func(f *Form) { f.Number = strings.Repeat("7", 40) },
		"name": func(f *Form) { f.Person.GivenName, f.Person.FamilyName = " ", "" }, "sex": func(f *Form) { f.Person.Sex = "X" },
		"birth date": func(f *Form) { f.Person.BirthDate = time.Time{} }, "birth place": func(f *Form) { f.Person.BirthPlace = "" },
		"codice fiscale": func(f *Form) { f.Person.FiscalCode = "" }, "citizenship": func(f *Form) { f.Person.Citizenship = "" },
		"e-mail": func(f *Form) { f.Contacts.Email = "" }, "phone": func(f *Form) { f.Contacts.Phone = "" },
		"document": func(f *Form) { f.Document = Document{} }, "expiry": func(f *Form) { f.Document.ExpiresOn = time.Time{} },
		"residence": func(f *Form) { f.Residence = Address{} }, "half a domicile": func(f *Form) { f.Domicile = Address{Street: "x"} },
		"method": func(f *Form) { f.Method = "guess" }, "language": func(f *Form) { f.Language = "xx" }, "time": func(f *Form) { f.Prepared = time.Time{} },
		"organisation": func(f *Form) { f.Provider.Organisation = "" }, "notice": func(f *Form) { f.NoticeVersion = "" },
		"contact of the provider": func(f *Form) { f.Provider.Mail, f.Provider.CertifiedMail, f.Provider.Phone = "", "", "" },
		"negative price":          func(f *Form) { f.Terms.Price = -1 }, "time of a consent": func(f *Form) { f.Consents[0].At = time.Time{} },
		"year": func(f *Form) { f.Person.BirthDate = time.Date(123456, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		f := form()
		change(&f)
		if _, err := press(t).Freeze(f); !errors.Is(err, errIncomplete) || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f := form()
	f.Consents = make([]Consent, mostConsents+1)
	if _, err := press(t).Freeze(f); !errors.Is(err, errTooLong) {
		t.Errorf("too many consents: %v", err)
	}
}

func TestOneNameIsAName(t *testing.T) {
	f := form()
	f.Person.GivenName = ""
	if got := paper(t, frozen(t, f)); !strings.Contains(got, squeeze(f.Person.FamilyName)) {
		t.Error("the only name is missing")
	}
}

// A signed paper must show what its bytes say.
func TestSignsThatPrintAsNothingAreRefused(t *testing.T) {
	for _, name := range []string{
		"Ada\x00", "Ada\nProva", "A\tB", "\u202eadA", "A\u200fB", "A\u2066B", "A\u200bB", "A\u00adB", "A\ufeffB", "A\u2028B", "A\u3000B", "A\u2003B",
		"A\ue000", "A\U000e0041", "A\ufe0f", "A\u3164", "A\u115f", "\u0301A", "a\u0316\u0317\u0318\u0319\u031c", "A\ufffd", "\xff", "A\u0378", "\u00ad",
	} {
		f := form()
		f.Person.GivenName = name
		_, err := press(t).Freeze(f)
		if !errors.Is(err, errUnprintable) {
			t.Errorf("%q: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), strings.ToValidUTF8(name, "")) && name != "\xff" {
			t.Errorf("%q stands in the error", name)
		}
	}
	for _, long := range []string{strings.Repeat("a", longest+1), strings.Repeat("王", longest*2)} {
		f := form()
		f.Person.GivenName = long
		if _, err := press(t).Freeze(f); !errors.Is(err, errTooLong) {
			t.Errorf("%d bytes: %v", len(long), err)
		}
	}
}

func TestTheFileIsOfOneRevisionAndHoldsNothingThatMoves(t *testing.T) {
	for lang, pages := range map[string]int{"it": 4, "en": 8} {
		f := form()
		f.Language = lang
		z := frozen(t, f)
		file, err := pdftest.Read(z.PDF)
		if err != nil {
			t.Fatal(err)
		}
		if file.Pages != pages {
			t.Errorf("%s: %d pages, want %d", lang, file.Pages, pages)
		}
		if len(z.PDF) > 160_000 {
			t.Errorf("%s: %d bytes", lang, len(z.PDF))
		}
	}
}

func TestWithoutFontsTheErrorSaysWhatToRun(t *testing.T) {
	_, err := New(fstest.MapFS{}, nil)
	if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "make assets") {
		t.Errorf("got %v", err)
	}
	broken := fstest.MapFS{"dejavu-sans.ttf": {Data: []byte("x")}, "dejavu-sans-bold.ttf": {Data: []byte("x")}}
	if _, err := New(broken, nil); err == nil {
		t.Error("a broken font was taken")
	}
}

func FuzzFreeze(f *testing.F) {
	p := press(f)
	f.Add("Ada", "D’Esempio", "via Inventata 1", "AA00000AA", "en", uint8(3), 1)
	f.Add("王\u0301", "<script>", "\\) endobj", "# titolo", "it", uint8(0), 9999)
	f.Add("\u202e", "\xff", strings.Repeat("W", 300), "@if price", "it", uint8(7), -1)
	f.Fuzz(func(t *testing.T, given, family, street, number, lang string, method uint8, terms int) {
		in := form()
		in.Person.GivenName, in.Person.FamilyName, in.Residence.Street, in.Document.Number, in.Language = given, family, street, number, lang
		in.Method, in.Provider.Organisation, in.Consents[0].Key = methods[int(method)%len(methods)], family, number
		in.Terms = Terms{Price: terms, PointFee: terms / 2, Years: terms % 10}
		z, err := p.Freeze(in)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatal(err)
			}
			return
		}
		if _, err := pdftest.Read(z.PDF); err != nil {
			t.Fatal(err)
		}
		html, err := p.HTML(z.Version, z.Form, lang, 2)
		if err != nil || !utf8.ValidString(string(html)) {
			t.Fatalf("html: %v", err)
		}
		back, err := Read(z.Form)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := p.Freeze(back); err != nil || again.SHA256 != z.SHA256 {
			t.Fatalf("the stored form makes another document: %v", err)
		}
	})
}

func BenchmarkFreeze(b *testing.B) {
	p, f := press(b), form()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Freeze(f); err != nil {
			b.Fatal(err)
		}
	}
}
