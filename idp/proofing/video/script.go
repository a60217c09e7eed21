package video

import (
	"slices"
	"time"

	"atrio/idp/proofing/video/studio"
)

// Step is the letter of a step of the script, in the order of the article.
type Step string

// The thirteen steps. REG 8 a-m
const (
	Consent     Step = "a" // to be recorded, and to the recording being kept for 20 years
	Introduce   Step = "b" // the operator says who they are
	Person      Step = "c" // the applicant confirms their data
	DateTime    Step = "d"
	Will        Step = "e" // wants the identity; the data of the form are right
	Contacts    Step = "f" // telephone and mailbox
	Messages    Step = "g" // the SMS is read or shown, the link in the mail is opened
	Credentials Step = "h" // has understood what they are for and how to keep them
	Document    Step = "i" // front and back, legible, the one in the pictures
	HealthCard  Step = "j"
	Contract    Step = "k" // accepted: signed with a code
	Actions     Step = "l" // random: what was recorded before cannot do them. // A13
	Summary     Step = "m" // what was said, confirmed
)

// Script names this text of the script, for the manifest.
const Script = "reg8-v1"

// Steps lists the steps in their order.
func Steps() []Step {
	return []Step{Consent, Introduce, Person, DateTime, Will, Contacts, Messages, Credentials, Document, HealthCard, Contract, Actions, Summary}
}

// seen are what the operator says to have seen at a step, each with a tick.
var seen = map[Step][]string{
	Consent:    {"said"},
	Person:     {"said"},
	Will:       {"said"},
	Contacts:   {"said"},
	Document:   {"front", "back", "pictures", "face"},
	HealthCard: {"front", "pictures"},
	Actions:    {"done", "live"},
	Summary:    {"said"},
}

// Seen lists the ticks of a step.
func Seen(s Step) []string { return slices.Clone(seen[s]) }

// actions are what an applicant is asked to do at random; each has a twin for people who
// cannot do a gesture, which is spoken or typed. // A13; NIST SP 800-63A: alternatives
var actions = []string{"turn_left", "turn_right", "hand_face", "fingers_two", "fingers_four", "tilt_document", "cover_document", "come_closer"}

// spoken are the actions without a gesture.
var spoken = []string{"say_number", "say_month", "say_colour", "read_word"}

// Drawn is one action to ask for; Word is what to say or read, for those that need one.
type Drawn struct {
	Action string `json:"action"`
	Word   string `json:"word,omitempty"`
}

// MayDraw tells whether actions may be drawn: once, and once more without gestures for who
// cannot do them. Who could draw again would draw until it suits. // A13, A16
func MayDraw(before []Drawn, gestures bool) bool {
	if len(before) == 0 {
		return true
	}
	return !gestures && slices.Contains(actions, before[0].Action)
}

// Draw draws two actions that differ, with gestures or without. pick gives a number below n.
func Draw(gestures bool, pick func(n int) int) (list []Drawn) {
	from := slices.Clone(spoken)
	if gestures {
		from = slices.Clone(actions)
	}
	for range 2 {
		i := pick(len(from))
		d := Drawn{Action: from[i]}
		switch d.Action {
		case "say_number":
			d.Word = string([]byte{'0' + byte(pick(10)), ' ', '0' + byte(pick(10)), ' ', '0' + byte(pick(10)), ' ', '0' + byte(pick(10))})
		case "read_word":
			d.Word = words[pick(len(words))]
		}
		list, from = append(list, d), slices.Delete(from, i, i+1)
	}
	return list
}

// words are read aloud, or typed: easy ones that mean nothing here.
var words = []string{"ombrello", "finestra", "castagna", "lanterna", "melograno", "tamburo", "girasole", "scoiattolo"}

// Done is a step that was done.
type Done struct {
	Step Step
	At   time.Time
	// Note is a short word on it, as evidence.
	Note string
}

// Told is what the manifest says of a session: who led it, by which script, what was done.
func Told(operator string, done []Done) studio.Manifest {
	m := studio.Manifest{Operator: operator, Script: Script}
	for _, d := range done {
		m.Steps = append(m.Steps, studio.Step{ID: string(d.Step), At: d.At, Note: d.Note})
	}
	return m
}

// Next is the first step that is open; "" when none is.
func Next(done []Done) Step {
	for _, s := range Steps() {
		if !slices.ContainsFunc(done, func(d Done) bool { return d.Step == s }) {
			return s
		}
	}
	return ""
}

// Number is the place of a step in the script, from 1 on.
func Number(s Step) int { return slices.Index(Steps(), s) + 1 }
