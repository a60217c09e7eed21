package spidsaml

import (
	"fmt"

	"atrio/federation/spid"
)

// Anomaly is a row of the table of anomalies found in a request.
type Anomaly struct {
	spid.Anomaly
	// Detail is for logs; it holds no value of the request.
	Detail string

	cause error
}

// Error is for logs only.
func (a *Anomaly) Error() string {
	text := fmt.Sprintf("spidsaml: anomaly nr%02d: %s", a.Code, a.Detail)
	if a.cause != nil {
		text += ": " + a.cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (a *Anomaly) Unwrap() error { return a.cause }

// Reason is the stable word for the audit log.
func (a *Anomaly) Reason() string { return fmt.Sprintf("spid_request.nr%02d", a.Code) }

func anomaly(code int, detail string, cause error) *Anomaly {
	row, _ := spid.LookupAnomaly(code) // all callers use codes of the table
	return &Anomaly{Anomaly: row, Detail: detail, cause: cause}
}
