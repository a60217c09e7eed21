package ui_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"atrio/web"
	"atrio/web/ui"
)

func TestDataKeptAsCodesAreShownInWords(t *testing.T) {
	pages := ui.Pages{Name: "test", FS: fstest.MapFS{
		"pages/datum.html": {Data: []byte(`{{define "title"}}{{t "test.x"}}{{end}}{{define "main"}}<h1>[{{datum .Kind .Value}}]</h1>{{end}}`)},
		"texts/it.json":    {Data: []byte(`{"test.x": "x"}`)},
		"texts/en.json":    {Data: []byte(`{"test.x": "x"}`)},
	}}
	set, err := web.NewPages(ui.Theme{Institution: ui.Text{IT: "A"}, Service: ui.Text{IT: "B"}}, pages)
	if err != nil {
		t.Fatal(err)
	}
	type view struct{ Kind, Value string }
	for _, c := range []struct{ kind, value, it, en string }{
		{ui.DateDatum, "1999-03-12", "12 marzo 1999", "12 March 1999"},
		{ui.DateDatum, "marzo 1999", "marzo 1999", "marzo 1999"},
		{ui.SexDatum, "F", "Femminile", "Female"},
		{ui.SexDatum, "M", "Maschile", "Male"},
		{ui.SexDatum, "X", "X", "X"},
		{ui.StatesDatum, "IT XX", "italiana, di un altro Stato", "Italian, of another state"},
		{ui.StatesDatum, "Z110", "Z110", "Z110"},
		{ui.PhoneDatum, "+393310000001", "+39 331 000 0001", "+39 331 000 0001"},
		{ui.PhoneDatum, "3310000001", "331 000 0001", "331 000 0001"},
		{ui.PhoneDatum, "+33612345678", "+33612345678", "+33612345678"},
		{ui.PlaceDatum, "F205", "F205 (codice catastale)", "F205 (land registry code)"},
		{ui.PlaceDatum, "Lyon", "Lyon", "Lyon"},
		{ui.FiscalCodeDatum, "TINIT-SMPBNC99C52F205O", "SMPBNC99C52F205O", "SMPBNC99C52F205O"},
		{"", "F205", "F205", "F205"},
	} {
		for lang, want := range map[string]string{"it": c.it, "en": c.en} {
			var out bytes.Buffer
			if err := set.Render(&out, "test/datum", lang, ui.Layout{}, view{c.kind, c.value}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(strings.ReplaceAll(out.String(), "&#43;", "+"), "["+want+"]") {
				t.Errorf("%s %q in %s is not %q", c.kind, c.value, lang, want)
			}
		}
	}
}

func TestPlacesAreNamedWhereSomebodyKnowsThem(t *testing.T) {
	pages := ui.Pages{Name: "test", FS: fstest.MapFS{
		"pages/datum.html": {Data: []byte(`{{define "title"}}{{t "test.x"}}{{end}}{{define "main"}}<h1>[{{datum "place" .}}]</h1>{{datum "states" (printf "IT %s" .)}}{{end}}`)},
		"texts/it.json":    {Data: []byte(`{"test.x": "x"}`)},
		"texts/en.json":    {Data: []byte(`{"test.x": "x"}`)},
	}}
	set, err := web.NewPages(ui.Theme{Institution: ui.Text{IT: "A"}, Service: ui.Text{IT: "B"}}, pages)
	if err != nil {
		t.Fatal(err)
	}
	set.NamePlaces(func(lang, code string) string {
		return map[string]string{"it F205": "Milano (MI)", "en F205": "Milano (MI)", "it Z112": "Germania", "en Z112": "Germany"}[lang+" "+code]
	})
	for value, want := range map[string][2]string{
		"F205": {"Milano (MI)", "Milano (MI)"}, "Z112": {"Germania", "Germany"},
		"X999": {"X999 (codice catastale)", "X999 (land registry code)"}, "Lyon": {"Lyon", "Lyon"},
	} {
		for i, lang := range []string{"it", "en"} {
			var out bytes.Buffer
			if err := set.Render(&out, "test/datum", lang, ui.Layout{}, value); err != nil {
				t.Fatal(err)
			}
			if value == "Z112" && !strings.Contains(out.String(), "talian, "+want[i]) && !strings.Contains(out.String(), "taliana, "+want[i]) {
				t.Errorf("citizenships in %s: %s", lang, out.String())
			}
			if !strings.Contains(out.String(), "["+want[i]+"]") {
				t.Errorf("%q in %s is not %q", value, lang, want[i])
			}
		}
	}
}
