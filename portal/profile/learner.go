// Package profile owns what the portal knows of a learner, and the two things
// asked at the first entry: the profile and the acceptances.
//
// Who somebody is comes from the gateway (portal/login); names that came from
// there are shown and not edited here. Courses are portal/course's matter, rows
// portal/portaldb's.
package profile

import (
	"context"
	"time"
)

// Learner is a person as the portal knows it.
type Learner struct {
	ID string
	// Issuer and Subject are the provider's name for the person; they never change.
	Issuer, Subject string
	// What the gateway released; updated at each entry.
	Name, GivenName, FamilyName, Email string
	Details
	// CompletedAt is when the profile was completed; zero before.
	CompletedAt          time.Time
	CreatedAt, EnteredAt time.Time
}

// Details are what the person says about itself. P2
type Details struct {
	Gender      string // one of Genders
	BirthDate   string // YYYY-MM-DD
	BirthSource string // "gateway" when it came with the login, "" when declared
	Education   string // one of Educations
	Occupation  string // one of Occupations
	OtherNames  string
	Interests   string
	City        string
}

// The choices of P2. Values are stable; pages/profile.html shows them in its order.
var (
	genders     = []string{"female", "male", "other", "undisclosed"}
	educations  = []string{"lower_secondary", "upper_secondary", "bachelor", "master", "doctorate", "none"}
	occupations = []string{"student", "employee", "self_employed", "teacher", "job_seeking", "retired", "other"}
)

// Genders, Educations and Occupations list the choices.
func Genders() []string     { return genders }
func Educations() []string  { return educations }
func Occupations() []string { return occupations }

// MinimumAge is the age from which a person may accept the terms alone.
// Codice Privacy art. 2-quinquies: 14 years.
const MinimumAge = 14

// Age in whole years on a day; -1 for a date that cannot be read.
func Age(birthDate string, now time.Time) int {
	born, err := time.Parse(time.DateOnly, birthDate)
	if err != nil {
		return -1
	}
	years := now.Year() - born.Year()
	if now.Month() < born.Month() || now.Month() == born.Month() && now.Day() < born.Day() {
		years--
	}
	return years
}

// Document is a text that is acknowledged or accepted.
type Document string

// Privacy is acknowledged, Terms are accepted: neither is a consent.
const (
	Privacy Document = "privacy"
	Terms   Document = "terms"
)

// versions of the texts in pages/; raising one asks everybody again.
var versions = map[Document]string{Privacy: "2026-11", Terms: "2026-11"}

// Version is the version in force of a document.
func Version(d Document) string { return versions[d] }

// Acceptance is a row: who accepted what, in which version and language, when.
type Acceptance struct {
	Document Document
	Version  string
	Lang     string
	At       time.Time
}

// Store keeps learners.
type Store interface {
	// Learner is fault.NotFound for an unknown id.
	Learner(ctx context.Context, id string) (Learner, error)
	// SaveDetails writes the details and, the first time, CompletedAt.
	SaveDetails(ctx context.Context, id string, d Details, now time.Time) error
	// Accept adds acceptances; the same document and version twice is one.
	Accept(ctx context.Context, id string, list []Acceptance) error
	// Accepted reports which documents are accepted in the version in force.
	Accepted(ctx context.Context, id string) (map[Document]bool, error)
	// Picture gives the portrait, a JPEG; nil when there is none.
	Picture(ctx context.Context, id string) ([]byte, error)
	// SavePicture keeps a portrait in place of the one before; nil removes it.
	SavePicture(ctx context.Context, id string, portrait []byte, now time.Time) error
}

// Step is what is still missing before the courses open.
type Step string

// The steps of the first entry, in their order.
const (
	StepProfile Step = "profile"
	StepTerms   Step = "terms"
	StepDone    Step = ""
)

// Next is the one place that says what comes after an entry: the profile, then
// the documents, then the courses. P2
//
// Who declared another age than the gateway later proves goes back to the
// profile, which no one under MinimumAge can finish.
func Next(l Learner, accepted map[Document]bool, now time.Time) Step {
	switch {
	case l.CompletedAt.IsZero(), Age(l.BirthDate, now) < MinimumAge:
		return StepProfile
	case !accepted[Privacy] || !accepted[Terms]:
		return StepTerms
	}
	return StepDone
}

// address is where the step is taken.
func (s Step) address() string {
	if s == StepTerms {
		return "/welcome/terms"
	}
	return "/profile"
}
