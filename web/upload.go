package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// maxTyped bounds all that was typed beside a file, in bytes.
const maxTyped = DefaultMaxBody

// ReadUpload reads the body of a POST that may bring one file, in the field of the
// given name; file is nil when none was chosen. It keeps the rules of ReadForm,
// which it is for a body without files. A file longer than most bytes is cut one
// byte behind: the caller sees that it is too long, and what was typed is not
// lost. The body limit of the address (MaxBody) must leave room. RFC 7578
func ReadUpload(r *http.Request, field string, most int64) (f *Form, file []byte, err error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "multipart/form-data" {
		r.Body = http.MaxBytesReader(nil, r.Body, maxTyped) // without a file there is no need of room for one
		f, err = ReadForm(r)
		return f, nil, err
	}
	parts, values, typed := multipart.NewReader(r.Body, params["boundary"]), url.Values{}, int64(maxTyped)
	for fields := 0; ; fields++ {
		part, err := parts.NextRawPart()
		switch {
		case err == io.EOF:
			f, err = checkedForm(values)
			return f, file, err
		case err != nil:
			return nil, nil, brokenPart(err)
		case fields >= maxFields:
			return nil, nil, brokenForm("too_many_fields")
		}
		switch name := part.FormName(); {
		case name == field:
			if file != nil {
				return nil, nil, brokenForm("duplicate_field")
			}
			if file, err = readFile(part, most); err != nil {
				return nil, nil, brokenPart(err)
			}
		default:
			var text strings.Builder
			n, err := io.Copy(&text, io.LimitReader(part, typed+1))
			if err != nil {
				return nil, nil, brokenPart(err)
			}
			if typed -= n; typed < 0 || part.FileName() != "" {
				return nil, nil, brokenForm("form_part")
			}
			values.Add(name, text.String())
		}
	}
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
