package metadata

import (
	"errors"
	"fmt"

	"atrio/saml/xmlsec"
)

// Error says why a description was refused.
type Error struct {
	// Code is a stable word for the audit log and tests.
	Code string
	// Detail is for logs and for the operator.
	Detail string
}

// Error is for logs and for the operator.
func (e *Error) Error() string { return fmt.Sprintf("metadata: %s: %s", e.Code, e.Detail) }

func fail(code, format string, args ...any) error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// CodeOf gives the stable word of an error of this package or of the reader below it,
// "" for any other.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return xmlsec.CodeOf(err)
}
