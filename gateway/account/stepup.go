package account

import (
	"time"

	"atrio/base/audit"
	"atrio/web"
)

// StepUp is a second factor that was proved in an open session: the session gives way
// to one that says so. // G4.8
type StepUp struct {
	// From is the public handle of the session, Session the one in its place.
	From    string
	Session web.Session
	// Once is the journey in which the factor was proved: it works once.
	Once  Once
	Now   time.Time
	Event audit.Event
}
