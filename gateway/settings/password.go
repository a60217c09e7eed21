package settings

import (
	"fmt"
	"time"

	"atrio/authn/password"
	"atrio/base/setting"
)

// PasswordConfig are the rules for passwords. Zero keeps the default. // G5.3
type PasswordConfig struct {
	// Least is the number of characters, 8 to 64; default 15.
	Least int `toml:"least"`
	// Classes is how many kinds of characters there have to be, 0 to 4; default 0.
	Classes int `toml:"classes"`
	// Run is how many equal characters may follow each other; 0: any number.
	Run int `toml:"run"`
	// MaxAge is how long a password holds, at least 30 days; 0: for ever.
	MaxAge setting.Duration `toml:"max_age"`
	// History is how many former passwords may not come back, 1 to 12; default 3.
	History int `toml:"history"`
	// Stay is how long "Resta connesso" keeps a password for a browser, an hour to 90
	// days; default 30 days. NoStay switches it off.
	Stay   setting.Duration `toml:"stay"`
	NoStay bool             `toml:"no_stay"`
	// Breached is a file with the SHA-1 of stolen passwords, sorted, one a line.
	Breached string `toml:"breached"`
}

// shortestAge keeps people from having to choose again and again.
const shortestAge = 30 * 24 * time.Hour

// How long a password stays in a browser.
const (
	usualStay   = 30 * 24 * time.Hour
	longestStay = 90 * 24 * time.Hour
)

func (c PasswordConfig) validate() []error {
	var faults []error
	add := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("gateway.password: "+format, args...))
	}
	if c.Least != 0 && (c.Least < password.MinLeast || c.Least > password.MaxLeast) {
		add("least is %d: write %d to %d", c.Least, password.MinLeast, password.MaxLeast)
	}
	if c.Classes < 0 || c.Classes > 4 {
		add("classes is %d: write 0 to 4", c.Classes)
	}
	if c.Run < 0 {
		add("run is %d: write how many equal characters may follow each other, or leave it out", c.Run)
	}
	if a := c.MaxAge.Std(); a != 0 && a < shortestAge {
		add("max_age is %s: write 30d or more, or leave it out", c.MaxAge)
	}
	if s := c.Stay.Std(); s != 0 && (s < time.Hour || s > longestStay) {
		add("stay is %s: write 1h to 90d", c.Stay)
	}
	if c.History < 0 || c.History > password.MaxHistory {
		add("history is %d: write 1 to %d, or leave it out", c.History, password.MaxHistory)
	}
	return faults
}

// StayFor is how long a password stays in a browser, 0 for not at all.
func (c PasswordConfig) StayFor() time.Duration {
	if c.NoStay {
		return 0
	}
	return c.Stay.Or(usualStay)
}

// Rules opens the rules; the list of stolen passwords stays open with the program.
func (c PasswordConfig) Rules() (password.Rules, error) {
	r := password.DefaultRules()
	if c.Least != 0 {
		r.Least = c.Least
	}
	r.Classes, r.Run, r.MaxAge = c.Classes, c.Run, c.MaxAge.Std()
	if c.History != 0 {
		r.History = c.History
	}
	if c.Breached == "" {
		return r, nil
	}
	list, err := password.OpenBreached(c.Breached)
	if err != nil {
		return r, fmt.Errorf("gateway.password: breached: %w", err)
	}
	r.Breached = list
	return r, nil
}
