package samlsso

import (
	"context"
	"time"

	"atrio/base/audit"
)

// Participants is what logout needs of the database; idpdb implements it.
type Participants interface {
	// EndGlobal ends a session of level 1 at the wish of a service that takes part in
	// it, or of the holder, in one commit with its audit lines; ended is false when the
	// session was over before, or the service has no part in it. The other services are
	// marked as told and returned, each once.
	EndGlobal(ctx context.Context, e Ending) (others []Participant, ended bool, err error)
	// ParticipantsOf lists the services that were told of the end of a session.
	ParticipantsOf(ctx context.Context, session string) ([]Participant, error)
	// Confirm notes that a service has ended its part (out), or says that it could not;
	// false when that request was not sent to that service, or answered before.
	Confirm(ctx context.Context, request, service string, out bool, ev audit.Event) (bool, error)
}

// Participant is a service that the holder entered from a session of level 1.
type Participant struct {
	Session, Service, NameID string
	// Until is the end of the session, whatever happens.
	Until time.Time
	// Request is the identifier of the LogoutRequest, Out that the service confirmed it.
	Request string
	Out     bool
}

// Ending is the wish to end a session of level 1.
type Ending struct {
	// Session is the public handle, which services know as SessionIndex.
	Session string
	// Service and NameID are of the service that asks; "" when the holder does.
	Service, NameID string
	// Seen is when the browser must have been here at the least: a session that was
	// idle for longer is over.
	Now, Seen time.Time
	// NewID makes the identifiers of the LogoutRequests.
	NewID func() string
	// Event carries what the audit lines share.
	Event audit.Event
}
