// Package draft is what a person has typed so far while registering: the fields of the
// four steps, what is wrong with them, and what has to be asked next.
//
// It owns the rules on the fields, as plain functions, and the packed form. It has no
// pages (registration/wizard), stores nothing (gatewaydb, sealed) and knows nothing of
// accounts: nothing here is proved but the address. // G3.1, G3.8
package draft

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"atrio/web/ui"
)

// Draft is a registration under way.
type Draft struct {
	// ID is random and the key to the draft: it stands sealed in the browser and in the
	// link that is mailed.
	ID string `json:"id"`
	// Flow is the journey that the person came with; may be empty.
	Flow string `json:"w,omitempty"`
	// Language is that of the pages, for mails.
	Language string    `json:"l,omitempty"`
	Begun    time.Time `json:"b"`

	Identity Identity `json:"i"`
	// Sent is the address that the last code went to, SentAt when.
	Sent   string    `json:"s,omitempty"`
	SentAt time.Time `json:"sa,omitzero"`
	// Confirmed is the address that was proved to be the person's; the step is open
	// while it differs from Identity.Email. // G3.4
	Confirmed string    `json:"c,omitempty"`
	Residence Residence `json:"r,omitzero"`
	Consents  Consents  `json:"p,omitzero"`
	// Done are the steps that passed their checks: what is typed stays even when it did
	// not, so that nothing is lost by going back or by changing the language. // G3.1
	Done []Step `json:"k,omitempty"`
}

// Step is a part of the way. // G3.1
type Step int

// The steps. Code is the end of the first: its page has no number of its own.
const (
	StepIdentity Step = iota + 1
	StepCode
	StepResidence
	StepConsents
	StepReview
)

// Steps is how many the person counts.
const Steps = 4

// Number is the step as the person counts.
func (s Step) Number() int {
	if s <= StepCode {
		return 1
	}
	return int(s) - 1
}

// Next is the first step that is not done.
func (d Draft) Next() Step {
	switch {
	case !slices.Contains(d.Done, StepIdentity):
		return StepIdentity
	case d.Confirmed != d.Identity.Email:
		return StepCode
	case !slices.Contains(d.Done, StepResidence):
		return StepResidence
	case !slices.Contains(d.Done, StepConsents):
		return StepConsents
	}
	return StepReview
}

// Mark says whether a step passed its checks.
func (d *Draft) Mark(s Step, ok bool) {
	d.Done = slices.DeleteFunc(d.Done, func(done Step) bool { return done == s })
	if ok {
		d.Done = append(d.Done, s)
	}
}

// Pack writes the draft for sealing.
func (d Draft) Pack() ([]byte, error) { return json.Marshal(d) }

// Unpack reads what Pack wrote.
func Unpack(packed []byte) (d Draft, err error) {
	err = json.Unmarshal(packed, &d)
	return d, err
}

// inOrder sorts the mistakes as the page shows its fields, and keeps one for each.
func inOrder(faults ui.Errors, fields ...string) ui.Errors {
	var out ui.Errors
	for _, f := range faults {
		if out.Err(f.Field) == nil {
			out = append(out, f)
		}
	}
	place := func(f ui.FieldError) int {
		if i := slices.Index(fields, f.Field); i >= 0 {
			return i
		}
		return len(fields)
	}
	slices.SortStableFunc(out, func(a, b ui.FieldError) int { return place(a) - place(b) })
	return out
}

// faults collects mistakes.
type faults struct{ list ui.Errors }

func (f *faults) add(field, key string, args ...any) {
	f.list = append(f.list, ui.FieldError{Field: field, Key: key, Args: args})
}

// has tells whether a field has a mistake already: one for each is enough.
func (f *faults) has(field string) bool { return f.list.Err(field) != nil }

// New begins a draft.
func New(now time.Time, flow, lang string) Draft {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return Draft{ID: hex.EncodeToString(b[:]), Flow: flow, Language: lang, Begun: now}
}
