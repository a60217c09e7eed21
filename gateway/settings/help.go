package settings

import "fmt"

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

// Keep is for how many months the numbers are kept.
func (c HelpConfig) Keep() int {
	if c.VotesKeptMonths == 0 {
		return defaultVotesKept
	}
	return c.VotesKeptMonths
}
