package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"errors"
	"fmt"
	"unicode/utf16"
)

// writer collects objects and writes the file.
type writer struct {
	objects [][]byte // by number, from 1
	deflate *zlib.Writer
	err     error
}

// reserve gives the number of an object to come.
func (w *writer) reserve() int {
	w.objects = append(w.objects, nil)
	return len(w.objects)
}

func (w *writer) object(n int, body string) { w.objects[n-1] = []byte(body) }

// stream writes an object with data; entries go into its dictionary.
func (w *writer) stream(n int, entries string, data []byte, compress bool) {
	if compress {
		var b bytes.Buffer
		if w.deflate == nil {
			w.deflate = zlib.NewWriter(&b)
		} else {
			w.deflate.Reset(&b)
		}
		_, err := w.deflate.Write(data)
		if err = errors.Join(err, w.deflate.Close()); err != nil && w.err == nil {
			w.err = err
		}
		data, entries = b.Bytes(), entries+"/Filter/FlateDecode"
	}
	body := fmt.Appendf(nil, "<<%s/Length %d>>\nstream\n", entries, len(data))
	w.objects[n-1] = append(append(body, data...), "\nendstream"...)
}

// file writes header, objects, table and trailer. ISO 32000-1 7.5
func (w *writer) file(catalog, info int) ([]byte, error) {
	if w.err != nil {
		return nil, fmt.Errorf("pdf: compress: %w", w.err)
	}
	size := 1024
	for _, o := range w.objects {
		size += len(o) + 48
	}
	out := make([]byte, 0, size)
	out = append(out, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"...)
	offsets := make([]int, len(w.objects))
	for i, body := range w.objects {
		if body == nil {
			return nil, fmt.Errorf("pdf: object %d was forgotten", i+1)
		}
		offsets[i] = len(out)
		out = fmt.Appendf(out, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	id := sha256.Sum256(out) // ISO 32000-1 14.4: a name made of the content
	start := len(out)
	out = fmt.Appendf(out, "xref\n0 %d\n0000000000 65535 f \n", len(w.objects)+1)
	for _, offset := range offsets {
		out = fmt.Appendf(out, "%010d 00000 n \n", offset)
	}
	return fmt.Appendf(out, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%X><%X>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(w.objects)+1, catalog, info, id[:16], id[:16], start), nil
}

// textString writes text for people: UTF-16 with its mark, in hexadecimal, so that nothing in
// it can end the string. ISO 32000-1 7.9.2.2
func textString(s string) string { return fmt.Sprintf("<FEFF%X>", utf16Bytes(s)) }

func utf16Bytes(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for _, unit := range utf16.Encode([]rune(s)) {
		out = append(out, byte(unit>>8), byte(unit))
	}
	return out
}
