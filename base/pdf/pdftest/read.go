// Package pdftest reads the files of package pdf more strictly than programs that show
// them: every byte has to be where the file says it is.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

// File is what was read.
type File struct {
	// Objects are the bodies by number; the data of streams are in Streams, decompressed.
	Objects map[int][]byte
	Streams map[int][]byte
	Pages   int
}

var (
	tail       = regexp.MustCompile(`startxref\n([0-9]+)\n%%EOF\n$`)
	trailer    = regexp.MustCompile(`^trailer\n<</Size ([0-9]+)/Root 1 0 R/Info 2 0 R/ID\[<([0-9A-F]{32})><([0-9A-F]{32})>\]>>\nstartxref\n`)
	entryForm  = regexp.MustCompile(`^([0-9]{10}) 00000 n \n$`)
	reference  = regexp.MustCompile(`\b([0-9]+) 0 R\b`)
	lengthForm = regexp.MustCompile(`/Length ([0-9]+)>>\nstream\n`)
	pageForm   = regexp.MustCompile(`^<</Type/Page/`)
	// moving are things that have no place in a document to sign. ISO 19005-2 6.4, 6.5
	moving = regexp.MustCompile(`/(JavaScript|JS|AcroForm|EmbeddedFiles?|Encrypt|OpenAction|AA|Launch|URI|GoToR|RichMedia|XFA|Annots)\b`)
)

const header = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"

// Read reads a file of one revision with a plain table of objects.
func Read(data []byte) (*File, error) {
	if !bytes.HasPrefix(data, []byte(header)) {
		return nil, errors.New("pdftest: header")
	}
	end := tail.FindSubmatch(data)
	if end == nil || bytes.Count(data, []byte("\nstartxref\n")) != 1 {
		return nil, errors.New("pdftest: the file has not exactly one end")
	}
	start, err := strconv.Atoi(string(end[1]))
	if err != nil || start >= len(data) || !bytes.HasPrefix(data[start:], []byte("xref\n0 ")) {
		return nil, errors.New("pdftest: startxref points elsewhere")
	}
	offsets, rest, err := table(data[start+len("xref\n0 "):])
	if err != nil {
		return nil, err
	}
	t := trailer.FindSubmatch(rest)
	if t == nil || string(t[1]) != strconv.Itoa(len(offsets)) || !bytes.Equal(t[2], t[3]) {
		return nil, errors.New("pdftest: trailer")
	}
	f := &File{Objects: map[int][]byte{}, Streams: map[int][]byte{}}
	if err := f.objects(data[:start], offsets); err != nil {
		return nil, err
	}
	return f, f.check()
}

// table gives the offsets by number; that of 0 is 0.
func table(data []byte) (offsets []int, rest []byte, err error) {
	first, rest, ok := bytes.Cut(data, []byte("\n"))
	count, err := strconv.Atoi(string(first))
	if !ok || err != nil || count < 2 || len(rest) < 20*count || string(rest[:20]) != "0000000000 65535 f \n" {
		return nil, nil, errors.New("pdftest: head of the table")
	}
	offsets = append(offsets, 0)
	for n := 1; n < count; n++ {
		m := entryForm.FindSubmatch(rest[20*n : 20*n+20])
		if m == nil {
			return nil, nil, fmt.Errorf("pdftest: entry %d", n)
		}
		at, _ := strconv.Atoi(string(m[1])) // ten digits
		offsets = append(offsets, at)
	}
	return offsets, rest[20*count:], nil
}

// objects reads them one after the other: no byte lies between them.
func (f *File) objects(data []byte, offsets []int) error {
	at := len(header)
	for n := 1; n < len(offsets); n++ {
		head := fmt.Appendf(nil, "%d 0 obj\n", n)
		end := len(data)
		if n+1 < len(offsets) {
			end = offsets[n+1]
		}
		if offsets[n] != at || end > len(data) || end < at+len(head) || !bytes.HasPrefix(data[at:], head) {
			return fmt.Errorf("pdftest: object %d is not where the table says", n)
		}
		body, ok := bytes.CutSuffix(data[at+len(head):end], []byte("\nendobj\n"))
		if !ok {
			return fmt.Errorf("pdftest: object %d has no end", n)
		}
		if err := f.object(n, body); err != nil {
			return err
		}
		at = end
	}
	return nil
}

func (f *File) object(n int, body []byte) error {
	f.Objects[n] = body
	m := lengthForm.FindSubmatchIndex(body)
	if m == nil {
		return nil
	}
	length, err := strconv.Atoi(string(body[m[2]:m[3]]))
	data := body[m[1]:]
	if err != nil || len(data) != length+len("\nendstream") || !bytes.HasSuffix(data, []byte("\nendstream")) {
		return fmt.Errorf("pdftest: stream %d is not as long as it says", n)
	}
	f.Objects[n], data = body[:m[0]], data[:length]
	if bytes.Contains(body[:m[0]], []byte("/FlateDecode")) {
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("pdftest: stream %d: %w", n, err)
		}
		if data, err = io.ReadAll(z); err != nil {
			return fmt.Errorf("pdftest: stream %d: %w", n, err)
		}
	}
	f.Streams[n] = data
	return nil
}

// check follows the references and looks at the marks of the pages.
func (f *File) check() error {
	for n, body := range f.Objects {
		if m := moving.Find(body); m != nil {
			return fmt.Errorf("pdftest: object %d has %s", n, m)
		}
		for _, m := range reference.FindAllSubmatch(body, -1) {
			if to, err := strconv.Atoi(string(m[1])); err != nil || f.Objects[to] == nil {
				return fmt.Errorf("pdftest: object %d refers to %s, which is not there", n, m[1])
			}
		}
		if pageForm.Match(body) {
			f.Pages++
			m := regexp.MustCompile(`/Contents ([0-9]+) 0 R`).FindSubmatch(body)
			if m == nil {
				return fmt.Errorf("pdftest: page %d has no content", n)
			}
			content, _ := strconv.Atoi(string(m[1]))
			if err := marks(f.Streams[content]); err != nil {
				return fmt.Errorf("pdftest: page %d: %w", n, err)
			}
		}
	}
	if f.Pages == 0 || !bytes.Contains(f.Objects[1], []byte("/Type/Catalog")) {
		return errors.New("pdftest: no pages or no catalogue")
	}
	return nil
}

var markForm = regexp.MustCompile(`/MCID ([0-9]+)>>BDC`)

// marks: each is ended, and their numbers follow each other. ISO 32000-1 14.6.2
func marks(content []byte) error {
	for n, m := range markForm.FindAllSubmatch(content, -1) {
		if string(m[1]) != strconv.Itoa(n) {
			return fmt.Errorf("mark %d has the number %s", n, m[1])
		}
	}
	open := 0
	for line := range bytes.Lines(content) {
		switch {
		case bytes.HasSuffix(line, []byte("BDC\n")):
			open++
		case bytes.Equal(line, []byte("EMC\n")):
			open--
		case bytes.HasSuffix(line, []byte("Tj\n")) && open == 0:
			return errors.New("text without a mark")
		}
		if open < 0 || open > 2 {
			return fmt.Errorf("%d open marks", open)
		}
	}
	if open != 0 {
		return errors.New("a mark has no end")
	}
	return nil
}
