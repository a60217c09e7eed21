package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"atrio/base/fault"
	"atrio/saml/metadata"
)

// Codes say in one word why a source could not be used; pages and metrics know them.
const (
	CodeFile        = "file"        // the file cannot be read
	CodePins        = "pins"        // the pinned certificates cannot be read
	CodeUnreachable = "unreachable" // no connection
	CodeSlow        = "slow"        // no answer in time
	CodeStatus      = "status"      // the server answered with an error
	CodeMoved       = "moved"       // redirected to another host
	CodeTooLarge    = "too_large"   // larger than a description may be
	CodeSignature   = "signature"   // not signed by a pinned certificate
	CodeUnreadable  = "unreadable"  // not a description
	CodeExpired     = "expired"     // past its validUntil
	CodeRollback    = "rollback"    // older than the one that is held
	CodeEmpty       = "empty"       // no entity in it can be used
)

// Codes lists them all, for those who have a text for each.
func Codes() []string {
	return []string{
		CodeFile, CodePins, CodeUnreachable, CodeSlow, CodeStatus, CodeMoved, CodeTooLarge, CodeSignature,
		CodeUnreadable, CodeExpired, CodeRollback, CodeEmpty,
	}
}

// problem is why a source could not be used.
type problem struct {
	code   string
	detail string
	cause  error
}

func trouble(code, format string, args ...any) *problem {
	return &problem{code: code, detail: fmt.Sprintf(format, args...)}
}

func (p *problem) because(err error) *problem { p.cause = err; return p }

// Error is for the operator.
func (p *problem) Error() string {
	if p.cause == nil {
		return p.detail
	}
	return p.detail + ": " + p.cause.Error()
}

// Unwrap gives the cause.
func (p *problem) Unwrap() error { return p.cause }

// unreadable sorts the errors of reading a document.
func unreadable(err error) *problem {
	switch code := metadata.CodeOf(err); {
	case strings.HasPrefix(code, "sig_"):
		return trouble(CodeSignature, "the document is not signed by a pinned certificate").because(err)
	case code == "metadata_expired":
		return trouble(CodeExpired, "the document is past its end").because(err)
	case code == "xml_too_large":
		return trouble(CodeTooLarge, "the document is too large").because(err)
	}
	return trouble(CodeUnreadable, "the document cannot be read").because(err)
}

// definite reports whether an entity was refused because of what it says clearly: it has
// the role no more, no key, no address, or is past its end. Then nothing older counts.
func definite(err error) bool {
	var f *fault.Error
	if errors.As(err, &f) {
		switch f.AuditReason() {
		case "metadata_no_provider", "metadata_no_service", "metadata_no_key", "metadata_no_endpoint":
			return true
		}
	}
	return metadata.CodeOf(err) == "metadata_expired"
}

// roleless reports whether an entity has not the role that is looked for.
func roleless(err error) bool {
	var f *fault.Error
	return errors.As(err, &f) && (f.AuditReason() == "metadata_no_provider" || f.AuditReason() == "metadata_no_service")
}

// codeOf is the code of any error.
func codeOf(err error) string {
	var p *problem
	switch {
	case err == nil:
		return ""
	case errors.As(err, &p):
		return p.code
	case errors.Is(err, context.DeadlineExceeded):
		return CodeSlow
	}
	return CodeUnreadable
}
