package web

import (
	"net/http"
	"strings"
	"time"
)

// SessionKind is a sort of session beside the ordinary one, for people of another sort
// at addresses of their own: an ordinary session is none there, and this one is none
// elsewhere, whatever a handler asks.
type SessionKind struct {
	// Prefix begins the subjects of such sessions, and of no others: "operator:".
	Prefix string
	// Path is the address below which they are sessions: "/operator".
	Path string
	// Idle and Absolute are their times.
	Idle, Absolute time.Duration
}

// kind is that of a session; the ordinary one has no prefix.
func (s *Sessions) kind(subject string) SessionKind {
	for _, k := range s.Kinds {
		if strings.HasPrefix(subject, k.Prefix) {
			return k
		}
	}
	return SessionKind{Idle: s.Idle, Absolute: s.Absolute}
}

// serves tells whether a session is one at the address of a request. The route decides,
// which is what the handler was chosen by.
func (s *Sessions) serves(r *http.Request, subject string) bool {
	_, route, _ := strings.Cut(visitOf(r).pattern, " ")
	var here string
	for _, k := range s.Kinds {
		if route == k.Path || strings.HasPrefix(route, k.Path+"/") {
			here = k.Prefix
		}
	}
	return s.kind(subject).Prefix == here
}
