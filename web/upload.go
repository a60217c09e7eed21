package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxTyped bounds all that was typed beside a file, in bytes.
const maxTyped = DefaultMaxBody

// ReadUpload is ReadUploads for one file; file is nil when none was chosen.
func ReadUpload(r *http.Request, field string, most int64) (f *Form, file []byte, err error) {
	f, files, err := ReadUploads(r, most, field)
	return f, files[field], err
}

// ReadUploads reads the body of a POST that may bring a file in each of some fields;
// those where none was chosen are not in files. It keeps the rules of ReadForm, which it
// is for a body without files. A file longer than most bytes is cut one byte behind: the
// caller sees that it is too long, and what was typed is not lost. The body limit of the
// address (MaxBody) must leave room. RFC 7578
func ReadUploads(r *http.Request, most int64, fields ...string) (f *Form, files map[string][]byte, err error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		r.Body = http.MaxBytesReader(nil, r.Body, maxTyped) // without a file there is no need of room for one
		f, err = ReadForm(r)
		return f, nil, err
	}
	u := upload{fields: fields, most: most, values: url.Values{}, files: map[string][]byte{}, typed: maxTyped}
	parts := multipart.NewReader(r.Body, params["boundary"])
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		switch {
		case err == io.EOF:
			f, err = checkedForm(u.values)
			return f, u.files, err
		case err != nil:
			return nil, nil, brokenPart(err)
		case n >= maxFields:
			return nil, nil, brokenForm("too_many_fields")
		}
		if err := u.take(part); err != nil {
			return nil, nil, err
		}
	}
}

// upload is a form with files while it is read.
type upload struct {
	fields []string
	most   int64
	values url.Values
	files  map[string][]byte
	// typed is how much may still be typed, in bytes.
	typed int64
}

func (u *upload) take(part *multipart.Part) error {
	name := part.FormName()
	if slices.Contains(u.fields, name) {
		if _, twice := u.files[name]; twice {
			return brokenForm("duplicate_field")
		}
		file, err := readFile(part, u.most)
		if err != nil {
			return brokenPart(err)
		}
		if file != nil {
			u.files[name] = file
		}
		return nil
	}
	var text strings.Builder
	n, err := io.Copy(&text, io.LimitReader(part, u.typed+1))
	if err != nil {
		return brokenPart(err)
	}
	if u.typed -= n; u.typed < 0 || part.FileName() != "" {
		return brokenForm("form_part")
	}
	u.values.Add(name, text.String())
	return nil
}

// readFile reads a part up to one byte beyond most; the rest is passed over. A
// browser sends an empty part when no file was chosen.
func readFile(part *multipart.Part, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(part, most+1))
	if err != nil || len(data) == 0 {
		return nil, err
	}
	_, err = io.Copy(io.Discard, part)
	return data, err
}

// brokenPart keeps the errors of the body, which have their own pages, and makes
// a broken form of the rest.
func brokenPart(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return brokenForm("form_syntax")
}
