package xmlsec

import (
	"strings"
	"testing"
)

func TestTheTreeSaysWhatTheDocumentSays(t *testing.T) {
	doc := "\n<p:a xmlns:p='urn:p' xmlns='urn:d' x='1' p:x='2'>lead<b>one</b>mid<b><![CDATA[t]]>w&#111;</b><c/>tail</p:a> "
	root, err := Parse([]byte(doc), Message)
	if err != nil {
		t.Fatal(err)
	}
	if root.Name != (Name{"urn:p", "a"}) || root.Parent != nil || doc[root.Start:root.Start+4] != "<p:a" || root.End != len(doc)-1 {
		t.Errorf("root %v at %d to %d", root.Name, root.Start, root.End)
	}
	plain, _ := root.Attr("x")
	spaced, _ := root.AttrNS("urn:p", "x")
	if _, ok := root.Attr("y"); plain != "1" || spaced != "2" || ok {
		t.Errorf("attributes %q and %q", plain, spaced)
	}
	b := root.Named(Name{"urn:d", "b"})
	if len(b) != 2 || b[0].Text() != "one" || b[1].Text() != "two" || b[1].Parent != root {
		t.Errorf("children %v", b)
	}
	if len(root.Elements()) != 3 || root.Child(Name{"urn:d", "c"}).Text() != "" || root.Child(Name{"", "b"}) != nil {
		t.Error("children by name")
	}
	if root.Text() != "" {
		t.Error("text around child elements must not be joined")
	}
}

func TestValuesAreNormalizedAsXMLSays(t *testing.T) {
	root, err := Parse([]byte("<a v='1\t2\n3\r\n4\r5&#9;&#10;&#13;&#x20AC;'>x\r\ny\rz&#13;<![CDATA[\r\n\r]]></a>"), Message)
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := root.Attr("v"); v != "1 2 3 4 5\t\n\r€" {
		t.Errorf("attribute %q", v)
	}
	if root.Text() != "x\ny\nz\r\n\n" {
		t.Errorf("text %q", root.Text())
	}
}

func TestMetadataMayHoldComments(t *testing.T) {
	doc := "\uFEFF<?xml version='1.0'?><!-- a --><?x y?><a>o<!-- b -->n<!---->e</a><!-- c --><?z?>"
	root, err := Parse([]byte(doc), Metadata)
	if err != nil || root.Text() != "one" {
		t.Fatalf("%v, %v", root, err)
	}
	if got, err := Canonical(root); err != nil || string(got) != "<a>one</a>" {
		t.Errorf("%s, %v", got, err)
	}
	for doc, code := range map[string]string{
		"<a><!-- -- --></a>": CodeComment, "<a><!-- --": CodeComment, "<a><!--\x01--></a>": CodeCharacter,
		"<a><?xml version='1.0'?></a>": CodeInstruction, "<a><?XML?></a>": CodeInstruction, "<a><?x": CodeInstruction, "<a><?x*?></a>": CodeInstruction,
		"<!DOCTYPE a><a/>": CodeDoctype,
	} {
		if _, err := Parse([]byte(doc), Metadata); CodeOf(err) != code {
			t.Errorf("%s: %v, want %s", doc, err, code)
		}
	}
}

func TestADroppedInstructionForbidsTheCanonicalForm(t *testing.T) {
	root, err := Parse([]byte("<?x?><a><b/><?y?></a>"), Metadata)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Canonical(root); CodeOf(err) != CodeDropped {
		t.Errorf("got %v", err)
	}
}

func TestTheZeroPolicyAcceptsNothing(t *testing.T) {
	if _, err := Parse([]byte("<a/>"), Policy{}); CodeOf(err) != CodeTooLarge {
		t.Errorf("got %v", err)
	}
}

func TestLimitsAreExact(t *testing.T) {
	p := Policy{MaxBytes: 100, MaxDepth: 2, MaxAttributes: 2, MaxNodes: 4}
	for doc, code := range map[string]string{
		"<a><b/></a>":                            "",
		"<a><b><c/></b></a>":                     CodeDepth,
		"<a x='' y=''/>":                         "",
		"<a x='' y='' z=''/>":                    CodeAttributes,
		"<a><b/><b/><b/></a>":                    "",
		"<a><b/><b/><b/><b/></a>":                CodeNodes,
		"<a>" + strings.Repeat("x", 93) + "</a>": "",
		"<a>" + strings.Repeat("x", 94) + "</a>": CodeTooLarge,
	} {
		if _, err := Parse([]byte(doc), p); CodeOf(err) != code {
			t.Errorf("%s: %v, want %q", doc, err, code)
		}
	}
}

func TestErrorsSayWhereAndQuoteNothing(t *testing.T) {
	_, err := Parse([]byte("<a>secret</b>"), Message)
	if err == nil || !strings.Contains(err.Error(), "at byte 9") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestNilIsAnElementWithNothingInIt(t *testing.T) {
	var e *Element
	if v, ok := e.Attr("ID"); ok || v != "" || e.Text() != "" || e.Child(issuer).Child(issuer) != nil || e.Elements() != nil || e.Named(issuer) != nil || HasSignature(e) {
		t.Error("nil must be empty")
	}
	if _, err := Verify(nil, nil); CodeOf(err) != CodeUnsigned {
		t.Errorf("verifying nothing: %v", err)
	}
	if _, err := Canonical(nil); CodeOf(err) != CodeOutside {
		t.Errorf("canonicalizing nothing: %v", err)
	}
	if (Signed{}).Root() != nil || len((Signed{}).Bytes()) != 0 {
		t.Error("the zero Signed must hold nothing")
	}
}

// XML-names 3: the prefix xml may be declared for what it is. The metadata of a ministry do.
func TestMetadataMayDeclareThePrefixXML(t *testing.T) {
	const declared = ` xmlns:xml="` + xmlSpace + `"`
	const good = `<a` + declared + `><b` + declared + ` xml:lang="it">x</b></a>`
	root, err := Parse([]byte(good), Metadata)
	if err != nil {
		t.Fatal(err)
	}
	canonical, err := Canonical(root)
	if err != nil || string(canonical) != `<a><b xml:lang="it">x</b></a>` {
		t.Errorf("%s, %v", canonical, err)
	}
	for doc, policy := range map[string]Policy{
		good:                              Message,
		`<a` + declared + declared + `/>`: Metadata,
		`<a xmlns:xml="urn:x"/>`:          Metadata,
		`<a xmlns:xml=""/>`:               Metadata,
		`<xml:a` + declared + `/>`:        Metadata,
	} {
		if _, err := Parse([]byte(doc), policy); CodeOf(err) != CodePrefix {
			t.Errorf("%s: %v", doc, err)
		}
	}
	if _, err := Parse([]byte(`<a xmlns:y="`+xmlSpace+`"/>`), Metadata); CodeOf(err) != CodeNamespace {
		t.Errorf("another prefix: %v", err)
	}
}
