package webtest

import (
	"fmt"
	"strings"

	"golang.org/x/net/html"
)

// Faults lists what is wrong with a page by the rules every page of ours keeps.
// It is quick and coarse; axe-core in the journeys sees more.
func Faults(doc *html.Node) []string {
	f := faultFinder{ids: map[string]int{}, labelled: map[string]bool{}}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			f.collect(n)
		}
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			f.check(n)
		}
	}
	for id, count := range f.ids {
		if count > 1 {
			f.add("id %q stands %d times", id, count)
		}
	}
	if f.headings != 1 {
		f.add("%d h1 instead of one", f.headings)
	}
	if title := findAll(doc, "title"); len(title) != 1 || strings.HasPrefix(Text(title[0]), "–") {
		f.add("the page has no title")
	}
	return f.faults
}

type faultFinder struct {
	faults   []string
	ids      map[string]int
	labelled map[string]bool
	headings int
}

func (f *faultFinder) add(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

func (f *faultFinder) collect(n *html.Node) {
	if id := Attr(n, "id"); id != "" {
		f.ids[id]++
	}
	switch n.Data {
	case "h1":
		f.headings++
	case "label":
		f.labelled[Attr(n, "for")] = true
	}
}

func (f *faultFinder) check(n *html.Node) {
	for _, a := range n.Attr {
		switch {
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			f.add("<%s %s=…> is forbidden by the Content-Security-Policy", n.Data, a.Key)
		case strings.HasPrefix(a.Key, "data-on") || a.Key == "data-style":
			// html/template drops "data-" and writes the value as that of a script: in quotes.
			f.add("<%s %s=…> is written as a script: find another name", n.Data, a.Key)
		case strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:"):
			f.add("<%s %s> holds a script", n.Data, a.Key)
		}
	}
	switch n.Data {
	case "style":
		f.add("<style> is forbidden by the Content-Security-Policy")
	case "script":
		if Attr(n, "src") == "" {
			f.add("inline <script> is forbidden by the Content-Security-Policy")
		}
	case "input", "select", "textarea":
		f.checkField(n)
	case "label":
		if target := Attr(n, "for"); target != "" && f.ids[target] == 0 {
			f.add("label for %q, which is not there", target)
		}
	case "img":
		if _, ok := attr(n, "alt"); !ok {
			f.add("img %s without alt", Attr(n, "src"))
		}
	}
	for _, name := range []string{"aria-describedby", "aria-labelledby"} {
		for id := range strings.FieldsSeq(Attr(n, name)) {
			if f.ids[id] == 0 {
				f.add("%s names %q, which is not there", name, id)
			}
		}
	}
}

// checkField wants a name for everything a person fills in.
func (f *faultFinder) checkField(n *html.Node) {
	switch Attr(n, "type") {
	case "hidden", "submit", "button":
		return
	}
	if Attr(n, "aria-label") == "" && Attr(n, "aria-labelledby") == "" && !f.labelled[Attr(n, "id")] {
		f.add("field %q has no label", Attr(n, "name"))
	}
}
