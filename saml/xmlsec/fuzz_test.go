package xmlsec

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"strings"
	"testing"
)

// seeds are documents that touch every branch of the reader.
func seeds() []string {
	return []string{
		sample,
		`<a/>`,
		"\uFEFF<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\"?>\r\n<!-- c --><?p i?><a>\r\n</a><!-- d -->",
		`<a xmlns="urn:a" xmlns:b="urn:b" b:c="&#x9;&#10;&quot;&apos;&lt;&gt;&amp;'" d='"'><b:e xmlns=""><f/></b:e>x<![CDATA[<&]]>]]&gt;</a>`,
		"<a b='\t\r\n\r x'>\r\r\n\n]]</a>",
		`<è:ü xmlns:è="urn:x" ID="_1" xml:lang="it">€𝄞</è:ü>`,
		`<a><b Id="1"/><b id="2"/><b ID="3"/></a>`,
		`<a xmlns:p="urn:1"><p:b xmlns:p="urn:2" p:c=""><p:d xmlns:p="urn:1"/></p:b></a>`,
		`<a><!DOCTYPE x>`, `<a b="1" b="2"/>`, `<a xml:id="x"/>`, `<a xmlns:p="x"/>`, `<p:a/>`, `<a></b>`, `<a>&#xD800;</a>`, "<a>\x00</a>", "<a>\xff</a>",
		strings.Repeat("<a>", 40), `<a/><b/>`, `<a>--></a>`, `<a><!-- -- --></a>`, `<?xml version="1.1"?><a/>`,
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, metadata bool) {
		policy := Message
		if metadata {
			policy = Metadata
		}
		root, err := Parse(data, policy)
		if err != nil {
			if CodeOf(err) == "" || root != nil {
				t.Fatalf("an error without a code, or with a tree: %v", err)
			}
			return
		}
		if root.Parent != nil {
			t.Fatal("the root has a parent")
		}
		checkShape(t, data, root, map[string]bool{})
	})
}

// checkShape checks what every tree promises: offsets nest, children know their
// parents, prefixes are resolved, names are unique.
func checkShape(t *testing.T, data []byte, e *Element, ids map[string]bool) {
	if e.Start < 0 || e.End > len(data) || e.Start >= e.End || data[e.Start] != '<' || data[e.End-1] != '>' {
		t.Fatalf("offsets %d to %d of %d", e.Start, e.End, len(data))
	}
	if uri, ok := e.namespace(e.prefix); !ok || uri != e.Name.Space {
		t.Fatalf("prefix %q is %q, name says %q", e.prefix, uri, e.Name.Space)
	}
	names := map[Name]bool{}
	for _, a := range e.Attrs {
		if names[a.Name] || a.Name.Local == "xmlns" && a.prefix == "" || a.prefix == "xmlns" {
			t.Fatalf("attribute %v", a.Name)
		}
		names[a.Name] = true
		if idLike(a.Name.Local) {
			if ids[a.Value] {
				t.Fatalf("identifier %q twice", a.Value)
			}
			ids[a.Value] = true
		}
	}
	at := e.Start
	for _, c := range e.Elements() {
		if c.Parent != e || c.Start < at || c.End > e.End || c.doc != e.doc {
			t.Fatalf("child at %d to %d in parent at %d to %d", c.Start, c.End, e.Start, e.End)
		}
		at = c.End
		checkShape(t, data, c, ids)
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range seeds() {
		f.Add([]byte(s), "")
		f.Add([]byte(s), "#default b p xml")
	}
	f.Fuzz(func(t *testing.T, data []byte, list string) {
		prefixes := strings.Fields(list)
		root, err := Parse(data, Message)
		if err != nil || len(prefixes) > maxPrefixList {
			return
		}
		checkCanonical(t, root, prefixes)
	})
}

// checkCanonical checks for every subtree that the canonical form is read again,
// is its own canonical form, and has the same content.
func checkCanonical(t *testing.T, e *Element, prefixes []string) {
	once, err := Canonical(e, prefixes...)
	if err != nil {
		if CodeOf(err) != CodeTooLarge {
			t.Fatal(err)
		}
		return
	}
	again, err := Parse(once, Message.canonical())
	if err != nil {
		t.Fatalf("the canonical form %q is refused: %v", once, err)
	}
	twice, err := Canonical(again, prefixes...)
	if err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("not idempotent: %q, then %q, %v", once, twice, err)
	}
	same(t, e, again)
	for _, c := range e.Elements() {
		checkCanonical(t, c, prefixes)
	}
}

// same checks that two trees have the same names, attributes and text.
func same(t *testing.T, a, b *Element) {
	one, two := a.Elements(), b.Elements()
	if a.Name != b.Name || a.lead != b.lead || len(a.Attrs) != len(b.Attrs) || len(one) != len(two) {
		t.Fatalf("%v became %v", a.Name, b.Name)
	}
	for _, attr := range a.Attrs {
		if got, ok := b.AttrNS(attr.Name.Space, attr.Name.Local); !ok || got != attr.Value {
			t.Fatalf("attribute %v became %q", attr, got)
		}
	}
	for i := range one {
		if one[i].tail != two[i].tail {
			t.Fatalf("text %q became %q", one[i].tail, two[i].tail)
		}
		same(t, one[i], two[i])
	}
}

// FuzzVerify checks the only thing an attacker may reach without the key: bytes
// that the signer signed.
func FuzzVerify(f *testing.F) {
	key := fuzzKey(f)
	signer := Signer{Key: key}
	genuine := map[string]bool{}
	keep := func(doc []byte, id string) []byte {
		root, err := Parse(doc, Message)
		if err != nil {
			f.Fatal(err)
		}
		content, err := Canonical(root.find(id))
		if err != nil {
			f.Fatal(err)
		}
		genuine[string(content)] = true
		signed, err := Sign(doc, id, issuer, signer)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(signed)
		return signed
	}
	keep([]byte(strings.Replace(sample, "anna", "hugo", 1)), "_r1")
	keep(keep([]byte(sample), "_a1"), "_r1")
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := Parse(data, Message)
		if err != nil {
			return
		}
		checkVouched(t, root, []crypto.PublicKey{key.Public()}, genuine)
	})
}

// fuzzKey is the same in all workers of the fuzzer; it protects nothing.
func fuzzKey(f *testing.F) *ecdsa.PrivateKey {
	raw := sha256.Sum256([]byte("a key for fuzzing"))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw[:])
	if err != nil {
		f.Fatal(err)
	}
	return key
}

func checkVouched(t *testing.T, e *Element, keys []crypto.PublicKey, genuine map[string]bool) {
	signed, err := Verify(e, keys)
	switch {
	case err != nil && (signed.Root() != nil || len(signed.Bytes()) != 0 || CodeOf(err) == ""):
		t.Fatal("refused, but with content or without a code")
	case err == nil && len(genuine) > 0 && !vouches(signed, genuine):
		t.Fatalf("accepted what was never signed: %q", signed.Bytes())
	}
	for _, c := range e.Elements() {
		checkVouched(t, c, keys, genuine)
	}
}

// vouches reports whether the signed bytes are genuine. An assertion inside a
// signed response carries its own signature, whose value differs from run to
// run: there the assertion decides.
func vouches(s Signed, genuine map[string]bool) bool {
	if genuine[string(s.Bytes())] {
		return true
	}
	inner := s.Root().Child(Name{issuer.Space, "Assertion"})
	if inner == nil || !HasSignature(inner) {
		return false
	}
	content, err := newWriter(inner).canonical(inner, inner.Child(Name{dsSpace, "Signature"}), nil)
	return err == nil && genuine[string(content)]
}
