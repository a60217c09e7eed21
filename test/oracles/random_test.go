package oracles

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator writes random documents that our reader accepts, in as many
// spellings as XML allows.
type generator struct {
	*rand.Rand
	b   strings.Builder
	ids int

	// spaces are literal white space that may stand in attribute values.
	// goxmldsig normalizes none, helium 0.8.0 makes two spaces of CR LF.
	spaces []string
	// xmlAttributes allows xml:lang, for which helium 0.8.0 declares the xml
	// prefix when it canonicalizes a whole document.
	xmlAttributes bool
	// simple leaves out what goxmldsig 1.6.1 gets wrong: the order of several
	// attributes with prefixes, and xmlns="".
	simple bool
}

// everySpace is all literal white space that XML normalizes in attribute values.
var everySpace = []string{"\t", "\n", "\r\n", "\r"}

// scope is what is declared at one point of a document.
type scope map[string]string

var (
	prefixes = []string{"", "a", "b", "c", "ds", "xs", "è"}
	// No ampersands: libxml2 does not escape them in namespace URIs, so our
	// reader refuses them.
	uris   = []string{"urn:1", "urn:2", "http://example.com/x?y=z", "http://www.w3.org/2001/XMLSchema", "urn:oasis:names:tc:SAML:2.0:assertion"}
	locals = []string{"e", "Name", "x-y", "x.1", "_u", "ü"}
	texts  = []string{"x", " ", "\n", "\r\n", "\t", "&amp;", "&lt;", "&gt;", "x>", "]", "]]", "&#13;", "&#x9;", "&#10;", "\"", "'", "€", "𝄞", "&#x1D11E;", "<![CDATA[<&>]]>", "<![CDATA[]]>", "&quot;", "&apos;", "word"}
	values = []string{"x", " ", "&amp;", "&lt;", "&gt;", ">", "&#13;", "&#x9;", "&#10;", "&quot;", "&apos;", "€", "]]>", "word"}
)

// document writes one document.
func (g *generator) document() string {
	g.b.Reset()
	g.ids = 0
	if g.IntN(3) == 0 {
		g.b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	}
	g.element(scope{}, 0)
	return g.b.String()
}

func (g *generator) element(outer scope, depth int) {
	in := scope{}
	for p, u := range outer {
		in[p] = u
	}
	var attributes []string
	for _, i := range g.Perm(len(prefixes))[:g.IntN(3)] {
		attributes = append(attributes, g.declare(in, prefixes[i]))
	}
	name := g.name(in)
	g.attributes(in, &attributes)
	g.Shuffle(len(attributes), func(i, j int) { attributes[i], attributes[j] = attributes[j], attributes[i] })
	g.b.WriteString("<" + name)
	for _, a := range attributes {
		g.b.WriteString(g.pick(" ", "  ", "\n", "\t") + a)
	}
	if g.IntN(4) == 0 {
		g.b.WriteString(g.pick("/>", " />"))
		return
	}
	g.b.WriteString(g.pick(">", " >"))
	for range g.IntN(5) {
		if depth < 6 && g.IntN(2) == 0 {
			g.element(in, depth+1)
		} else {
			g.b.WriteString(g.pick(texts...))
		}
	}
	g.b.WriteString("</" + name + g.pick(">", " >"))
}

// declare binds a prefix; the default namespace is sometimes undeclared.
func (g *generator) declare(in scope, prefix string) string {
	quote := g.pick(`"`, `'`)
	in[prefix] = g.pick(uris...)
	if prefix != "" {
		return "xmlns:" + prefix + "=" + quote + in[prefix] + quote
	}
	if !g.simple && g.IntN(4) == 0 {
		in[prefix] = ""
	}
	return "xmlns=" + quote + in[prefix] + quote
}

// name makes a qualified name in scope.
func (g *generator) name(in scope) string {
	p := g.pick(prefixes...)
	if _, declared := in[p]; !declared || p == "" {
		return g.pick(locals...)
	}
	return p + ":" + g.pick(locals...)
}

// attributes adds some, unique by expanded name, and sometimes an ID.
func (g *generator) attributes(in scope, attributes *[]string) {
	seen, prefixed := map[string]bool{}, 0
	for range g.IntN(4) {
		name := g.name(in)
		expanded := name
		if p, local, ok := strings.Cut(name, ":"); ok {
			expanded = in[p] + " " + local
			prefixed++
		}
		if !seen[expanded] && (!g.simple || prefixed < 2) {
			seen[expanded] = true
			*attributes = append(*attributes, name+g.pick("=", " =", "= ")+g.value())
		}
	}
	if g.xmlAttributes && g.IntN(5) == 0 {
		*attributes = append(*attributes, `xml:lang="it"`)
	}
	if g.IntN(2) == 0 {
		g.ids++
		*attributes = append(*attributes, fmt.Sprintf(`ID="_%d"`, g.ids))
	}
}

func (g *generator) value() string {
	quote, other := `"`, `'`
	if g.IntN(2) == 0 {
		quote, other = other, quote
	}
	var b strings.Builder
	b.WriteString(quote)
	for range g.IntN(4) {
		switch {
		case g.IntN(8) == 0:
			b.WriteString(other)
		case len(g.spaces) > 0 && g.IntN(6) == 0:
			b.WriteString(g.pick(g.spaces...))
		default:
			b.WriteString(g.pick(values...))
		}
	}
	b.WriteString(quote)
	return b.String()
}

func (g *generator) pick(choices ...string) string { return choices[g.IntN(len(choices))] }
