package ui_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"atrio/web/ui"
)

func TestAThemeCannotMakeTextUnreadableOrLoadAnything(t *testing.T) {
	for name, change := range map[string]func(*ui.Theme){
		"a pale brand colour":         func(t *ui.Theme) { t.Properties = map[string]string{"--atrio-brand": "#6cf"} },
		"a brand colour in words":     func(t *ui.Theme) { t.Properties = map[string]string{"--atrio-brand": "blue"} },
		"broken hexadecimal":          func(t *ui.Theme) { t.Properties = map[string]string{"--atrio-brand": "#00zz00"} },
		"an address":                  func(t *ui.Theme) { t.Properties = map[string]string{"--x": "URL(x)"} },
		"the end of the declaration":  func(t *ui.Theme) { t.Properties = map[string]string{"--x": "red;} body{color:red"} },
		"a property that is not ours": func(t *ui.Theme) { t.Properties = map[string]string{"color": "red"} },
		"a logo of unknown type":      func(t *ui.Theme) { t.Logo, t.LogoType = []byte("x"), "text/html" },
		"no name":                     func(t *ui.Theme) { t.Service = ui.Text{} },
		"a text that nobody uses":     func(t *ui.Theme) { t.Texts = fstest.MapFS{"it.json": {Data: []byte(`{"nope":"x"}`)}} },
	} {
		th := theme()
		change(&th)
		if _, err := ui.NewSet(th, ui.Pages{Name: "p", FS: files("pages/a.html", page("x"))}); err == nil {
			t.Errorf("%s must be refused", name)
		}
	}
}

func TestAThemeChangesColoursAndTexts(t *testing.T) {
	th := theme()
	th.Properties = map[string]string{"--atrio-brand": "#604", "--atrio-brand-dark": "#440022"}
	th.Texts = fstest.MapFS{"it.json": {Data: []byte(`{"ui.help":"Sportello"}`)}}
	th.Help = "/help"
	set, err := ui.NewSet(th, ui.Pages{Name: "p", FS: files("pages/a.html", page("x"))})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(th.CSS()); got != ":root{--atrio-brand:#604;--atrio-brand-dark:#440022;}\n" {
		t.Errorf("CSS: %s", got)
	}
	if got := render(t, set, "p/a", "it", nil); !strings.Contains(got, "Sportello") {
		t.Error("the theme's text must show")
	}
	if theme().CSS() != nil {
		t.Error("no properties, no style sheet")
	}
}
