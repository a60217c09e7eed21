package chip

import "sync"

// gate counts what goes on at once on this node: in all, and for each of those who do it.
type gate struct {
	all, each int

	mu     sync.Mutex
	inside int
	of     map[string]int
}

// enter lets somebody in while there is room; leave gives the place back.
func (g *gate) enter(who string) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside >= g.all || g.of[who] >= g.each {
		return nil, false
	}
	if g.of == nil {
		g.of = map[string]int{}
	}
	g.inside++
	g.of[who]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.inside--
		if g.of[who]--; g.of[who] == 0 {
			delete(g.of, who)
		}
	}, true
}
