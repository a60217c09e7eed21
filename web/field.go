package web

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"atrio/web/ui"
)

// TextOption narrows what a field may hold.
type TextOption func(*textOptions)

type textOptions struct {
	required  bool
	max       int
	multiline bool
}

// Required refuses an empty field.
func Required(o *textOptions) { o.required = true }

// Multiline keeps line breaks, for a textarea.
func Multiline(o *textOptions) { o.multiline = true }

// Max limits a field to n characters; without it the limit is 200.
func Max(n int) TextOption { return func(o *textOptions) { o.max = n } }

// maxEmail is the longest address a mail server must take. RFC 5321 4.5.3.1.3
const maxEmail = 254

// MaxSecret is the longest password that is taken, in characters: four times what has to
// be, and never more bytes than authn/password hashes. What is longer is refused and never
// cut, neither here nor by the browser. // SP 800-63B-4 3.1.1.2
const MaxSecret = 256

// Value is a field exactly as sent, "" when it was not.
func (f *Form) Value(name string) string { return f.values.Get(name) }

// Has reports whether a field was sent, even empty.
func (f *Form) Has(name string) bool { return f.values.Has(name) }

// List is all values of a field that may be repeated.
func (f *Form) List(name string) []string { return slices.Clone(f.values[name]) }

// OK reports whether nothing was wrong so far.
func (f *Form) OK() bool { return len(f.Errors) == 0 }

// Fail adds an error to a field, or to the whole form when field is "".
func (f *Form) Fail(field, key string, args ...any) {
	f.Errors = append(f.Errors, ui.FieldError{Field: field, Key: key, Args: args})
}

// Text reads a line of text: spaces at the ends go, control characters are an
// error, and so is more than the limit.
func (f *Form) Text(name string, opts ...TextOption) string {
	o := textOptions{max: 200}
	for _, opt := range opts {
		opt(&o)
	}
	v := strings.TrimSpace(strings.ReplaceAll(f.Value(name), "\r\n", "\n"))
	switch {
	case v == "" && o.required:
		f.Fail(name, "form.required")
	case utf8.RuneCountInString(v) > o.max:
		f.Fail(name, "form.too_long", "max", o.max)
	case hasControl(v, o.multiline):
		f.Fail(name, "form.characters")
	}
	return v
}

// Secret reads a password: nothing is trimmed. It is required.
func (f *Form) Secret(name string) string {
	v := f.Value(name)
	switch {
	case v == "":
		f.Fail(name, "form.required")
	case utf8.RuneCountInString(v) > MaxSecret:
		f.Fail(name, "form.secret.too_long", "max", MaxSecret)
		return ""
	}
	return v
}

// Digits reads a code of exactly n digits; the spaces and hyphens that people
// copy along are dropped.
func (f *Form) Digits(name string, n int) string {
	v := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, f.Value(name))
	switch {
	case v == "":
		f.Fail(name, "form.required")
	case len(v) != n || strings.Trim(v, "0123456789") != "":
		f.Fail(name, "form.digits", "count", n)
	}
	return v
}

// Email reads an address. It checks only the form: whether mail arrives there
// is found out by sending one.
func (f *Form) Email(name string, opts ...TextOption) string {
	v := f.Text(name, append([]TextOption{Max(maxEmail)}, opts...)...)
	if v == "" || f.Errors.Err(name) != nil {
		return v
	}
	local, domain, ok := strings.Cut(v, "@")
	if !ok || local == "" || len(local) > 64 || !strings.Contains(strings.Trim(domain, "."), ".") ||
		strings.Contains(domain, "@") || strings.ContainsFunc(v, unicode.IsSpace) || strings.ContainsAny(v, "<>\",;:\\()[]") {
		f.Fail(name, "form.email")
	}
	return v
}

// Bool reads a checkbox: what our pages send for one that is ticked, "" for one that is
// not. Anything else is an error, and no consent.
func (f *Form) Bool(name string) bool {
	switch f.Value(name) {
	case "on", "yes", "true", "1":
		return true
	case "", "false", "0":
	default:
		f.Fail(name, "form.choice")
	}
	return false
}

// Choice reads one of the allowed values; it is required.
func (f *Form) Choice(name string, allowed ...string) string {
	v := f.Value(name)
	if !slices.Contains(allowed, v) {
		f.Fail(name, "form.choice")
		return ""
	}
	return v
}

// Int reads a whole number between two bounds, both included; it is required.
func (f *Form) Int(name string, low, high int) int {
	v := strings.TrimSpace(f.Value(name))
	n, err := strconv.Atoi(v)
	switch {
	case v == "":
		f.Fail(name, "form.required")
	case err != nil || n < low || n > high:
		f.Fail(name, "form.range", "low", low, "high", high)
	}
	return n
}

func hasControl(s string, multiline bool) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && (!multiline || (r != '\n' && r != '\t'))
	})
}
