// Package manifest is what ties a recorded session together: which recordings are of which
// side, with what they consist of, under a MAC. REG 8, A33
//
// It owns what a manifest says and how it is checked, and what is made of the recordings of
// a session whose node stopped. When and what is recorded is the studio's.
package manifest

import (
	"errors"
	"regexp"
	"time"
)

// Side is who sends a stream.
type Side string

// The sides.
const (
	Applicant Side = "applicant"
	Operator  Side = "operator"
)

// Said is what the caller knows of a session and the studio does not.
type Said struct {
	// Operator is the account of who led it; "" when nobody did.
	Operator string
	// Script names the text that was followed, with its version.
	Script string
	// Steps are what was done, in the order of time. REG 8 a-m
	Steps []Step
}

// Step is a step of the script.
type Step struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Note is a short word on it: "done", "skipped", which actions were asked for. It is
	// evidence and readable only as that.
	Note string `json:"note,omitempty"`
}

// Limits of what a caller may say.
const (
	maxSteps = 200
	maxNote  = 500
)

// Name is the form of ids.
var Name = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._:-]{0,63}$`) // base64url begins with any of its letters

// Check refuses what is too long, or no id.
func (m Said) Check() error {
	if m.Operator != "" && !Name.MatchString(m.Operator) || m.Script != "" && !Name.MatchString(m.Script) || len(m.Steps) > maxSteps {
		return errors.New("studio: a manifest names operator and script by ids, and has 200 steps at most")
	}
	for _, s := range m.Steps {
		if !Name.MatchString(s.ID) || len(s.Note) > maxNote || s.At.IsZero() {
			return errors.New("studio: a step has an id, a time and a note of 500 bytes at most")
		}
	}
	return nil
}
