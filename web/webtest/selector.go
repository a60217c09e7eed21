package webtest

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// simple is one compound selector: tag#id.class[attr=value].
type simple struct {
	tag     string
	id      string
	classes []string
	attrs   []attribute
}

type attribute struct {
	name, value string
	any         bool
}

func findAll(root *html.Node, selector string) []*html.Node {
	var chain []simple
	for _, s := range strings.Fields(selector) {
		chain = append(chain, parseSimple(s))
	}
	if len(chain) == 0 {
		return nil
	}
	var out []*html.Node
	for n := range root.Descendants() {
		if matches(n, chain) {
			out = append(out, n)
		}
	}
	return out
}

func parseSimple(s string) simple {
	var out simple
	for s != "" {
		end := strings.IndexAny(s[1:], "#.[") + 1
		if s[0] == '[' {
			end = strings.IndexByte(s, ']') + 1
		}
		if end <= 0 {
			end = len(s)
		}
		part := s[:end]
		s = s[end:]
		switch part[0] {
		case '#':
			out.id = part[1:]
		case '.':
			out.classes = append(out.classes, part[1:])
		case '[':
			name, value, found := strings.Cut(strings.Trim(part, "[]"), "=")
			out.attrs = append(out.attrs, attribute{name, strings.Trim(value, `"'`), !found})
		default:
			out.tag = part
		}
	}
	return out
}

// matches checks an element against the last selector of the chain and its
// ancestors against the others.
func matches(n *html.Node, chain []simple) bool {
	last := len(chain) - 1
	if !chain[last].match(n) {
		return false
	}
	if last == 0 {
		return true
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if matches(up, chain[:last]) {
			return true
		}
	}
	return false
}

func (s simple) match(n *html.Node) bool {
	if n.Type != html.ElementNode || (s.tag != "" && s.tag != "*" && n.Data != s.tag) {
		return false
	}
	if s.id != "" && Attr(n, "id") != s.id {
		return false
	}
	classes := strings.Fields(Attr(n, "class"))
	for _, c := range s.classes {
		if !slices.Contains(classes, c) {
			return false
		}
	}
	for _, a := range s.attrs {
		v, ok := attr(n, a.name)
		if !ok || (!a.any && v != a.value) {
			return false
		}
	}
	return true
}
