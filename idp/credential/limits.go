package credential

import (
	"encoding/hex"
	"time"

	"atrio/base/ratelimit"
)

// Limits bound wrong credentials and sent codes. Only failures are counted: a
// person who types the right password is never slowed down.
//
// An attacker who fails on purpose against somebody's User ID fills Pair and
// Account, which count browsers that never signed in with that identity. A
// browser that did has a limit of its own (Known), so its holder stays able to
// sign in. All limits are rows and hold on all nodes.
type Limits struct {
	// Request is the policy limit of one login, after which the service is told
	// ErrorCode nr19. Per only has to exceed the login timeout.
	Request ratelimit.Limit
	// Pair is one User ID from one address block.
	Pair ratelimit.Limit
	// Account is one User ID from everywhere, known browsers apart. Together
	// with Known it keeps failures per account below 100 a day (SP 800-63B-4 3.2.2).
	Account ratelimit.Limit
	// Known is one User ID from one browser that signed in with it before: perhaps
	// by somebody who knew the password then, so it is no wider than Account.
	Known ratelimit.Limit
	// Address is one address block against all User IDs.
	Address ratelimit.Limit
	// Second is wrong one-time codes of one identity; whoever gets there has
	// already given the right password.
	Second ratelimit.Limit
	// SMSIdentity, SMSNumber, SMSAddress and SMSAll bound sent messages.
	SMSIdentity ratelimit.Limit
	SMSNumber   ratelimit.Limit
	SMSAddress  ratelimit.Limit
	SMSAll      ratelimit.Limit
	// SMSPause is how long to wait before another code for the same login.
	SMSPause time.Duration
	// SMSValid is how long a code works; at most ten minutes (ASVS 6.5.5).
	SMSValid time.Duration
}

// DefaultLimits are the limits that hold unless the configuration says others.
func DefaultLimits() Limits {
	return Limits{
		Request: ratelimit.Limit{Name: "idp.request", Burst: 5, Per: 24 * time.Hour},
		Pair:    ratelimit.Limit{Name: "idp.pair", Burst: 10, Per: 15 * time.Minute},
		Account: ratelimit.Limit{Name: "idp.account", Burst: 30, Per: 12 * time.Hour},
		Known:   ratelimit.Limit{Name: "idp.known", Burst: 10, Per: 12 * time.Hour},
		Address: ratelimit.Limit{Name: "idp.address", Burst: 100, Per: 10 * time.Minute},
		Second:  ratelimit.Limit{Name: "idp.second", Burst: 20, Per: 24 * time.Hour},

		SMSIdentity: ratelimit.Limit{Name: "idp.sms.identity", Burst: 5, Per: time.Hour},
		SMSNumber:   ratelimit.Limit{Name: "idp.sms.number", Burst: 10, Per: 24 * time.Hour},
		SMSAddress:  ratelimit.Limit{Name: "idp.sms.address", Burst: 30, Per: time.Hour},
		SMSAll:      ratelimit.Limit{Name: "idp.sms.all", Burst: 600, Per: 10 * time.Minute},
		SMSPause:    time.Minute,
		SMSValid:    10 * time.Minute,
	}
}

// bucket makes the key of a limit from what it is counted by.
func (c *Checker) bucket(l ratelimit.Limit, by ...string) ratelimit.Bucket {
	return ratelimit.Bucket{Key: hex.EncodeToString(c.Keyring.MAC(l.Name, by...)[:16]), Limit: l}
}
