package video

import (
	"sync"

	"atrio/idp/proofing/video/studio"
)

// watchers is how many pages of one side listen to a session at most: one, and those that
// were loaded again while the line was cut. Whoever opens more keeps the other side from
// nothing.
const watchers = 4

// Hub wakes those who listen to a session on this node.
type Hub struct {
	mu   sync.Mutex
	list map[string]map[chan struct{}]studio.Side
}

// Listen gives a channel that is told of changes, until leave; false: too many of this side
// listen.
func (h *Hub) Listen(session string, side studio.Side) (woken <-chan struct{}, leave func(), ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, s := range h.list[session] {
		if s == side {
			n++
		}
	}
	if n >= watchers {
		return nil, nil, false
	}
	if h.list == nil {
		h.list = map[string]map[chan struct{}]studio.Side{}
	}
	if h.list[session] == nil {
		h.list[session] = map[chan struct{}]studio.Side{}
	}
	c := make(chan struct{}, 1)
	h.list[session][c] = side
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
