package ui_test

import (
	"strings"
	"testing"

	"atrio/web"
	"atrio/web/ui"
)

func TestASummaryNamesTheFieldsOfEqualErrors(t *testing.T) {
	form := `{{template "errors" .Errors}}<form>
{{template "field" (dict "name" "seal" "label" "Sigillo <A>" "error" (.Err "seal"))}}
{{template "field" (dict "name" "key" "label" "Chiave." "required" true "error" (.Err "key"))}}
{{template "choice" (dict "name" "kind" "label" "Che tipo?" "options" (list (dict "value" "a" "label" "A")) "error" (.Err "kind"))}}
{{template "field" (dict "name" "mail" "label" "Posta" "error" (.Err "mail"))}}</form>`
	const empty, address = "ui.password.show", "ui.password.hide"
	view := struct{ ui.Errors }{ui.Errors{{Field: "seal", Key: empty}, {Field: "key", Key: empty}, {Field: "kind", Key: empty}, {Field: "absent", Key: empty}, {Field: "mail", Key: address}}}
	out, err := one(t, form, view)
	if err != nil {
		t.Fatal(err)
	}
	summary, rest, _ := strings.Cut(out[strings.Index(out, "atrio-errors"):], "</ul>")
	for _, want := range []string{
		`<a href="#seal">Sigillo &lt;A&gt;: Mostra</a>`,
		`<a href="#key">Chiave: Mostra</a>`,
		`<a href="#kind">Che tipo? Mostra</a>`,
		`<a href="#absent">Mostra</a>`, // no label: the line stays
		`<a href="#mail">Nascondi</a>`, // said once: the line stays
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary has no %s:\n%s", want, summary)
		}
	}
	if strings.Contains(rest, "Chiave: ") {
		t.Errorf("what stands beside a field has its name again:\n%s", rest)
	}
}

func TestASummaryOfDifferentErrorsStaysAsItIs(t *testing.T) {
	out, err := one(t, `{{template "errors" .Errors}}{{template "field" (dict "name" "a" "label" "Nome")}}`,
		struct{ ui.Errors }{ui.Errors{{Field: "a", Key: "ui.password.show"}, {Field: "b", Key: "ui.password.hide"}}})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, `<a href="#a">Mostra</a>`) {
		t.Errorf("a line changed:\n%s", out)
	}
}

func TestAGeneralErrorIsNamedAlsoAlone(t *testing.T) {
	set, err := web.NewPages(theme(), ui.Pages{Name: "p", FS: files("pages/a.html", page(`{{template "errors" .Errors}}{{template "field" (dict "name" "mail" "label" "Posta" "error" (.Err "mail"))}}`))})
	if err != nil {
		t.Fatal(err)
	}
	out := render(t, set, "p/a", "it", struct{ ui.Errors }{ui.Errors{{Field: "mail", Key: "form.required"}, {Field: "absent", Key: "form.choice"}}})
	if !strings.Contains(out, `<a href="#mail">Posta: Compila questo campo</a>`) {
		t.Errorf("the summary names no field:\n%s", out)
	}
	if !strings.Contains(out, `<a href="#absent">Scegli una delle opzioni</a>`) {
		t.Errorf("a field without a label:\n%s", out)
	}
}
