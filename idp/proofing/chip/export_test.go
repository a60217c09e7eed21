package chip

// The bounds are for tests.
const (
	OfNetwork = ofNetwork
	AtOnce    = atOnce
)

// Connect takes places of a network, TakeTurns those of readings; leave gives them back.
func (c *Chip) Connect(network string, n int) (leave func()) { return take(&c.lines, network, n) }

// TakeTurns is said at Connect.
func (c *Chip) TakeTurns(n int) (leave func()) { return take(&c.turns, "", n) }

func take(g *gate, who string, n int) func() {
	var all []func()
	for range n {
		leave, ok := g.enter(who)
		if !ok {
			panic("no room")
		}
		all = append(all, leave)
	}
	return func() {
		for _, leave := range all {
			leave()
		}
	}
}
