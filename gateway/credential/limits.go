package credential

import (
	"time"

	"atrio/base/ratelimit"
)

// Limits bound wrong passwords. Only failures are counted: who types the right
// password is never slowed down.
//
// Somebody who fails on purpose with the Codice Persona of another fills Pair and
// Account, which count browsers that nobody ever entered with. A browser with which the
// owner entered has a limit of its own (Known), so that nobody can be locked out of the
// browsers that they use; with a new one there remain the other doors and the
// recovery. A full limit empties by itself: it delays, it never locks. All of them are
// rows and hold on all nodes.
type Limits struct {
	// Pair is one account from one address.
	Pair ratelimit.Limit
	// Account is one account from everywhere, known browsers apart. // SP 800-63B-4 3.2.2
	Account ratelimit.Limit
	// Known is one account from one browser that it was entered with.
	Known ratelimit.Limit
	// Address is one address against all accounts.
	Address ratelimit.Limit
	// Change is how often one account may try to change its password.
	Change ratelimit.Limit
}

// DefaultLimits are the limits that hold.
func DefaultLimits() Limits {
	return Limits{
		Pair:    ratelimit.Limit{Name: "credential.pair", Burst: 10, Per: 15 * time.Minute},
		Account: ratelimit.Limit{Name: "credential.account", Burst: 30, Per: 12 * time.Hour},
		Known:   ratelimit.Limit{Name: "credential.known", Burst: 10, Per: 12 * time.Hour},
		Address: ratelimit.Limit{Name: "credential.address", Burst: 100, Per: 10 * time.Minute},
		Change:  ratelimit.Limit{Name: "credential.change", Burst: 10, Per: time.Hour},
	}
}

// bucket is a limit with what it counts by.
type bucket struct {
	limit ratelimit.Limit
	key   []string
}
