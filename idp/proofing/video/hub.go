package video

import "sync"

// watchers is how many listen to one session at most: two people, each with a page that was
// loaded again while the line was cut.
const watchers = 6

// Hub wakes those who listen to a session on this node.
type Hub struct {
	mu   sync.Mutex
	list map[string]map[chan struct{}]bool
}

// Listen gives a channel that is told of changes, until leave; false: too many listen.
func (h *Hub) Listen(session string) (woken <-chan struct{}, leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.list[session]) >= watchers {
		return nil, nil, false
	}
	if h.list == nil {
		h.list = map[string]map[chan struct{}]bool{}
	}
	if h.list[session] == nil {
		h.list[session] = map[chan struct{}]bool{}
	}
	c := make(chan struct{}, 1)
	h.list[session][c] = true
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.list[session], c)
		if len(h.list[session]) == 0 {
			delete(h.list, session)
		}
	}, true
}

// Wake tells everybody who listens to a session.
func (h *Hub) Wake(session string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.list[session] {
		select {
		case c <- struct{}{}:
		default: // is told already
		}
	}
}
