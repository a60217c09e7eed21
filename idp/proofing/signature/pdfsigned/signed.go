// Package pdfsigned reads a PDF that somebody signed and answers one question: is this
// file the frozen contract, octet for octet, followed by one revision that holds one
// signature over the whole file and nothing else?
//
// It is a strict reader of its own (ISO 32000-1; ETSI EN 319 142-1). Readers that are
// made to show damaged files cannot answer: they call a signature valid that covers a
// part of the file, or an earlier revision. What is unusual is refused. The reader
// needs the contract to be a plain PDF (Check), which is for us to make.
package pdfsigned

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"atrio/idp/proofing/signature/refusal"
)

// Signed is a file that passed. The message in CMS is not verified yet.
type Signed struct {
	// CMS is what stands in Contents, padding included.
	CMS []byte
	// Before and After are the octets signed: everything but Contents.
	Before, After []byte
	// SubFilter is the kind of signature.
	SubFilter string
	// Claimed is the time that the dictionary claims (M), zero if none can be read.
	Claimed time.Time
}

// Kinds of signatures that are read.
const (
	PAdES = "ETSI.CAdES.detached"
	PKCS7 = "adbe.pkcs7.detached"
)

// Read reads an upload. The error is a refusal, or ErrContract.
func Read(frozen, upload []byte) (*Signed, error) {
	c, err := readContract(frozen)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(upload, frozen) {
		return nil, refusal.New(refusal.OtherContent, "the first revision is not the contract")
	}
	tail := upload[len(frozen):]
	if len(bytes.TrimRight(tail, "\r\n ")) == 0 || !bytes.Contains(tail, []byte("ByteRange")) && !bytes.Contains(tail, []byte("#")) {
		return nil, refusal.New(refusal.NotSigned, "no signature in the PDF")
	}
	r, err := readRevision(upload, len(frozen))
	if err != nil {
		return nil, err
	}
	if r.end != len(upload) {
		if strings.Contains(string(upload[r.end:]), "/ByteRange") {
			return nil, refusal.New(refusal.SeveralSigners, "signed again after the signature")
		}
		return nil, refusal.New(refusal.IncrementalUpdate, "something follows the signature")
	}
	if err := r.checkActive(); err != nil {
		return nil, err
	}
	s, at, err := r.signature(upload, len(frozen))
	if err != nil {
		return nil, err
	}
	if err := r.checkChanges(c); err != nil {
		return nil, err
	}
	return s, r.checkField(c, at)
}

// signature finds the one dictionary with a ByteRange and checks what it covers.
func (r *revision) signature(upload []byte, from int) (*Signed, ref, error) {
	var found dict
	var at ref
	count := 0
	err := r.each(func(d dict, inner bool) error {
		if _, ok := d["ByteRange"]; ok {
			count++
			found = d
			if inner {
				return malformed("a signature inside another object")
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, at, err
	case count == 0:
		return nil, at, refusal.New(refusal.NotSigned, "no signature in the PDF")
	case count > 1:
		return nil, at, refusal.New(refusal.SeveralSigners, "more than one signature dictionary")
	}
	for n, o := range r.objects {
		if d, ok := o.value.(dict); ok && d["ByteRange"] != nil {
			at = ref{n, o.generation}
		}
	}
	kind, _ := found["SubFilter"].(name)
	if kind != PAdES && kind != PKCS7 || found["Type"] != nil && found["Type"] != any(name("Sig")) {
		return nil, at, refusal.New(refusal.UnsupportedFormat, "a kind of PDF signature that is not read")
	}
	contents, ok := found["Contents"].(text)
	if !ok || !contents.hex || contents.to-contents.from != 2*len(contents.value)+2 || contents.from < from {
		return nil, at, malformed("contents that are not plain hexadecimal")
	}
	if !covers(found["ByteRange"], contents, len(upload)) {
		return nil, at, malformed("the byte range does not cover the file but for the contents")
	}
	s := &Signed{CMS: []byte(contents.value), Before: upload[:contents.from], After: upload[contents.to:], SubFilter: string(kind)}
	if m, ok := found["M"].(text); ok {
		s.Claimed = readDate(m.value)
	}
	return s, at, nil
}

// readDate reads a date (ISO 32000-1 7.9.4): "D:20261128130000+01'00'".
func readDate(s string) time.Time {
	s = strings.TrimSuffix(strings.ReplaceAll(s, "'", ""), "Z")
	for _, form := range []string{"D:20060102150405-0700", "D:20060102150405"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// covers says whether a byte range is exactly the file without the contents, the angle
// brackets belonging to the contents (ISO 32000-1 12.8.1).
func covers(v any, contents text, length int) bool {
	list, ok := v.(array)
	if !ok || len(list) != 4 {
		return false
	}
	want := []int{0, contents.from, contents.to, length - contents.to}
	return slices.EqualFunc(list, want, func(v any, n int) bool {
		got, ok := v.(number)
		return ok && got.integer && got.value == float64(n)
	})
}

// checkField checks that the signature is the value of the one field of the form, and
// that its widget is all that was put on the pages.
func (r *revision) checkField(c *contract, signature ref) error {
	catalog := r.dict(c.root)
	if catalog == nil {
		return malformed("a signature without a form")
	}
	form, _ := r.resolve(catalog["AcroForm"]).(dict)
	fields, _ := r.resolve(form["Fields"]).(array)
	if len(fields) != 1 {
		return refusal.New(refusal.IncrementalUpdate, "other than one field in the form")
	}
	for key := range form {
		if !slices.Contains([]name{"Fields", "SigFlags", "DR", "DA", "Q", "NeedAppearances"}, key) {
			return changed("a form of more than a signature")
		}
	}
	at, _ := fields[0].(ref)
	field := r.dict(at)
	if field["FT"] != any(name("Sig")) || field["V"] != any(signature) || c.objects[at.number] != nil {
		return changed("the field is not the one of the signature")
	}
	widget := at
	if kids, there := field["Kids"]; there {
		list, _ := r.resolve(kids).(array)
		if len(list) != 1 {
			return changed("a field with several widgets")
		}
		widget, _ = list[0].(ref)
		if r.dict(widget)["Parent"] != any(at) {
			return changed("a widget of another field")
		}
	}
	return r.checkAnnotations(c, widget)
}

// checkAnnotations lets one page gain that widget, behind what it had.
func (r *revision) checkAnnotations(c *contract, widget ref) error {
	gained := 0
	for n, o := range r.objects {
		old := c.objects[n]
		page, _ := o.value.(dict)
		if old == nil || page["Type"] != any(name("Page")) {
			continue
		}
		before, _ := c.resolve(old.value.(dict)["Annots"]).(array)
		after, _ := r.resolve(page["Annots"]).(array)
		if len(after) < len(before) || !same(before, after[:len(before)]) {
			return changed("the annotations of a page are not those of the contract")
		}
		for _, added := range after[len(before):] {
			if gained++; added != any(widget) {
				return changed("an annotation that is not the signature")
			}
		}
	}
	if gained > 1 || gained == 1 && r.dict(widget)["Subtype"] != any(name("Widget")) {
		return changed("annotations that are not the signature")
	}
	return nil
}
