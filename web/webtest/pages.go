package webtest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"atrio/web"
	"atrio/web/ui"
)

// Theme is an invented institution for tests.
func Theme() ui.Theme {
	return ui.Theme{
		Institution:   ui.Text{IT: "Università di Prova", EN: "Test University"},
		Service:       ui.Text{IT: "Accesso ai servizi", EN: "Access to services"},
		Privacy:       "/privacy",
		Accessibility: "/accessibility",
		Help:          "/help",
	}
}

// Pages executes every page of a package in both languages with each of its
// views; views is keyed by the bare page name and should hold the zero view and
// a full one. Each result must be sound HTML for our rules: one h1, unique ids,
// a label for every field, no reference to a missing id, nothing inline that the
// Content-Security-Policy forbids. Others are further sets the texts come from.
// The documents are given back for what a package wants to know besides.
func Pages(t *testing.T, pages ui.Pages, views map[string][]any, others ...ui.Pages) (made []Document) {
	t.Helper()
	all := append([]ui.Pages{pages}, others...)
	if pages.Name != "web" {
		all = append(all, web.Pages())
	}
	set, err := ui.NewSet(Theme(), all...)
	if err != nil {
		t.Fatal(err)
	}
	var own []string
	for _, id := range set.Names() {
		if name, ok := strings.CutPrefix(id, pages.Name+"/"); ok {
			own = append(own, name)
			if len(views[name]) == 0 {
				t.Errorf("page %s is executed with no view", id)
			}
		}
	}
	for name, list := range views {
		if !slices.Contains(own, name) {
			t.Errorf("no page %s/%s", pages.Name, name)
			continue
		}
		for i, view := range list {
			for _, lang := range ui.Langs() {
				if doc := checkPage(t, set, pages.Name+"/"+name, lang, i, view); doc != nil {
					made = append(made, Document{name, lang, doc})
				}
			}
		}
	}
	return made
}

// Document is a page that Pages has executed.
type Document struct {
	Name, Lang string
	Root       *html.Node
}

// Noted wants every field of a name to be described by a note that says something, in the
// language of the page; aria-describedby leads to it. // WCAG 3.3.2
func Noted(t *testing.T, made []Document, field string, says map[string]string) {
	t.Helper()
	found := 0
	for _, d := range made {
		for _, n := range findAll(d.Root, "[name="+field+"]") {
			if Attr(n, "type") == "hidden" {
				continue
			}
			found++
			var notes []string
			for _, id := range strings.Fields(Attr(n, "aria-describedby")) {
				for _, note := range findAll(d.Root, "#"+id) {
					notes = append(notes, Text(note))
				}
			}
			if text := strings.Join(notes, " "); !strings.Contains(text, says[d.Lang]) {
				t.Errorf("%s, %s: the field %s is described by %q, which does not say %q", d.Name, d.Lang, Attr(n, "id"), text, says[d.Lang])
			}
		}
	}
	if found == 0 {
		t.Errorf("no page has a field %s", field)
	}
}

func checkPage(t *testing.T, set *ui.Set, page, lang string, i int, view any) *html.Node {
	t.Helper()
	var out bytes.Buffer
	where := fmt.Sprintf("%s, view %d (%T), %s", page, i, view, lang)
	if err := set.Render(&out, page, lang, ui.Layout{Path: "/"}, view); err != nil {
		t.Errorf("%s: %v", where, err)
		return nil
	}
	doc, err := html.Parse(&out)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return nil
	}
	for _, fault := range Faults(doc) {
		t.Errorf("%s: %s", where, fault)
	}
	return doc
}
