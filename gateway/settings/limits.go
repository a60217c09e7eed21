package settings

import (
	"time"

	"atrio/base/ratelimit"
)

// LimitsConfig bounds how often something may be done. Zero keeps the default.
type LimitsConfig struct {
	// SPIDStartsPerMinute per client address; default 600.
	SPIDStartsPerMinute int `toml:"spid_starts_per_minute"`
	// AnswersPerMinute of providers per client address; default five times the starts.
	AnswersPerMinute int `toml:"answers_per_minute"`
	// PostsPerMinute per client address; default 300.
	PostsPerMinute int `toml:"posts_per_minute"`
	// CodesPerHour per mail address; default 5.
	CodesPerHour int `toml:"codes_per_hour"`
}

// Start bounds departures to providers.
func (c LimitsConfig) Start() ratelimit.Limit { return wider(startLimit(), c.SPIDStartsPerMinute) }

// Answer bounds answers of providers.
func (c LimitsConfig) Answer() ratelimit.Limit {
	return wider(answerLimit(c.Start()), c.AnswersPerMinute)
}

// Post bounds form posts.
func (c LimitsConfig) Post() ratelimit.Limit { return wider(postLimit(), c.PostsPerMinute) }

// Code bounds contact codes.
func (c LimitsConfig) Code() ratelimit.Limit { return wider(codeLimit(), c.CodesPerHour) }

// wider replaces the number of a limit.
func wider(l ratelimit.Limit, n int) ratelimit.Limit {
	if n > 0 {
		l.Burst = n
	}
	return l
}

// startLimit bounds, per client address and node, a flood of signed requests towards
// providers; wide, since whole campuses share an address.
func startLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "spid.start", Burst: 600, Per: time.Minute}
}

// answerLimit bounds, per client address and node, a flood of answers of providers: each
// may cost the check of a signature, about a millisecond, and one that nobody waits for
// a line in the audit log. A whole university may stand behind one address. In a minute
// no more people leave from there than startLimit lets go; they stay at a provider for up
// to about five minutes; and when one that hung goes on, they all come back in the same
// minute. So an address has five times its departures, 3,000: a tenth of a core at most.
func answerLimit(starts ratelimit.Limit) ratelimit.Limit {
	return ratelimit.Limit{Name: "door.answer", Burst: 5 * starts.Burst, Per: time.Minute}
}

// postLimit bounds, per client address and node, a flood of form posts.
func postLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "form.post", Burst: 300, Per: time.Minute}
}

// codeLimit bounds, per mail address and per asserted person, on all nodes, mail
// bombing and the guessing of contact codes, five tries for each.
func codeLimit() ratelimit.Limit {
	return ratelimit.Limit{Name: "contact.code", Burst: 5, Per: time.Hour}
}
