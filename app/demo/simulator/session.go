package simulator

import "sync"

// Session is one that an answer began and a logout can end.
type Session struct{ Index, Service string }

// maxSessions bounds what is remembered; the oldest give way.
const maxSessions = 1000

// Sessions are those of one provider.
type Sessions struct {
	mu   sync.Mutex
	open []Session
}

// Begin notes the session of an answer.
func (s *Sessions) Begin(v Visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, Session{Index: v.Session, Service: v.Request.Service})
	if over := len(s.open) - maxSessions; over > 0 {
		s.open = s.open[over:]
	}
}

// End ends the session of a service; false when there is none.
func (s *Sessions) End(one Session) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, open := range s.open {
		if open == one {
			s.open = append(s.open[:i], s.open[i+1:]...)
			return true
		}
	}
	return false
}
