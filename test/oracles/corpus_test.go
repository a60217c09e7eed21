package oracles

import (
	"bytes"
	"crypto"
	"math/rand/v2"
	"strings"
	"testing"

	"atrio/saml/xmlsec"
	corpus "atrio/test/corpus/saml"
)

// TestWhateverWeAcceptOfTheCorpusXmlsec1Accepts asks xmlsec1 about every element
// of the corpus that we verify: it must accept it too, and have digested the
// same bytes.
func TestWhateverWeAcceptOfTheCorpusXmlsec1Accepts(t *testing.T) {
	need(t, "xmlsec1")
	w, f := corpus.New(t), newFiles(t)
	public := map[string]string{}
	for name, key := range w.Keys {
		public[name] = f.publicKey(name+".pub", key.Public())
	}
	genuine, accepted := 0, 0
	for _, d := range append(w.Matrix(), w.Hostile()...) {
		root, err := xmlsec.Parse(d.Data, xmlsec.Message)
		if err != nil {
			continue
		}
		if d.NameID != "" {
			genuine++
		}
		accepted += askXmlsec1(t, f, w, public, d, root)
	}
	if genuine != 12 || accepted < genuine {
		t.Errorf("%d genuine documents, %d signatures accepted", genuine, accepted)
	}
	t.Logf("%d signatures accepted by both", accepted)
}

func askXmlsec1(t *testing.T, f files, w *corpus.Workshop, public map[string]string, d corpus.Document, e *xmlsec.Element) (accepted int) {
	t.Helper()
	for name, file := range public {
		ours, err := xmlsec.Verify(e, w.Public(name))
		if err != nil {
			continue
		}
		accepted++
		theirs, ok := f.xmlsec1Verify(d.Data, e, file)
		if !ok || !bytes.Equal(ours.Bytes(), theirs) {
			t.Errorf("%s: ours %q, xmlsec1 %v %q", d.Name, ours.Bytes(), ok, theirs)
		}
	}
	for _, c := range e.Elements() {
		accepted += askXmlsec1(t, f, w, public, d, c)
	}
	return accepted
}

// TestWhateverWeAcceptAfterEditsXmlsec1Accepts edits genuine documents at
// random, in ways that keep the meaning and in ways that do not.
func TestWhateverWeAcceptAfterEditsXmlsec1Accepts(t *testing.T) {
	need(t, "xmlsec1")
	w, f := corpus.New(t), newFiles(t)
	keyFile := f.publicKey("rsa.pub", w.Keys["rsa"].Public())
	ed := editor{rand.New(rand.NewPCG(6, 6))}
	var sources []string
	for _, d := range w.Matrix() {
		if d.NameID != "" && d.Keys == nil {
			sources = append(sources, string(d.Data))
		}
	}
	const tries, asked = 40_000, 100
	accepted, read := 0, 0
	for range tries {
		doc := ed.edit(sources[ed.IntN(len(sources))])
		root, err := xmlsec.Parse([]byte(doc), xmlsec.Message)
		if err != nil {
			continue
		}
		read++
		e := holder(root)
		if e == nil {
			continue
		}
		ours, err := xmlsec.Verify(e, []crypto.PublicKey{w.Keys["rsa"].Public()})
		if err != nil {
			continue
		}
		if accepted++; accepted > asked && accepted%200 != 0 {
			continue
		}
		theirs, ok := f.xmlsec1Verify([]byte(doc), e, keyFile)
		if !ok || !bytes.Equal(ours.Bytes(), theirs) {
			t.Fatalf("document %q\nours    %q\nxmlsec1 %v %q", doc, ours.Bytes(), ok, theirs)
		}
	}
	t.Logf("%d edited documents: %d read, %d accepted", tries, read, accepted)
	if accepted < asked {
		t.Error("the edits leave too little to compare")
	}
}

// editor changes documents.
type editor struct{ *rand.Rand }

// edit applies one to three edits.
func (ed editor) edit(doc string) string {
	for range 1 + ed.IntN(3) {
		if ed.IntN(4) == 0 {
			doc = ed.anything(doc)
		} else {
			doc = ed.spelling(doc)
		}
	}
	return doc
}

// spelling changes how something is written; most of these keep the meaning.
func (ed editor) spelling(doc string) string {
	switch ed.IntN(9) {
	case 0: // white space in a tag
		return ed.after(doc, `"`, ed.one(" ", "\n", "\t"), ed.one(">", "/>", " "))
	case 1: // the other quotes
		return ed.quotes(doc)
	case 2: // a character reference
		i := ed.IntN(len(doc))
		return doc[:i] + "&#" + itoa(doc[i]) + ";" + doc[i+1:]
	case 3: // white space in base64
		i := strings.Index(doc, "Value>") + 6 + ed.IntN(30)
		return doc[:i] + ed.one(" ", "\n", "\t", "\r\n") + doc[i:]
	case 4: // an unused declaration
		return ed.after(doc, `" `, `xmlns:zz="urn:zz" `, "")
	case 5: // around the document
		return ed.one("", "\n", " ") + doc + ed.one("", "\n", "<!-- -->", "x", "<?x?>")
	case 6: // other key information
		if i, j := strings.Index(doc, "<ds:KeyInfo>"), strings.Index(doc, "</ds:KeyInfo>"); i > 0 && j > i {
			return doc[:i] + ed.one("", "<ds:KeyInfo/>", "<ds:KeyInfo><ds:KeyName>x</ds:KeyName>"+"</ds:KeyInfo>", "<ds:KeyInfo Id='_k'/>") + doc[j+13:]
		}
		return doc
	case 7: // an identifier on the signature
		return strings.Replace(doc, "<ds:Signature ", `<ds:Signature Id="`+ed.one("_s", "_assertion-1", "")+`" `, 1)
	}
	i := ed.IntN(len(doc)) // a piece in CDATA
	j := min(len(doc), i+ed.IntN(6))
	return doc[:i] + "<![CDATA[" + doc[i:j] + "]]>" + doc[j:]
}

// after inserts a piece behind a random occurrence of mark that next follows.
func (ed editor) after(doc, mark, piece, next string) string {
	mark += next
	at := ed.IntN(len(doc))
	i := strings.Index(doc[at:], mark)
	if i < 0 {
		return doc
	}
	i += at + len(mark) - len(next)
	return doc[:i] + piece + doc[i:]
}

// quotes turns the double quotes of one attribute into single ones.
func (ed editor) quotes(doc string) string {
	at := ed.IntN(len(doc))
	i := strings.Index(doc[at:], `="`)
	if i < 0 {
		return doc
	}
	i += at + 1
	j := strings.Index(doc[i+1:], `"`)
	if j < 0 {
		return doc
	}
	j += i + 1
	return doc[:i] + "'" + doc[i+1:j] + "'" + doc[j+1:]
}

// anything changes, removes, doubles or inserts something somewhere.
func (ed editor) anything(doc string) string {
	i := ed.IntN(len(doc))
	j := min(len(doc), i+ed.IntN(40))
	switch ed.IntN(4) {
	case 0:
		return doc[:i] + doc[j:]
	case 1:
		return doc[:j] + doc[i:j] + doc[j:]
	case 2:
		return doc[:i] + ed.one("<", ">", "&", `"`, "'", " ", "\n", "<a/>", "<!---->", ` ID="x"`, "\x00", "é", "]]>", "&amp;", "xmlns=", ":") + doc[i:]
	}
	return doc[:i] + string(rune(' '+ed.IntN(95))) + doc[min(len(doc), i+1):]
}

func (ed editor) one(choices ...string) string { return choices[ed.IntN(len(choices))] }

func itoa(c byte) string {
	const digits = "0123456789"
	return string([]byte{digits[c/100], digits[c/10%10], digits[c%10]})
}
