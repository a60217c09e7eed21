package spidsaml

import (
	"fmt"

	"atrio/base/fault"
	"atrio/federation/spid"
)

// Refusal says which check an answer did not pass. errors.As finds the *fault.Error in
// it, so that a page can be rendered without knowing this type.
type Refusal struct {
	// Check is the row of the table.
	Check Check
	// World is the word of the world in the keys of texts ("spid").
	World string
	// Anomaly is what the provider reported, nil when it reported nothing known.
	// Show its text when it is of the user.
	Anomaly *spid.Anomaly
	// Signed tells that the Response itself carried a signature of the provider, which
	// verified. An error that is not signed may have been written by anybody.
	Signed bool
	// Detail is for logs; it holds no value of the answer.
	Detail string
	// ResponseID, AssertionID and XML are what came, as far as it was read, for the
	// register of requests and answers. Nothing in them is believed.
	ResponseID, AssertionID string
	XML                     []byte

	cause error
}

// Error is for logs only.
func (r *Refusal) Error() string {
	text := fmt.Sprintf("spidsaml: %s (%s)", r.Reason(), r.Check.Clause)
	if r.Detail != "" {
		text += ": " + r.Detail
	}
	if r.cause != nil {
		text += ": " + r.cause.Error()
	}
	return text
}

// Reason is the stable word for the audit log: the identifier of the check, and the
// number of the anomaly when there is one ("status-success.nr25").
func (r *Refusal) Reason() string {
	if r.Anomaly != nil {
		return fmt.Sprintf("%s.nr%02d", r.Check.ID, r.Anomaly.Code)
	}
	return r.Check.ID
}

// Status is the HTTP status of the page: 400, 401, 403 or 422, the only ones that
// spid-sp-test takes for a refusal besides 500.
func (r *Refusal) Status() int { return r.kind().Status() }

func (r *Refusal) kind() fault.Kind {
	if r.Anomaly != nil && r.Anomaly.Page == fault.Unprocessable.Status() {
		return fault.Unprocessable
	}
	if r.Check.Kind == fault.Internal {
		return fault.Denied
	}
	return r.Check.Kind
}

// Key is the catalogue key of the text to show.
func (r *Refusal) Key() string {
	switch {
	case r.Anomaly != nil && r.Anomaly.User:
		return r.Anomaly.Key
	case r.OurFault():
		return "error." + r.World + ".our_request"
	case r.Check.Key != "":
		return r.Check.Key
	}
	return "error." + r.World + ".response_refused"
}

// OurFault reports whether the provider says that our own request was wrong (codes 8 to
// 18): the person can do nothing about it, and somebody has to look at the software.
func (r *Refusal) OurFault() bool {
	return r.Anomaly != nil && r.Anomaly.Solver == spid.ByInstitution
}

// Fault is the refusal as an error of the web layer.
func (r *Refusal) Fault() *fault.Error {
	e := fault.New(r.kind(), r.Key()).For(r.Reason())
	if r.OurFault() {
		e = e.With("code", fmt.Sprintf("nr%02d", r.Anomaly.Code))
	}
	if r.cause != nil {
		e = e.Because(r.cause)
	}
	return e
}

// Unwrap lets errors.As find the *fault.Error.
func (r *Refusal) Unwrap() error { return r.Fault() }
