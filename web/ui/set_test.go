package ui_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"atrio/web/ui"
)

func theme() ui.Theme {
	return ui.Theme{Institution: ui.Text{IT: "Università di Prova", EN: "Test University"}, Service: ui.Text{IT: "Accesso"}}
}

// files makes a file system of pages from name, content pairs.
func files(pairs ...string) fs.FS {
	m := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return m
}

func page(main string) string {
	return `{{define "title"}}Titolo{{end}}{{define "main"}}` + main + `{{end}}`
}

func render(t *testing.T, set *ui.Set, name, lang string, view any) string {
	t.Helper()
	var out bytes.Buffer
	if err := set.Render(&out, name, lang, ui.Layout{}, view); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func one(t *testing.T, main string, view any) (string, error) {
	t.Helper()
	set, err := ui.NewSet(theme(), ui.Pages{Name: "p", FS: files("pages/a.html", page(main))})
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = set.Render(&out, "p/a", "it", ui.Layout{}, view)
	return out.String(), err
}

func TestPagesOfTheSameNameDoNotMeet(t *testing.T) {
	local := page(`{{template "row" 1}}`) + `{{define "row"}}<b>ONE {{.}}</b>{{end}}`
	other := page(`{{if true}}{{template "row" 2}}{{end}}`) + `{{define "row"}}<b>TWO {{.}}</b>{{end}}`
	set, err := ui.NewSet(theme(),
		ui.Pages{Name: "x", FS: files("pages/a.html", local)},
		ui.Pages{Name: "y", FS: files("pages/a.html", other)})
	if err != nil {
		t.Fatal(err)
	}
	if got := render(t, set, "x/a", "it", nil); !strings.Contains(got, "ONE 1") || strings.Contains(got, "TWO") {
		t.Error("x/a must use its own row")
	}
	if got := render(t, set, "y/a", "it", nil); !strings.Contains(got, "TWO 2") {
		t.Error("y/a must use its own row")
	}
}

func TestWhatPagesOfAPackageShareStaysInIt(t *testing.T) {
	mine := files("pages/a.html", page(`A {{template "row" 1}}`), "pages/b.html", page(`B {{template "row" 2}}`), "pages/shared/row.html", `{{define "row"}}<b>ROW {{.}}</b>{{end}}`)
	set, err := ui.NewSet(theme(), ui.Pages{Name: "x", FS: mine})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := render(t, set, "x/a", "it", nil), render(t, set, "x/b", "en", nil); !strings.Contains(a, "A <b>ROW 1</b>") || !strings.Contains(b, "B <b>ROW 2</b>") {
		t.Error("both pages must show the row")
	}
	if names := set.Names(); len(names) != 2 {
		t.Errorf("pages are %v", names)
	}
	if _, err := ui.NewSet(theme(), ui.Pages{Name: "x", FS: mine}, ui.Pages{Name: "y", FS: files("pages/a.html", page(`{{template "row" 1}}`))}); err == nil {
		t.Error("another package reaches the row")
	}
	twice := files("pages/a.html", page(`{{template "row" 1}}`)+`{{define "row"}}own{{end}}`, "pages/shared/row.html", `{{define "row"}}x{{end}}`)
	if _, err := ui.NewSet(theme(), ui.Pages{Name: "x", FS: twice}); err == nil {
		t.Error("a page says again what is shared")
	}
}

func TestAPageSpeaksTheLanguageItIsRenderedIn(t *testing.T) {
	set, err := ui.NewSet(theme(), ui.Pages{Name: "p", FS: files(
		"pages/a.html", `{{define "title"}}{{t "p.t"}}{{end}}{{define "main"}}{{lang}} {{date .}} {{th "p.h" "x" "<"}}{{end}}`,
		"pages/long.it.html", page("lungo"), "pages/long.en.html", page("long"),
		"texts/it.json", `{"p.t":"Titolo & co","p.h":"<em>{x}</em>"}`, "texts/en.json", `{"p.t":"Title","p.h":"<em>{x}</em>"}`,
	)})
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	it, en := render(t, set, "p/a", "it", day), render(t, set, "p/a", "en", day)
	for _, x := range []struct{ page, want string }{
		{it, `<html lang="it">`}, {it, "<title>Titolo &amp; co – Accesso</title>"}, {it, "it 1 maggio 2026 <em>&lt;</em>"},
		{en, `<html lang="en">`}, {en, "en 1 May 2026"}, {en, "Test University"},
		{render(t, set, "p/long", "it", nil), "lungo"}, {render(t, set, "p/long", "en", nil), "long"},
	} {
		if !strings.Contains(x.page, x.want) {
			t.Errorf("%q is not in the page", x.want)
		}
	}
}

func TestWhatAPersonTypedIsEscaped(t *testing.T) {
	got, err := one(t, `{{.}}{{template "field" (dict "name" "n" "label" . "value" .)}}`, `"><script>alert(1)</script>`)
	if err != nil || strings.Contains(got, "<script>alert") {
		t.Errorf("the value must be escaped (%v)", err)
	}
}

func TestAFieldIsTiedToItsHintAndItsError(t *testing.T) {
	view := struct {
		ui.Errors
		Email string
	}{ui.Errors{{Field: "email", Key: "ui.steps", Args: []any{"current", 1, "total", 2}}}, "x"}
	got, err := one(t, `{{template "errors" .Errors}}{{template "field" (dict "name" "email" "label" "E-mail" "hint" "H" "value" .Email "error" (.Err "email") "required" true)}}`, view)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<a href="#email">Passo 1 di 2</a>`, `<label class="active" for="email">E-mail</label>`,
		`aria-describedby="email-hint email-error"`, `aria-invalid="true"`, `id="email-error"`, `value="x"`, ` required`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
	if got, err = one(t, `{{template "errors" .Errors}}{{template "field" (dict "name" "email" "label" "E" "error" (.Err "email"))}}`, struct{ ui.Errors }{}); err != nil ||
		strings.Contains(got, "atrio-error") || !strings.Contains(got, "(facoltativo)") {
		t.Errorf("a field without error must look so (%v)", err)
	}
}

func TestFaultyPagesAreFoundAtTheStart(t *testing.T) {
	for name, fsys := range map[string]fs.FS{
		"without main":             files("pages/a.html", `{{define "title"}}x{{end}}`),
		"with content outside":     files("pages/a.html", page("x")+"outside"),
		"with an unknown function": files("pages/a.html", page(`{{nope}}`)),
		"with a missing twin":      files("pages/a.it.html", page("x")),
		"with a missing text":      files("pages/a.html", page("x"), "texts/it.json", `{"a":"b"}`, "texts/en.json", `{}`),
		"without pages and texts":  files(),
	} {
		if _, err := ui.NewSet(theme(), ui.Pages{Name: "p", FS: fsys}); err == nil {
			t.Errorf("a set %s must be refused", name)
		}
	}
	p := ui.Pages{Name: "p", FS: files("pages/a.html", page("x"))}
	if _, err := ui.NewSet(theme(), p, p); err == nil {
		t.Error("a page defined twice must be refused")
	}
}

func TestSlipsOfThePenInAPageAreErrors(t *testing.T) {
	for _, main := range []string{
		`{{t "no.such.key"}}`, `{{t "ui.steps" "current" 1}}`, `{{.NoSuchField}}`, `{{(dict "a" 1).b}}`,
		`{{template "field" (dict "label" "x")}}`, `{{template "field" (dict "name" "a" "label" "x" "colour" "red")}}`,
		`{{dict "a"}}`, `{{errorText 1}}`, `{{template "nothing" .}}`,
	} {
		if got, err := one(t, main, struct{ X int }{}); err == nil {
			t.Errorf("%s must fail, gives %s", main, got)
		}
	}
	set, err := ui.NewSet(theme(), ui.Pages{Name: "p", FS: files("pages/a.html", page("x"))})
	if err != nil {
		t.Fatal(err)
	}
	if set.Render(&bytes.Buffer{}, "p/none", "it", ui.Layout{}, nil) == nil {
		t.Error("an unknown page must fail")
	}
	if got := render(t, set, "p/a", "de", nil); !strings.Contains(got, `<html lang="it">`) {
		t.Error("an unknown language must give the default one")
	}
}

func TestEveryComponentRenders(t *testing.T) {
	got, err := one(t, `
{{template "callout" (dict "kind" "info" "title" "T" "text" "X")}}{{template "callout" (dict "kind" "warning" "html" (th "ui.skip"))}}
{{template "callout" (dict "kind" "danger" "text" "X" "role" "alert")}}{{template "callout" (dict "kind" "success" "text" "X")}}
{{template "steps" (dict "current" 2 "total" 4 "title" "Dati")}}
{{template "password" (dict "name" "pw" "label" "Password" "required" true)}}{{template "code" (dict "name" "otp" "label" "Codice" "digits" 6)}}
{{template "check" (dict "name" "ok" "label" "Sì" "checked" true)}}
{{template "choice" (dict "name" "c" "label" "Scegli" "value" "b" "error" "No" "options" (list (dict "value" "a" "label" "A") (dict "value" "b" "label" "B" "hint" "H")))}}
{{template "select" (dict "name" "s" "label" "S" "value" 2 "empty" "-" "options" (list (dict "value" 1 "label" "uno") (dict "value" 2 "label" "due")))}}
{{template "tabs" (dict "label" "Sezioni" "items" (list (dict "url" "/a" "label" "A" "current" true) (dict "url" "/b" "label" "B")))}}
{{template "card" (dict "title" "C" "text" "X" "href" "/c" "icon" "it-user")}}{{template "copy" (dict "id" "k" "value" "ABC" "label" "Chiave")}}
{{template "countdown" (dict "seconds" 1)}}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Passo 2 di 4", `type="password"`, `autocomplete="one-time-code"`, `inputmode="numeric"`, `value="b" checked`,
		`<option value="2" selected>due</option>`, `aria-current="page"`, "#it-user", `data-copy="k"`, "1 secondo", `role="alert"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
}

func TestTheLayoutShowsWhoIsSignedInAndTheDemo(t *testing.T) {
	set, err := ui.NewSet(theme(), ui.Pages{Name: "p", FS: files("pages/a.html", page("x"))})
	if err != nil {
		t.Fatal(err)
	}
	layout := ui.Layout{
		User: "Ada", UserURL: "/me", LogoutURL: "/logout", Nav: []ui.NavItem{{Key: "ui.help", URL: "/h", Current: true}}, Demo: true,
		Links: []ui.LangLink{{Lang: "it", URL: "/?lang=it", Current: true}, {Lang: "en", URL: "/?lang=en"}},
	}
	var full, plain bytes.Buffer
	if err := set.Render(&full, "p/a", "it", layout, nil); err != nil {
		t.Fatal(err)
	}
	layout.Plain, layout.Demo = true, false
	if err := set.Render(&plain, "p/a", "it", layout, nil); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{`action="/logout"`, `href="/me"`, "Federazione di prova", `aria-current="page"`} {
		if !strings.Contains(full.String(), s) || strings.Contains(plain.String(), s) {
			t.Errorf("%s belongs to the full layout only", s)
		}
	}
	if !strings.Contains(plain.String(), `<a href="/?lang=en" lang="en" hreflang="en"><abbr title="English">ENG</abbr></a>`) {
		t.Error("the language links must always be there")
	}
}
