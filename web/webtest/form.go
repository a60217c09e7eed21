package webtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Form is a form of a page with the values a browser would send.
type Form struct {
	Method string
	Action string // absolute
	Values url.Values

	page *Page
	node *html.Node
}

// Form finds a form by selector; the test fails without one. An empty selector
// takes the first form in the main part of the page.
func (p *Page) Form(selector string) *Form {
	p.t.Helper()
	if selector == "" {
		selector = "main form"
	}
	n := p.Find(selector)
	if n == nil || n.Data != "form" {
		p.t.Fatalf("%s: no form %q\n%s", p.URL, selector, p.excerpt())
	}
	return p.formOf(n)
}

// FormWith finds the form that has a field or a button of the given name.
func (p *Page) FormWith(name string) *Form {
	p.t.Helper()
	for _, n := range p.FindAll("form [name=" + name + "]") {
		for up := n.Parent; up != nil; up = up.Parent {
			if up.Data == "form" {
				return p.formOf(up)
			}
		}
	}
	p.t.Fatalf("%s: no form with a field %q\n%s", p.URL, name, p.excerpt())
	return nil
}

// Forms are all forms of the page.
func (p *Page) Forms() (list []*Form) {
	for _, n := range p.FindAll("form") {
		list = append(list, p.formOf(n))
	}
	return list
}

// Fields are the names of what a form can send, buttons among them.
func (f *Form) Fields() (names []string) {
	for _, in := range findAll(f.node, "[name]") {
		if name := Attr(in, "name"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Button tells whether a field is a button, which sends its value or nothing.
func (f *Form) Button(name string) bool {
	for _, in := range findAll(f.node, "[name="+name+"]") {
		if in.Data != "button" && Attr(in, "type") != "submit" {
			return false
		}
	}
	return true
}

// Hidden tells whether a field is filled in by the page itself.
func (f *Form) Hidden(name string) bool {
	in := findAll(f.node, "[name="+name+"]")
	return len(in) > 0 && Attr(in[0], "type") == "hidden"
}

// Complete fills a form in as somebody who answers everything: all boxes are ticked, of
// radio buttons the last one, and empty fields take a text by their name.
func (f *Form) Complete(texts map[string]string) *Form {
	for _, in := range findAll(f.node, "input[name]") {
		switch Attr(in, "type") {
		case "checkbox", "radio":
			f.Values.Set(Attr(in, "name"), valueOr(in, "on"))
		}
	}
	for _, name := range f.Fields() {
		if text, known := texts[name]; known && f.Values.Get(name) == "" {
			f.Values.Set(name, text)
		}
	}
	return f
}

func (p *Page) formOf(n *html.Node) *Form {
	f := &Form{Method: http.MethodGet, Action: p.resolve(Attr(n, "action")), Values: url.Values{}, page: p, node: n}
	if strings.EqualFold(Attr(n, "method"), "post") {
		f.Method = http.MethodPost
	}
	for _, in := range findAll(n, "[name]") {
		f.collect(in)
	}
	return f
}

// collect adds what a field sends when nothing is changed.
func (f *Form) collect(in *html.Node) {
	name := Attr(in, "name")
	if _, off := attr(in, "disabled"); off {
		return
	}
	switch in.Data {
	case "textarea":
		f.Values.Set(name, rawText(in))
	case "select":
		f.Values.Set(name, selected(in))
	case "input":
		switch Attr(in, "type") {
		case "submit", "button", "image", "reset", "file":
		case "checkbox", "radio":
			if _, on := attr(in, "checked"); on {
				f.Values.Add(name, valueOr(in, "on"))
			}
		default:
			f.Values.Add(name, Attr(in, "value"))
		}
	}
}

// Fill sets name, value pairs. The test fails for a field the form lacks; a
// button counts as a field: fill in its value to press it. An empty value
// clears a checkbox.
func (f *Form) Fill(pairs ...string) *Form {
	f.page.t.Helper()
	if len(pairs)%2 != 0 {
		f.page.t.Fatal("webtest: Fill needs pairs of name and value")
	}
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		in := findAll(f.node, "[name="+name+"]")
		if len(in) == 0 {
			f.page.t.Fatalf("%s: the form has no field %q", f.page.URL, name)
		}
		if kind := Attr(in[0], "type"); value == "" && (kind == "checkbox" || kind == "radio") {
			f.Values.Del(name)
			continue
		}
		f.Values.Set(name, value)
	}
	return f
}

func selected(n *html.Node) string {
	options := findAll(n, "option")
	for _, o := range options {
		if _, on := attr(o, "selected"); on {
			return valueOr(o, Text(o))
		}
	}
	if len(options) > 0 {
		return valueOr(options[0], Text(options[0]))
	}
	return ""
}

func valueOr(n *html.Node, otherwise string) string {
	if v, ok := attr(n, "value"); ok {
		return v
	}
	return otherwise
}

func rawText(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.TrimPrefix(b.String(), "\n")
}
