package oracles

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"atrio/saml/xmlsec"
)

func canonical(t testing.TB, e *xmlsec.Element, prefixes ...string) []byte {
	t.Helper()
	out, err := xmlsec.Canonical(e, prefixes...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// prefixList picks inclusive prefixes, most often none.
func (g *generator) prefixList() []string {
	var list []string
	for _, p := range []string{"#default", "a", "b", "xs", "nobody"} {
		if g.IntN(4) == 0 {
			list = append(list, p)
		}
	}
	return list
}

func TestCanonicalFormsEqualThoseOfHelium(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(1, 1)), spaces: everySpace[:2]}
	for range 10_000 {
		doc := g.document()
		list := g.prefixList()
		want, err := heliumCanonical(doc, list)
		if err != nil {
			t.Fatalf("helium: %v\n%q", err, doc)
		}
		if got := canonical(t, parse(t, doc), list...); !bytes.Equal(got, want) {
			t.Fatalf("document %q\nprefixes %v\nours   %q\nhelium %q", doc, list, got, want)
		}
	}
}

func TestCanonicalFormsEqualThoseOfGoxmldsig(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(2, 2)), simple: true}
	subtrees := 0
	for range 4000 {
		doc := g.document()
		root := parse(t, doc)
		compareGoxmldsig(t, doc, "", root)
		for _, e := range withID(root) {
			id, _ := e.Attr("ID")
			compareGoxmldsig(t, doc, id, e)
			subtrees++
		}
	}
	t.Logf("%d subtrees", subtrees)
}

func compareGoxmldsig(t *testing.T, doc, id string, e *xmlsec.Element) {
	t.Helper()
	want, err := goxmldsigCanonical(doc, id, "")
	if err != nil {
		t.Fatalf("goxmldsig: %v\n%q", err, doc)
	}
	if got := canonical(t, e); !bytes.Equal(got, want) {
		t.Fatalf("document %q, ID %q\nours      %q\ngoxmldsig %q", doc, id, got, want)
	}
}

func TestCanonicalFormsEqualThoseOfXmllint(t *testing.T) {
	need(t, "xmllint")
	g := &generator{Rand: rand.New(rand.NewPCG(3, 3)), spaces: everySpace, xmlAttributes: true}
	f := newFiles(t)
	const rounds, batch = 30, 100
	for range rounds {
		args := []string{"--exc-c14n"}
		var ours []byte
		for i := range batch {
			doc := g.document()
			args = append(args, f.write(fmt.Sprintf("%d.xml", i), []byte(doc)))
			ours = append(ours, canonical(t, parse(t, doc))...)
		}
		theirs, err := exec.Command("xmllint", args...).Output()
		if err != nil {
			t.Fatalf("xmllint: %v", err)
		}
		if !bytes.Equal(ours, theirs) {
			i := firstDifference(ours, theirs)
			t.Fatalf("at %d\nours    %q\nxmllint %q", i, ours[max(0, i-200):min(len(ours), i+200)], theirs[max(0, i-200):min(len(theirs), i+200)])
		}
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestPrefixListsMeanTheSameToXmlsec1 lets xmlsec1 sign subtrees of random
// documents with an InclusiveNamespaces PrefixList and compares what it digested.
func TestPrefixListsMeanTheSameToXmlsec1(t *testing.T) {
	s := newSigners(t)
	g := &generator{Rand: rand.New(rand.NewPCG(4, 4)), spaces: everySpace, xmlAttributes: true}
	for done := 0; done < 100; {
		doc := g.document()
		all := withID(parse(t, doc))
		if len(all) == 0 {
			continue
		}
		e := all[g.IntN(len(all))]
		list := strings.Join(append(g.prefixList(), "ds"), " ")
		signed, ok := s.xmlsec1Sign(doc, e, list)
		if !ok {
			continue // an empty element has no room
		}
		done++
		s.agree(t, signed)
	}
}
