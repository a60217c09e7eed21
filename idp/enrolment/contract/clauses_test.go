package contract

import (
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"atrio/assets"
)

// said is the Italian document of a form, in one text.
func said(t *testing.T, p *Press, f Form, version, lang string) string {
	t.Helper()
	_, blocks, err := p.document(f, version, lang)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, bl := range blocks {
		b.WriteString(bl.text + "\n")
		for _, i := range bl.items {
			b.WriteString(i.term + ": " + i.value + "\n")
		}
	}
	return b.String()
}

// I17, and what REG 5, 13, 18, 20 and 23 ask for.
func TestEveryRuleHasItsClause(t *testing.T) {
	p := press(t)
	for lang, wants := range map[string][]string{
		"it": {
			"sono gratuiti", "non ha scadenza", "recedere in ogni momento", "decade", "24 mesi non la usi", "sospend", "revoca è definitiva",
			"articoli 75 e 76 del DPR 28 dicembre 2000, n. 445", "Custodisci password", "Se perdi una credenziale", "articolo 18", "20 anni",
			"informativa completa, versione 2026-11", "https://identita.example.org/privacy", "AgID", "Garante", "DPCM 24 ottobre 2014", "90, 30 e 10 giorni",
		},
		"en": {
			"is free", "has no end date", "withdraw at any time", "lapses", "24 months", "suspend", "Revocation is final", "articles 75 and 76",
			"Keep passwords", "If you lose a credential", "article 18", "20 years", "version 2026-11", "AgID", "only the Italian text is signed and binding",
		},
	} {
		text := said(t, p, form(), "1", lang)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no clause says %q", lang, want)
			}
		}
		if strings.ContainsAny(text, "{}@") && strings.Contains(text, "{") {
			t.Errorf("%s: a name in braces is left", lang)
		}
	}
}

func TestTheTermsOfTheProviderStandInTheClauses(t *testing.T) {
	p, f := press(t), form()
	f.Terms = Terms{Price: 1205, PointFee: 500, Years: 2}
	text, english := said(t, p, f, "1", "it"), said(t, p, f, "1", "en")
	for _, want := range []string{"costano 12,05 euro", "chiederti 5,00 euro", "dura 2 anni", "Si rinnova solo con un tuo atto", "o alla fine del contratto"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if !strings.Contains(english, "costs 12.05 euro") || strings.Contains(text, "sono gratuiti") || strings.Contains(text, "non ha scadenza") {
		t.Error("both sides of a condition, or none")
	}
	f.Method, f.Terms.Years, f.Domicile = "video", 1, Address{}
	text = said(t, p, f, "1", "it")
	if strings.Contains(text, "chiederti") || !strings.Contains(text, "dura un anno") || strings.Contains(text, "Domicilio\n") {
		t.Error("the fee of a Point, a duration or a domicile that is not there")
	}
	f.Consents, f.Provider.Notice = nil, ""
	if text = said(t, p, f, "1", "it"); !strings.Contains(text, "nessun consenso") || strings.Contains(text, "si legge anche") {
		t.Error("no consents, or no address of the notice")
	}
}

// own are the built-in texts under another name, with changes.
func own(t *testing.T, version string, change map[string]func(string) string) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	for _, name := range []string{"it.md", "en.md", "it.json", "en.json"} {
		data, err := fs.ReadFile(embedded, "clauses/1/"+name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if c := change[name]; c != nil {
			text = c(text)
		}
		out[version+"/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestAnOldContractIsShownWithItsOwnTexts(t *testing.T) {
	old := frozen(t, form())
	before, err := press(t).HTML(old.Version, old.Form, "it", 2)
	if err != nil {
		t.Fatal(err)
	}
	rewritten := map[string]func(string) string{"it.md": func(s string) string { return strings.ReplaceAll(s, "Firma", "Sottoscrizione") }}
	texts := own(t, "9", rewritten)
	maps.Copy(texts, own(t, "10", rewritten))
	p, err := New(assets.FS(), texts)
	if err != nil {
		t.Fatal(err)
	}
	z, err := p.Freeze(form())
	if err != nil || z.Version != "10" || p.Version() != "10" || z.SHA256 == old.SHA256 {
		t.Fatalf("version %q: %v", z.Version, err)
	}
	after, err := p.HTML(old.Version, old.Form, "it", 2)
	if err != nil || after != before {
		t.Errorf("the old contract looks otherwise: %v", err)
	}
	now, err := p.HTML(z.Version, z.Form, "it", 2)
	if err != nil || !strings.Contains(string(now), "Sottoscrizione") {
		t.Errorf("the new texts are not shown: %v", err)
	}
}

func TestBrokenTextsAreToldAtTheStart(t *testing.T) {
	replace := func(file, from, to string) map[string]func(string) string {
		return map[string]func(string) string{file: func(s string) string {
			if !strings.Contains(s, from) {
				t.Fatalf("%s does not hold %q", file, from)
			}
			return strings.Replace(s, from, to, 1)
		}}
	}
	for name, c := range map[string]struct {
		version string
		change  map[string]func(string) string
	}{
		"a built-in version":     {"1", nil},
		"a strange name":         {"neu", nil},
		"an unknown word":        {"2", replace("it.md", "{price}", "{prize}")},
		"an unknown condition":   {"2", replace("it.md", "@if price", "@if prize")},
		"an open condition":      {"2", replace("it.md", "@if years", "@if years\n@if years")},
		"an end too many":        {"2", replace("it.md", "@signatures", "@signatures\n@end")},
		"unknown data":           {"2", replace("it.md", "@data person", "@data persona")},
		"an unknown order":       {"2", replace("it.md", "@signatures", "@firme")},
		"a level left out":       {"2", replace("it.md", "## 1.", "### 1.")},
		"two titles":             {"2", replace("it.md", "## 2.", "# 2.")},
		"no title":               {"2", replace("it.md", "# Richiesta", "Richiesta")},
		"a section left out":     {"2", replace("en.md", "## 8. Lapse\n", "")},
		"a label left out":       {"2", replace("en.json", `"person.sex": "Sex",`, "")},
		"an unnamed datum":       {"2", replace("it.json", `"person.sex": "Sesso"`, `"person.sex": ""`)},
		"labels that are broken": {"2", replace("it.json", "{", "")},
	} {
		if _, err := New(assets.FS(), own(t, c.version, c.change)); err == nil || !strings.HasPrefix(err.Error(), "contract: clauses") {
			t.Errorf("%s: %v", name, err)
		}
	}
	incomplete := own(t, "2", nil)
	delete(incomplete, "2/en.md")
	if _, err := New(assets.FS(), incomplete); err == nil {
		t.Error("a version without a translation was taken")
	}
}

func TestLaterVersionsAreThoseWithTheHigherNumber(t *testing.T) {
	for _, c := range [][2]string{{"2", "1"}, {"10", "9"}, {"2026-11", "1"}, {"2.1", "2"}, {"2b", "2a"}} {
		if !later(c[0], c[1]) || later(c[1], c[0]) {
			t.Errorf("%s is not after %s", c[0], c[1])
		}
	}
}
