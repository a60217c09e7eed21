package ui

import "strings"

// FieldError is what is wrong with one field of a form, by catalogue key.
type FieldError struct {
	// Field is the name of the input, and its id in the page.
	Field string
	// Key and Args name the text, for example "form.required".
	Key  string
	Args []any
}

// General tells whether the text fits any field, so that it says nothing without its name.
func (e FieldError) General() bool { return strings.HasPrefix(e.Key, "form.") }

// Errors are the errors of one form in the order of its fields. A view embeds
// it: the page then says {{template "errors" .Errors}} above the form and
// "error" (.Err "email") beside a field.
type Errors []FieldError

// Err is the first error of a field, or nil.
func (e Errors) Err(field string) *FieldError {
	for i := range e {
		if e[i].Field == field {
			return &e[i]
		}
	}
	return nil
}
