package secondfactor

import (
	"time"

	"atrio/base/ratelimit"
)

// Limits bound tries and messages, on all nodes. // ASVS 6.6.3
type Limits struct {
	// Account is wrong codes of one account, whatever the factor. Whoever gets there has
	// passed the first factor. It keeps failures far below 100 (SP 800-63B-4 3.2.2).
	Account ratelimit.Limit
	// Request is wrong codes in one login or one setting-up.
	Request ratelimit.Limit
	// SMSAccount, SMSNumber, SMSAddress, SMSPrefix and SMSAll bound sent messages: per
	// account, number, client network, beginning of the number (country and operator),
	// and altogether. // G4.4
	SMSAccount, SMSNumber, SMSAddress, SMSPrefix, SMSAll ratelimit.Limit
	// Pause is how long to wait before another code in the same flow.
	Pause time.Duration
	// Valid is how long a sent code works. // ASVS 6.5.5: at most ten minutes
	Valid time.Duration
}

// DefaultLimits hold unless the configuration says others.
func DefaultLimits() Limits {
	return Limits{
		Account:    ratelimit.Limit{Name: "factor.account", Burst: 20, Per: 24 * time.Hour},
		Request:    ratelimit.Limit{Name: "factor.request", Burst: 5, Per: 24 * time.Hour},
		SMSAccount: ratelimit.Limit{Name: "factor.sms.account", Burst: 5, Per: time.Hour},
		SMSNumber:  ratelimit.Limit{Name: "factor.sms.number", Burst: 10, Per: 24 * time.Hour},
		SMSAddress: ratelimit.Limit{Name: "factor.sms.address", Burst: 30, Per: time.Hour},
		SMSPrefix:  ratelimit.Limit{Name: "factor.sms.prefix", Burst: 300, Per: 10 * time.Minute},
		SMSAll:     ratelimit.Limit{Name: "factor.sms.all", Burst: 600, Per: 10 * time.Minute},
		Pause:      time.Minute,
		Valid:      10 * time.Minute,
	}
}

// challengeLife is how long it is remembered that a passkey answered a challenge: longer
// than a login lasts.
const challengeLife = 48 * time.Hour

// prefixDigits is how much of a number is its beginning: "+39333".
const prefixDigits = 6
