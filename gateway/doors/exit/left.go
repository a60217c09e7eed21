package exit

import (
	"net/http"

	"atrio/web"
)

// State is what is known of the session at the provider.
type State string

// The states. The session here has ended in all of them.
const (
	// Complete: the provider ended its session and those it opened elsewhere.
	Complete State = "complete"
	// Partial: it ended its own; other sites may still be open.
	Partial State = "partial"
	// Refused: it says that it could not.
	Refused State = "refused"
	// Unanswered: it has not answered.
	Unanswered State = "unanswered"
	// Unreachable: it could not be asked.
	Unreachable State = "unreachable"
)

// States lists all of them.
func States() []State { return []State{Complete, Partial, Refused, Unanswered, Unreachable} }

// LeftView is the view of "exit/left".
type LeftView struct {
	State    State
	Provider string
	// To leads to the service that the person came from; "" when there is none.
	To string
}

// left is the page after a logout: what has ended, and what may not have.
func (e *Exit) left(w http.ResponseWriter, r *http.Request, view LeftView) error {
	return e.Site.Page(w, r, http.StatusOK, "exit/left", view, web.Plain)
}
