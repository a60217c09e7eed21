package evidence

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// page is what can be read from a page of the gateway.
type page struct {
	heading   string
	reference string
	actions   []string
	// form is the one that posts itself: its address and its fields.
	action string
	fields map[string]string
	// links are the local files that the page is drawn with.
	links []string
}

// readPage reads a page; one that is no HTML has nothing.
func readPage(body []byte) page {
	p := page{fields: map[string]string{}}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		return p
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			p.take(n)
		}
	}
	return p
}

func (p *page) take(n *html.Node) {
	switch n.Data {
	case "h1":
		if p.heading == "" {
			p.heading = text(n)
		}
	case "code":
		if class(n.Parent, "atrio-reference") {
			p.reference = text(n)
		}
	case "a":
		if n.Parent != nil && class(n.Parent.Parent, "atrio-actions") {
			p.actions = append(p.actions, text(n))
		}
	case "form":
		if has(n, "data-autopost") {
			p.action = attribute(n, "action")
		}
	case "input":
		if name := attribute(n, "name"); name != "" {
			p.fields[name] = attribute(n, "value")
		}
	case "link":
		if rel := attribute(n, "rel"); rel == "stylesheet" || rel == "icon" {
			p.links = append(p.links, attribute(n, "href"))
		}
	case "img":
		p.links = append(p.links, attribute(n, "src"))
	case "use":
		p.links = append(p.links, attribute(n, "href"))
	}
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func class(n *html.Node, name string) bool {
	if n == nil {
		return false
	}
	for _, c := range strings.Fields(attribute(n, "class")) {
		if c == name {
			return true
		}
	}
	return false
}
