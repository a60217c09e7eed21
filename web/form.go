package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"atrio/base/fault"
	"atrio/web/ui"
)

// Limits of a form; its size is the body limit of the address.
const (
	maxFields    = 200
	maxFieldName = 64
)

// Form is what a visitor sent. The typed readers add to Errors what is wrong;
// the values stay as typed, to be shown again.
type Form struct {
	Errors ui.Errors

	values url.Values
}

// FormOption changes how ReadForm reads.
type FormOption func(*formOptions)

type formOptions struct{ repeated []string }

// Repeated allows fields to come more than once, as lists of checkboxes do.
func Repeated(names ...string) FormOption {
	return func(o *formOptions) { o.repeated = append(o.repeated, names...) }
}

// bodyRoom is the most that is set aside before a body comes: what a client says
// about its length is not believed further.
const bodyRoom = 64 << 10

// readBody reads the body into a text of about the right size at once; the limit of the
// route is on r.Body (MaxBody).
func readBody(r *http.Request) (string, error) {
	var body strings.Builder
	body.Grow(int(min(max(r.ContentLength, 0), bodyRoom)))
	_, err := io.CopyBuffer(&body, r.Body, make([]byte, 2<<10))
	return body.String(), err
}

// ReadForm reads the body of a POST. It refuses another content type (415), a
// body over the limit (413), and with 400 what no browser sends for our pages:
// too many fields, a field twice, bytes that are not UTF-8, NUL.
func ReadForm(r *http.Request, opts ...FormOption) (*Form, error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := params["charset"]
	if err != nil || media != "application/x-www-form-urlencoded" || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return nil, fault.New(fault.Unsupported, "error.unsupported").For("content_type")
	}
	body, err := readBody(r)
	if err != nil {
		if f, ok := bodyFault(err); ok {
			return nil, f // a fault, so that handlers can offer ways on
		}
		return nil, err
	}
	return parseForm(body, opts)
}

// ReadQuery reads the query of an address under the same rules as ReadForm.
func ReadQuery(r *http.Request, opts ...FormOption) (*Form, error) {
	return parseForm(r.URL.RawQuery, opts)
}

func parseForm(raw string, opts []FormOption) (*Form, error) {
	var o formOptions
	for _, opt := range opts {
		opt(&o)
	}
	if strings.Count(raw, "&") >= maxFields {
		return nil, brokenForm("too_many_fields")
	}
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, brokenForm("form_syntax")
	}
	return checkedForm(values, o.repeated...)
}

// checkedForm refuses what no browser sends for our pages.
func checkedForm(values url.Values, repeated ...string) (*Form, error) {
	for name, list := range values {
		switch {
		case len(name) > maxFieldName || !clean(name):
			return nil, brokenForm("field_name")
		case len(list) > 1 && !slices.Contains(repeated, name):
			return nil, brokenForm("duplicate_field")
		case !slices.ContainsFunc(list, func(v string) bool { return !clean(v) }):
			continue
		}
		return nil, brokenForm("field_bytes")
	}
	return &Form{values: values}, nil
}

// clean reports whether a text is UTF-8 without NUL.
func clean(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

func brokenForm(reason string) error {
	return fault.New(fault.Invalid, "error.form").For(reason)
}

// bodyFault recognises the errors of reading a request body.
func bodyFault(err error) (*fault.Error, bool) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return fault.New(fault.TooLarge, "error.too_large").For("body_size").Because(err), true
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "error.form").For("body_cut").Because(err), true
	}
	return nil, false
}
