package signaturetest

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Contract makes a small PDF of one revision.
func Contract(text string) []byte { return ContractWith(text, nil) }

// ContractWith makes one with further or other objects.
func ContractWith(text string, more map[int]string) []byte {
	content := "BT /F1 12 Tf 72 720 Td (" + text + ") Tj ET"
	out := []byte("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	objects := map[int]string{
		1:  Catalog[:len(Catalog)-3] + " >>",
		2:  "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		3:  Page[:len(Page)-3] + " >>",
		4:  fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		5:  "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		6:  "<< /Title (Richiesta) /Producer (Atrio) >>",
		20: "<< /Type /Metadata /Subtype /XML /Length 4 >>\nstream\n<a/>\nendstream",
	}
	maps.Copy(objects, more)
	return revision(out, objects, "/Root 1 0 R /Info 6 0 R", size)
}

// size is above all numbers of objects in tests.
const size = 40

// Catalog and Page are objects 1 and 3 of the contract.
const (
	Catalog = "<< /Type /Catalog /Pages 2 0 R /Lang (it) /Metadata 20 0 R >>"
	Page    = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.28 841.89] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>"
)

// revision appends objects, their table and a trailer.
func revision(out []byte, objects map[int]string, trailer string, size int) []byte {
	numbers := slices.Sorted(maps.Keys(objects))
	offsets := map[int]int{}
	for _, n := range numbers {
		offsets[n] = len(out)
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", n, objects[n])
	}
	at := len(out)
	out = append(out, "xref\n0 1\n0000000000 65535 f \n"...)
	for _, n := range numbers {
		out = fmt.Appendf(out, "%d 1\n%010d 00000 n \n", n, offsets[n])
	}
	return fmt.Appendf(out, "trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n", size, trailer, at)
}

// start reads the last startxref.
func start(pdf []byte) string {
	return strings.Fields(string(pdf[bytes.LastIndex(pdf, []byte("startxref"))+len("startxref"):]))[0]
}

// PDF says how a PDF is signed. Objects are added to, or replace, those of an ordinary
// signature: 7 the form, 8 the field with its widget, 9 the signature.
type PDF struct {
	Message Message
	Objects map[int]string
	// Trailer is added to the trailer, Keys to the dictionary of the signature.
	Trailer, Keys string
	SubFilter     string // ETSI.CAdES.detached if empty
	// Range alters the byte range before signing.
	Range func([4]int) [4]int
	// Fill is put behind the message in its place.
	Fill []byte
	// Rewrite alters the file between placing and signing, keeping its length.
	Rewrite func([]byte) []byte
}

const (
	room        = 12000 // hexadecimal digits reserved for the message
	placeholder = "[0 0000000001 0000000002 0000000003]"
)

// Sign appends the revision with the signature.
func (p PDF) Sign(contract []byte, by *Identity) []byte {
	kind := p.SubFilter
	if kind == "" {
		kind = "ETSI.CAdES.detached"
	}
	objects := map[int]string{
		1: Catalog[:len(Catalog)-3] + " /AcroForm 7 0 R >>",
		3: Page[:len(Page)-3] + " /Annots [8 0 R] >>",
		7: "<< /Fields [8 0 R] /SigFlags 3 >>",
		8: "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Firma) /Rect [0 0 0 0] /F 132 /P 3 0 R /V 9 0 R >>",
		9: signatureObject(kind, p.Keys),
	}
	for n, text := range p.Objects {
		if objects[n] = text; text == "" {
			delete(objects, n)
		}
	}
	out := revision(slices.Clone(contract), objects, "/Root 1 0 R /Info 6 0 R /Prev "+start(contract)+" "+p.Trailer, size)
	return p.fill(out, by)
}

// fill says what is signed, and puts the message into its place.
func (p PDF) fill(out []byte, by *Identity) []byte {
	from := bytes.LastIndex(out, []byte("<"+strings.Repeat("0", room)+">"))
	to := from + room + 2
	area := [4]int{0, from, to, len(out) - to}
	if p.Range != nil {
		area = p.Range(area)
	}
	text := fmt.Sprintf("[%d %d %d %d", area[0], area[1], area[2], area[3])
	text += strings.Repeat(" ", len(placeholder)-len(text)-1) + "]"
	at := bytes.LastIndex(out, []byte(placeholder))
	copy(out[at:], text)
	if p.Rewrite != nil {
		out = p.Rewrite(out)
	}
	m := p.Message
	m.Detached, m.Content = true, slices.Concat(out[:from], out[to:])
	digits := hex.EncodeToString(append(m.Sign(by), p.Fill...))
	if len(digits) > room {
		panic("signaturetest: the message does not fit")
	}
	copy(out[from+1:], digits)
	return out
}

var (
	rootOf = regexp.MustCompile(`/Root ([0-9]{1,7}) 0 R`)
	infoOf = regexp.MustCompile(`/Info [0-9]+ 0 R`)
	idOf   = regexp.MustCompile(`/ID\[[^\]]*\]`)
	sizeOf = regexp.MustCompile(`/Size ([0-9]{1,7})`)
)

// SignPDF signs any PDF of one revision with a plain table (pdfsigned.Check), without a
// mark on its pages: the catalog gains a form with the field of the signature.
func SignPDF(pdf []byte, by *Identity) ([]byte, error) {
	at := bytes.LastIndex(pdf, []byte("trailer"))
	if at < 0 {
		return nil, errPDF
	}
	trailer := pdf[at:]
	root, length := rootOf.FindSubmatch(trailer), sizeOf.FindSubmatch(trailer)
	if root == nil || length == nil {
		return nil, errPDF
	}
	number := must(strconv.Atoi(string(root[1])))
	free := must(strconv.Atoi(string(length[1])))
	_, rest, found := bytes.Cut(pdf, fmt.Appendf(nil, "\n%d 0 obj\n", number))
	catalog, _, closed := bytes.Cut(rest, []byte("\nendobj"))
	inner, dict := bytes.CutSuffix(bytes.TrimSpace(catalog), []byte(">>"))
	if !found || !closed || !dict {
		return nil, errPDF
	}
	objects := map[int]string{
		number:   fmt.Sprintf("%s/AcroForm %d 0 R>>", inner, free),
		free:     fmt.Sprintf("<< /Fields [%d 0 R] /SigFlags 3 >>", free+1),
		free + 1: fmt.Sprintf("<< /FT /Sig /T (Firma) /V %d 0 R >>", free+2),
		free + 2: signatureObject("ETSI.CAdES.detached", ""),
	}
	keys := fmt.Sprintf("/Root %d 0 R %s %s /Prev %s", number, infoOf.Find(trailer), idOf.Find(trailer), start(pdf))
	return PDF{}.fill(revision(slices.Clone(pdf), objects, keys, free+3), by), nil
}

var errPDF = errors.New("signaturetest: not a PDF of one revision with a plain table")

// signatureObject is the dictionary of a signature with room for the message.
func signatureObject(kind, keys string) string {
	return "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /" + kind + " /ByteRange " + placeholder + " /Contents <" + strings.Repeat("0", room) + "> " + keys + ">>"
}

// Update appends a further revision, as somebody would after signing.
func Update(pdf []byte, objects map[int]string) []byte {
	return revision(slices.Clone(pdf), objects, "/Root 1 0 R /Info 6 0 R /Prev "+start(pdf), size)
}
