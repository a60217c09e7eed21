package signature_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/pdfsigned"
	"atrio/idp/proofing/signature/refusal"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/people/person"
)

// objects is a signed PDF with further or other objects in the revision of the signature.
func objects(pairs ...any) st.PDF {
	p := st.PDF{Objects: map[int]string{}}
	for i := 0; i < len(pairs); i += 2 {
		p.Objects[pairs[i].(int)] = pairs[i+1].(string)
	}
	return p
}

func catalog(more string) string { return strings.TrimSuffix(st.Catalog, ">>") + more + " >>" }

func page(more string) string { return strings.TrimSuffix(st.Page, ">>") + more + " >>" }

const field = "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Firma) /Rect [0 0 0 0] /V 9 0 R "

func TestWhatAnOrdinarySignatureAddsIsTaken(t *testing.T) {
	w := newWorld()
	mario := w.Person(w.Granted, cf)
	for name, p := range map[string]st.PDF{
		"a visible signature":        objects(8, field+"/P 3 0 R /AP << /N 10 0 R >> >>", 10, "<< /Type /XObject /Subtype /Form /BBox [0 0 100 50] /Length 8 >>\nstream\nBT ET\r\n \nendstream"),
		"a field with a kid":         objects(8, "<< /FT /Sig /T (F) /V 9 0 R /Kids [10 0 R] >>", 10, "<< /Subtype /Widget /Parent 8 0 R /Rect [0 0 0 0] >>", 3, page("/Annots [10 0 R]")),
		"no widget at all":           objects(3, "", 8, "<< /FT /Sig /T (F) /V 9 0 R >>"),
		"the form inline":            objects(1, catalog("/AcroForm << /Fields [8 0 R] /SigFlags 3 >>"), 7, ""),
		"annotations aside":          objects(3, page("/Annots 10 0 R"), 10, "[8 0 R]"),
		"written differently":        objects(3, strings.ReplaceAll(strings.ReplaceAll(page("/Annots [8 0 R]"), "/Font <<", "/F#6fnt\n<<"), "595.28", "+595.280")),
		"another encoding of a text": objects(1, strings.Replace(catalog("/AcroForm 7 0 R"), "(it)", "<FEFF00690074>", 1)),
		"other metadata":             objects(20, "<< /Type /Metadata /Subtype /XML /Length 5 >>\nstream\n<b/>\n\nendstream"),
		"a new description":          objects(6, "<< /Title (Richiesta) /ModDate (D:20261128120000Z) >>"),
		"certification":              objects(1, catalog("/AcroForm 7 0 R /Perms << /DocMDP 9 0 R >>")),
		"a reference to DocMDP":      {Keys: "/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /P 1 /V /1.2 >> >>] "},
	} {
		w.wants(t, name, p.Sign(contract, mario), "")
	}
}

// A20: updates, shadows, wrapping, active content.
func TestEveryReasonAboutThePDF(t *testing.T) {
	w := newWorld()
	mario := w.Person(w.Granted, cf)
	signed := st.PDF{}.Sign(contract, mario)
	sign := func(pairs ...any) []byte { return objects(pairs...).Sign(contract, mario) }
	ranged := func(change func([4]int) [4]int) []byte { return st.PDF{Range: change}.Sign(contract, mario) }
	stream := func(dict string) string { return "<< " + dict + " /Length 1 >>\nstream\nx\nendstream" }
	sig := func(n int) string { return fmt.Sprintf("<< /Type /Sig /ByteRange [0 1 2 %d] /Contents <00> >>", n) }
	for _, c := range []struct {
		name   string
		upload []byte
		want   refusal.Reason
	}{
		// what was signed
		{"another contract", st.PDF{}.Sign(st.Contract("altro"), mario), refusal.OtherContent},
		{"one octet of the contract", bytes.Replace(signed, []byte("Prova"), []byte("prova"), 1), refusal.OtherContent},
		{"only a description added", st.Update(contract, map[int]string{6: "<< /Title (x) >>"}), refusal.NotSigned},
		{"a field to sign, not signed", st.Update(contract, map[int]string{1: catalog("/AcroForm << /Fields [8 0 R] >>"), 8: "<< /FT /Sig /T (Firma) >>"}), refusal.NotSigned},
		{"an octet of the revision", bytes.Replace(signed, []byte("(Firma)"), []byte("(firma)"), 1), refusal.BadSignature},
		{"another digest", st.PDF{Message: st.Message{OtherDigest: true}}.Sign(contract, mario), refusal.BadSignature},
		{"SHA-1 of PKCS#7", st.PDF{SubFilter: "adbe.pkcs7.sha1"}.Sign(contract, mario), refusal.UnsupportedFormat},
		{"a time stamp of the document", st.PDF{SubFilter: "ETSI.RFC3161"}.Sign(contract, mario), refusal.UnsupportedFormat},
		// after the signature (A20)
		{"an update after it", st.Update(signed, map[int]string{4: stream("")}), refusal.IncrementalUpdate},
		{"an empty update after it", st.Update(signed, nil), refusal.IncrementalUpdate},
		{"a second signature after it", st.PDF{}.Sign(signed, mario), refusal.SeveralSigners},
		{"a line after it", append(bytes.Clone(signed), "\n\n"...), refusal.IncrementalUpdate},
		{"a nought after it", append(bytes.Clone(signed), 0), refusal.IncrementalUpdate},
		// beside the signature: shadows
		{"the page's content", sign(4, stream("")), refusal.IncrementalUpdate},
		{"the font", sign(5, "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"), refusal.IncrementalUpdate},
		{"the pages", sign(2, "<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>"), refusal.IncrementalUpdate},
		{"another content of the page", sign(3, strings.Replace(page("/Annots [8 0 R]"), "/Contents 4 0 R", "/Contents 10 0 R", 1), 10, stream("")), refusal.IncrementalUpdate},
		{"a page turned round", sign(3, page("/Rotate 180 /Annots [8 0 R]")), refusal.IncrementalUpdate},
		{"another language", sign(1, strings.Replace(catalog("/AcroForm 7 0 R"), "(it)", "(en)", 1)), refusal.IncrementalUpdate},
		{"metadata that are something else", sign(20, "<< /Type /XObject /Length 0 >>\nstream\n\nendstream"), refusal.IncrementalUpdate},
		{"metadata that are no stream", sign(20, "<< /Type /Metadata >>"), refusal.IncrementalUpdate},
		{"another catalog", sign(1, "<< /Type /Catalog /Pages 10 0 R /AcroForm 7 0 R >>", 10, "<< /Type /Pages /Kids [] /Count 0 >>"), refusal.IncrementalUpdate},
		{"a second annotation", sign(3, page("/Annots [8 0 R 10 0 R]"), 10, "<< /Type /Annot /Subtype /Square /Rect [0 0 600 800] >>"), refusal.IncrementalUpdate},
		{"a widget of nobody", sign(3, page("/Annots [10 0 R]"), 10, "<< /Subtype /Widget /Rect [0 0 0 0] >>"), refusal.IncrementalUpdate},
		{"a second field", sign(7, "<< /Fields [8 0 R 10 0 R] >>", 10, "<< /FT /Tx /T (x) /V (y) >>"), refusal.IncrementalUpdate},
		{"a field of text", sign(8, "<< /FT /Tx /T (x) /V 9 0 R >>"), refusal.IncrementalUpdate},
		{"a field without the signature", sign(8, "<< /FT /Sig /T (x) >>"), refusal.IncrementalUpdate},
		{"no field", sign(7, "<< /Fields [] >>"), refusal.IncrementalUpdate},
		{"no form", sign(1, ""), refusal.Malformed},
		{"fields computed", sign(7, "<< /Fields [8 0 R] /CO [8 0 R] >>"), refusal.IncrementalUpdate},
		{"a description that is a page", sign(6, "<< /Title 4 0 R >>"), refusal.IncrementalUpdate},
		{"a field with two widgets", sign(8, "<< /FT /Sig /T (F) /V 9 0 R /Kids [10 0 R 11 0 R] >>", 10, "<< /Subtype /Widget /Parent 8 0 R >>", 11, "<< /Subtype /Widget /Parent 8 0 R >>", 3, page("/Annots [10 0 R]")), refusal.IncrementalUpdate},
		{"a widget of another parent", sign(8, "<< /FT /Sig /T (F) /V 9 0 R /Kids [10 0 R] >>", 10, "<< /Subtype /Widget /Parent 3 0 R >>", 3, page("/Annots [10 0 R]")), refusal.IncrementalUpdate},
		{"another description", st.PDF{Rewrite: swap("/Info 6 0 R", "/Info 5 0 R")}.Sign(contract, mario), refusal.IncrementalUpdate},
		{"another root", st.PDF{Trailer: "", Rewrite: swap("/Root 1 0 R", "/Root 2 0 R")}.Sign(contract, mario), refusal.IncrementalUpdate},
		{"another revision before", st.PDF{Rewrite: swap("/Prev ", "/Prev 1")}.Sign(contract, mario), refusal.IncrementalUpdate},
		{"another generation", st.PDF{Objects: map[int]string{6: "<< /Title (x) >>"}, Rewrite: generation}.Sign(contract, mario), refusal.IncrementalUpdate},
		{"a table that forgets", st.PDF{Rewrite: swap("/Size 40", "/Size 20")}.Sign(contract, mario), refusal.IncrementalUpdate},
		{"a table that points elsewhere", st.PDF{Rewrite: elsewhere}.Sign(contract, mario), refusal.Malformed},
		{"a table for another object", st.PDF{Rewrite: swap("\n7 1\n", "\n6 1\n")}.Sign(contract, mario), refusal.Malformed},
		{"a start that is none", st.PDF{Rewrite: func(pdf []byte) []byte {
			pdf[bytes.LastIndex(pdf, []byte("startxref\n"))+len("startxref\n")]++
			return pdf
		}}.Sign(contract, mario), refusal.Malformed},
		{"an object that the table does not list", sign(8, field+">>\nendobj\n10 0 obj\n<< >>"), refusal.Malformed},
		{"an object twice", sign(8, field+">>\nendobj\n7 0 obj\n<< >>"), refusal.Malformed},
		{"a number beyond the table", sign(45, "<< >>"), refusal.Malformed},
		{"an object deleted", st.PDF{Rewrite: swap("0 1\n0000000000 65535 f ", "4 1\n0000000000 65535 f ")}.Sign(contract, mario), refusal.IncrementalUpdate},
		// active content
		{"JavaScript", sign(10, "<< /S /JavaScript /JS (app.alert) >>"), refusal.ActiveContent},
		{"JavaScript in a disguise", sign(10, "<< /S /Java#53cript /J#53 (app.alert) >>"), refusal.ActiveContent},
		{"on opening", sign(1, catalog("/AcroForm 7 0 R /OpenAction 10 0 R"), 10, "<< >>"), refusal.ActiveContent},
		{"an action of the field", sign(8, field+"/AA << /E 10 0 R >> >>", 10, "<< >>"), refusal.ActiveContent},
		{"XFA", sign(7, "<< /Fields [8 0 R] /XFA 10 0 R >>", 10, stream("")), refusal.ActiveContent},
		{"a file inside", sign(10, stream("/Type /EmbeddedFile")), refusal.ActiveContent},
		{"files by name", sign(1, catalog("/AcroForm 7 0 R /Names << /EmbeddedFiles 10 0 R >>"), 10, "<< >>"), refusal.ActiveContent},
		{"a link", sign(10, "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>"), refusal.ActiveContent},
		{"layers", sign(1, catalog("/AcroForm 7 0 R /OCProperties << >>")), refusal.ActiveContent},
		{"deep inside", sign(10, "[[<< /x [<< /Launch (x) >>] >>]]"), refusal.ActiveContent},
		// byte range and wrapping
		{"two byte ranges in one revision", sign(10, sig(3)), refusal.SeveralSigners},
		{"a byte range inside another object", st.Update(contract, map[int]string{10: "[ " + sig(3) + " ]"}), refusal.Malformed},
		{"byte range twice", st.PDF{Keys: "/ByteRange [0 1 2 3] "}.Sign(contract, mario), refusal.Malformed},
		{"byte range twice, once in a disguise", st.PDF{Keys: "/Byte#52ange [0 1 2 3] "}.Sign(contract, mario), refusal.Malformed},
		{"contents twice", st.PDF{Keys: "/Contents <00> "}.Sign(contract, mario), refusal.Malformed},
		{"not from the beginning", ranged(func(r [4]int) [4]int { return [4]int{1, r[1] - 1, r[2], r[3]} }), refusal.Malformed},
		{"not to the end", ranged(func(r [4]int) [4]int { return [4]int{0, r[1], r[2], r[3] - 1} }), refusal.Malformed},
		{"a wider gap", ranged(func(r [4]int) [4]int { return [4]int{0, r[1] - 1, r[2], r[3]} }), refusal.Malformed},
		{"a gap without the brackets", ranged(func(r [4]int) [4]int { return [4]int{0, r[1] + 1, r[2] - 1, r[3] + 1} }), refusal.Malformed},
		{"white space in the contents", spaced(signed), refusal.Malformed},
		{"something behind the message", st.PDF{Fill: []byte{0, 0, 1}}.Sign(contract, mario), refusal.Malformed},
		{"a message with a content", pdfWithContent(mario), refusal.Malformed},
		{"two signers in the message", st.PDF{Message: st.Message{Others: []*st.Identity{w.Person(w.Granted, other)}}}.Sign(contract, mario), refusal.SeveralSigners},
		// form
		{"truncated", signed[:len(signed)-7], refusal.Malformed},
		{"cut inside", signed[:len(contract)+900], refusal.Malformed},
		{"encrypted", st.PDF{Trailer: "/Encrypt 10 0 R "}.Sign(contract, mario), refusal.Malformed},
		{"a second table", st.PDF{Trailer: "/XRefStm 10 "}.Sign(contract, mario), refusal.Malformed},
		{"compressed objects", sign(10, stream("/Type /ObjStm /N 1 /First 4")), refusal.Malformed},
		{"a key twice", sign(10, "<< /a 1 /#61 2 >>"), refusal.Malformed},
		{"a length that lies", sign(10, "<< /Length 2 >>\nstream\nxendstream"), refusal.Malformed},
		{"deeply nested", sign(10, strings.Repeat("[", 40)+strings.Repeat("]", 40)), refusal.Malformed},
	} {
		w.wants(t, c.name, c.upload, c.want)
	}
}

func swap(old, with string) func([]byte) []byte {
	return func(pdf []byte) []byte {
		at := bytes.LastIndex(pdf, []byte(old))
		copy(pdf[at:], with)
		return pdf
	}
}

// pdfWithContent puts a message that carries its content into a PDF.
func pdfWithContent(by *st.Identity) []byte {
	pdf := st.PDF{}.Sign(contract, by)
	from := bytes.LastIndex(pdf, []byte("/Contents <")) + len("/Contents <")
	to := from + bytes.IndexByte(pdf[from:], '>')
	digits := fmt.Sprintf("%x", st.Message{Content: []byte("x")}.Sign(by))
	copy(pdf[from:to], digits+strings.Repeat("0", to-from-len(digits)))
	return pdf
}

func TestAContractThatCannotBeFrozenIsAMistakeOfOurs(t *testing.T) {
	w := newWorld()
	mario := w.Person(w.Granted, cf)
	for name, bad := range map[string][]byte{
		"no PDF":      []byte("hello"),
		"cut":         contract[:len(contract)-10],
		"updated":     st.Update(contract, map[int]string{6: "<< >>"}),
		"signed":      st.PDF{}.Sign(contract, mario),
		"with a form": bytes.Replace(contract, []byte("/Lang (it) "), []byte("/AcroForm 7"), 1),
	} {
		if err := pdfsigned.Check(bad); !errors.Is(err, pdfsigned.ErrContract) || refusal.Of(err) != "" {
			t.Errorf("%s: %v", name, err)
		}
		_, err := w.Verify(context.Background(), signature.Request{Contract: bad, FiscalCode: person.FiscalCode(cf), Upload: append([]byte("%PDF-1.4"), bad...), At: now})
		if err == nil || refusal.Of(err) != "" {
			t.Errorf("%s: the person is blamed: %v", name, err)
		}
	}
	if err := pdfsigned.Check(contract); err != nil {
		t.Error(err)
	}
}

// spaced writes white space among the digits of a signature, where nothing is signed.
func spaced(pdf []byte) []byte {
	pdf = bytes.Clone(pdf)
	end := bytes.LastIndex(pdf, []byte("00>"))
	copy(pdf[end:], "  ")
	return pdf
}

// generation gives the description another generation.
func generation(pdf []byte) []byte {
	swap("\n6 0 obj", "\n6 1 obj")(pdf)
	at := bytes.LastIndex(pdf, []byte("\n6 1\n")) + len("\n6 1\n0000000000 0000")
	pdf[at] = '1'
	return pdf
}

// elsewhere lets the table say that the form stands somewhere else.
func elsewhere(pdf []byte) []byte {
	at := bytes.LastIndex(pdf, []byte("\n7 1\n")) + len("\n7 1\n000000000")
	pdf[at] ^= 1
	return pdf
}
