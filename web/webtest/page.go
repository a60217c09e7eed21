package webtest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Page is one answer, parsed when it is HTML.
type Page struct {
	Status  int
	URL     *url.URL
	Header  http.Header
	Body    string
	Doc     *html.Node // nil when the answer is not HTML
	History []string   // the requests that led here, "GET http://…"

	t testing.TB
}

// maxPage is far more than a page of ours has.
const maxPage = 8 << 20

func readPage(t testing.TB, res *http.Response) (*Page, error) {
	data, err := io.ReadAll(io.LimitReader(res.Body, maxPage))
	if err != nil {
		return nil, err
	}
	p := &Page{Status: res.StatusCode, URL: res.Request.URL, Header: res.Header, Body: string(data), t: t}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		p.Doc, err = html.Parse(strings.NewReader(p.Body))
	}
	return p, err
}

// Read makes a page of an answer that was asked for by hand.
func Read(t testing.TB, res *http.Response) *Page {
	t.Helper()
	p, err := readPage(t, res)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Find gives the first element that matches, or nil. Selectors are those of
// CSS without combinators other than the space: "form#login input[name=code]",
// ".atrio-errors a", "[aria-current=page]".
func (p *Page) Find(selector string) *html.Node {
	if all := p.FindAll(selector); len(all) > 0 {
		return all[0]
	}
	return nil
}

// FindAll gives all elements that match, in the order of the page.
func (p *Page) FindAll(selector string) []*html.Node {
	if p.Doc == nil {
		return nil
	}
	return findAll(p.Doc, selector)
}

// Text is the text of the first element that matches, with single spaces, or "".
func (p *Page) Text(selector string) string { return Text(p.Find(selector)) }

// Has reports whether the visible text of the page holds a piece of text.
func (p *Page) Has(text string) bool { return strings.Contains(p.Text("body"), text) }

// Expect fails the test unless the status is as given and, where a text is
// given, the page holds it.
func (p *Page) Expect(status int, texts ...string) *Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("%s: status %d, want %d\n%s", p.URL, p.Status, status, p.excerpt())
	}
	for _, text := range texts {
		if !p.Has(text) {
			p.t.Fatalf("%s: %q is not on the page\n%s", p.URL, text, p.excerpt())
		}
	}
	return p
}

// Link is the address behind the link with the given text; the test fails
// without one.
func (p *Page) Link(text string) string {
	p.t.Helper()
	for _, a := range p.FindAll("a[href]") {
		if Text(a) == text {
			return p.resolve(Attr(a, "href"))
		}
	}
	p.t.Fatalf("%s: no link %q\n%s", p.URL, text, p.excerpt())
	return ""
}

func (p *Page) resolve(ref string) string {
	u, err := p.URL.Parse(ref)
	if err != nil {
		p.t.Fatalf("%s: address %q: %v", p.URL, ref, err)
	}
	return u.String()
}

func (p *Page) excerpt() string {
	text := p.Text("main")
	if text == "" {
		text = p.Body
	}
	return text[:min(len(text), 1500)]
}

// Attr is an attribute of an element, "" when it has none.
func Attr(n *html.Node, name string) string {
	v, _ := attr(n, name)
	return v
}

func attr(n *html.Node, name string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// Text is the text inside an element with single spaces.
func Text(n *html.Node) string {
	var b strings.Builder
	collect(n, &b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func collect(n *html.Node, b *strings.Builder) {
	switch {
	case n == nil, n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style"):
		return
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		collect(c, b)
	}
	if n.Type == html.ElementNode && block[n.Data] {
		b.WriteString(" ")
	}
}

// block are the elements after which a reader makes a pause.
var block = map[string]bool{
	"p": true, "div": true, "li": true, "h1": true, "h2": true, "h3": true, "td": true, "th": true, "tr": true,
	"br": true, "label": true, "dt": true, "dd": true, "legend": true, "button": true, "option": true,
}
