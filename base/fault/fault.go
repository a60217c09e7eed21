// Package fault is the one error type of Atrio: a kind, a public text key, a
// reason for the audit log and a private cause.
//
// What a person may read is named by Key, a key of the message catalogue; what
// happened inside is the cause, which goes to the log and never to a page. The
// translation into HTML or JSON happens in one place, web.Site.Fail; into SAML
// and OAuth errors at the edge of each protocol.
package fault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Error is a failure with a public face and a private cause. Make one with New
// and add to it with With, Because, For, Retry and Offer; each returns a copy.
type Error struct {
	// Kind says whose fault it is and gives the HTTP status.
	Kind Kind
	// Key names the public text in the catalogue, for example "error.not_found".
	// "<Key>.help", where it exists, says who can solve it.
	Key string
	// Args are name, value pairs for the public text.
	Args []any
	// Reason is the stable word for the audit log and the metrics; Key when empty.
	Reason string
	// RetryAfter, when positive, tells how long to wait before the next try.
	RetryAfter time.Duration
	// Actions are other ways on, shown as links or buttons: no dead end.
	Actions []Action

	cause error
}

// Action is a way on from an error page: a catalogue key and a local address. With
// Fields it is a button that posts them: what was sent and could not be taken now.
type Action struct {
	Key    string
	URL    string
	Fields []Field
}

// Field is a field of a form.
type Field struct{ Name, Value string }

// New makes an error of a kind with the catalogue key of its public text.
func New(kind Kind, key string) *Error { return &Error{Kind: kind, Key: key} }

// With adds name, value pairs for the public text.
func (e *Error) With(pairs ...any) *Error {
	c := *e
	c.Args = append(append([]any(nil), e.Args...), pairs...)
	return &c
}

// Because records the private cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// For sets the reason written to the audit log.
func (e *Error) For(reason string) *Error {
	c := *e
	c.Reason = reason
	return &c
}

// Retry says after how long another try makes sense.
func (e *Error) Retry(after time.Duration) *Error {
	c := *e
	c.RetryAfter = after
	return &c
}

// Offer adds a way on, in the order in which it shall be shown.
func (e *Error) Offer(key, url string) *Error {
	c := *e
	c.Actions = append(append([]Action(nil), e.Actions...), Action{Key: key, URL: url})
	return &c
}

// OfferForm adds a way on that sends a form again.
func (e *Error) OfferForm(key, url string, fields ...Field) *Error {
	c := *e
	c.Actions = append(append([]Action(nil), e.Actions...), Action{Key: key, URL: url, Fields: fields})
	return &c
}

// AuditReason is Reason, or Key when no reason was given.
func (e *Error) AuditReason() string {
	if e.Reason != "" {
		return e.Reason
	}
	return e.Key
}

// Error is the private form, for logs only.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Kind, e.AuditReason())
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// Unwrap gives the private cause to errors.Is and errors.As.
func (e *Error) Unwrap() error { return e.cause }

// Is makes two errors of the same kind and key equal, so that a package can
// export a fault as its sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Key == e.Key
}

// From turns any error into an *Error: a fault stays itself, a cancelled or
// timed-out context becomes Unavailable, everything else Internal.
func From(err error) *Error {
	var e *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e):
		return e
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return New(Unavailable, "error.unavailable").Because(err)
	}
	return New(Internal, "error.internal").Because(err)
}

// Is reports whether err is a fault of the given kind.
func Is(err error, kind Kind) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == kind
}
