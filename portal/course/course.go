// Package course owns the catalogue: courses, the search in it, and who is
// enrolled.
//
// Reading needs no login; enrolling does, and a finished first entry
// (portal/profile). Lessons and quizzes are not here.
package course

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Course is one entry of the catalogue.
type Course struct {
	ID      string `toml:"id"` // part of the address
	Title   Text   `toml:"title"`
	Summary Text   `toml:"summary"` // one or two sentences, for the card
	About   Text   `toml:"about"`   // what is learnt and for whom; blank lines part paragraphs
	// Area is the field of study, a key of Areas.
	Area     string `toml:"area"`
	Language string `toml:"language"` // of the lessons: "it" or "en"
	Hours    int    `toml:"hours"`    // effort in hours
	Teacher  string `toml:"teacher"`
	Starts   string `toml:"starts"` // YYYY-MM-DD
	Ends     string `toml:"ends"`   // YYYY-MM-DD, the last day
	Badge    bool   `toml:"badge"`  // an Open Badge is given on completion
	Sections []Text `toml:"sections"`
}

// Text is a text in both languages.
type Text struct {
	It string `toml:"it" json:"it"`
	En string `toml:"en" json:"en"`
}

// In is the text in a language, Italian when there is no other.
func (t Text) In(lang string) string {
	if lang == "en" && t.En != "" {
		return t.En
	}
	return t.It
}

var areas = []string{"engineering", "design", "humanities", "science", "society", "teaching"}

// Areas lists the fields of study; texts are "course.area.…" in the catalogue.
func Areas() []string { return areas }

// Languages lists the languages of lessons; texts are "course.language.…".
func Languages() []string { return []string{"it", "en"} }

// State of a course on a day.
type State string

// The states of a course.
const (
	Upcoming State = "upcoming"
	Open     State = "open"
	Ended    State = "ended"
)

// States lists the states in the order of the filter.
func States() []State { return []State{Open, Upcoming, Ended} }

// StateOn is the state on a day; the end day still counts as open.
func (c Course) StateOn(now time.Time) State {
	day := now.Format(time.DateOnly)
	switch {
	case c.Starts != "" && day < c.Starts:
		return Upcoming
	case c.Ends != "" && day > c.Ends:
		return Ended
	}
	return Open
}

var courseID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func validID(id string) bool { return len(id) <= 80 && courseID.MatchString(id) }

// Validate says what is wrong with an entry, so that a mistake is found by the
// author and not by a learner.
func (c Course) Validate() error {
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("course %q: "+format, append([]any{c.ID}, args...)...))
		}
	}
	check(validID(c.ID), "the id must be lower-case words joined by hyphens")
	check(c.Title.It != "" && c.Summary.It != "" && c.About.It != "", "title, summary and about are needed in Italian")
	check(slices.Contains(areas, c.Area), "area %q is not one of %s", c.Area, strings.Join(areas, ", "))
	check(slices.Contains(Languages(), c.Language), "language must be it or en")
	check(c.Hours > 0 && c.Hours < 1000, "hours must be between 1 and 999")
	for _, day := range []string{c.Starts, c.Ends} {
		_, err := time.Parse(time.DateOnly, day)
		check(day == "" || err == nil, "%q is not a date like 2026-11-22", day)
	}
	check(c.Ends == "" || c.Starts <= c.Ends, "ends before it starts")
	return errors.Join(faults...)
}

// Enrolment is one person on one course.
type Enrolment struct {
	CourseID   string
	EnrolledAt time.Time
}

// Store keeps courses and enrolments.
type Store interface {
	// Courses lists all courses by start date, newest first.
	Courses(ctx context.Context) ([]Course, error)
	// Course is fault.NotFound for an unknown id.
	Course(ctx context.Context, id string) (Course, error)
	// Enrol is repeatable: a second enrolment changes nothing.
	Enrol(ctx context.Context, learner, course string, now time.Time) error
	// Unenrol ends an enrolment and keeps its row: who comes back finds everything.
	Unenrol(ctx context.Context, learner, course string, now time.Time) error
	// Enrolments lists the courses that a learner follows now.
	Enrolments(ctx context.Context, learner string) ([]Enrolment, error)
}
