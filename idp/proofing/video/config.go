package video

import (
	"fmt"
	"time"

	"atrio/base/setting"
	"atrio/idp/proofing/appointment"
	"atrio/idp/proofing/video/studio"
)

// Config is the section [idp.video] of the configuration.
type Config struct {
	studio.Config
	// Hours are when operators are there: "mon-fri 09:00-18:00"; needed where sessions are offered.
	Hours []string `toml:"hours"`
	// Closed are days on which nobody is there all the same: "2026-12-24".
	Closed []string `toml:"closed"`
	// Slot is how long an appointment is, from "10m" to "2h"; "30m" when left out.
	Slot setting.Duration `toml:"slot"`
	// Operators is how many applicants are served at once; 1 when 0.
	Operators int `toml:"operators"`
}

// Validate finds everything that is wrong, by the names of the keys.
func (c Config) Validate() []error {
	faults := c.Config.Validate()
	if !c.Configured() {
		return faults
	}
	wrong := func(key, why string) { faults = append(faults, fmt.Errorf("video.%s: %s", key, why)) }
	if _, err := appointment.ReadHours(c.Hours, nil); err != nil {
		wrong("hours", err.Error())
	}
	if _, err := appointment.ReadHours(nil, c.Closed); err != nil {
		wrong("closed", err.Error())
	}
	if slot := time.Duration(c.Slot); slot != 0 && (slot < 10*time.Minute || slot > 2*time.Hour) {
		wrong("slot", `must be from "10m" to "2h"`)
	}
	if c.Operators < 0 || c.Operators > 100 {
		wrong("operators", "must be from 1 to 100")
	}
	return faults
}

// Lasts is how long an appointment is.
func (c Config) Lasts() time.Duration {
	if c.Slot == 0 {
		return 30 * time.Minute
	}
	return time.Duration(c.Slot)
}

// Places is how many applicants are served at once.
func (c Config) Places() int { return max(1, c.Operators) }

// Opening are the hours, of validated settings.
func (c Config) Opening() appointment.Hours {
	h, _ := appointment.ReadHours(c.Hours, c.Closed)
	return h
}
