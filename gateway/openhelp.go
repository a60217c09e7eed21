package gateway

import (
	"fmt"

	"atrio/gateway/doors"
	"atrio/gateway/help"
)

// HelpConfig is about the pages of help.
type HelpConfig struct {
	// VotesKeptMonths is how long the numbers of "Hai trovato utile questa
	// informazione?" are kept; default 24.
	VotesKeptMonths int `toml:"votes_kept_months"`
}

const defaultVotesKept = 24

func (c HelpConfig) validate() []error {
	if n := c.VotesKeptMonths; n < 0 || n > 120 {
		return []error{fmt.Errorf("gateway: help.votes_kept_months is %d: write 1 to 120", n)}
	}
	return nil
}

// openHelp builds the pages of help. // G1.2
func openHelp(c Config, d Deps, limits limits, choice *doors.Doors) *help.Help {
	keep := c.Help.VotesKeptMonths
	if keep == 0 {
		keep = defaultVotesKept
	}
	return &help.Help{
		Site: d.Site, Providers: choice.Providers, Links: choice.Links, Votes: d.Store, Keep: keep,
		Limiter: d.Limiter, Limit: limits.posts, SupportMail: c.SupportMail, Now: d.Now,
	}
}
