// Package calendar writes an appointment as a file that every calendar reads, and
// takes it back the same way.
//
// RFC 5545 is the form, RFC 5546 what publishing and cancelling mean. Times are written in
// UTC: calendars show them in the zone of their owner, and no table of zones goes along.
package calendar

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Event is one appointment.
type Event struct {
	// UID is the same for all versions of an appointment, and of no other. RFC 5545 3.8.4.7
	UID string
	// Version grows with every change; a calendar takes the highest. RFC 5545 3.8.7.4
	Version int
	// Stamp is when this file is made.
	Stamp      time.Time
	Start, End time.Time
	// Language is that of the texts.
	Language                       string
	Summary, Location, Description string
	// Link leads to the appointment; "" is none.
	Link string
	// Organiser is the address of who invites. RFC 5546 3.2.1 wants one.
	Organiser string
	// Remind is how long before the start the calendar says so; 0 is not at all.
	Remind time.Duration
	// Cancelled takes the appointment out of the calendar again.
	Cancelled bool
}

// ErrEvent is an event that cannot be written.
var ErrEvent = errors.New("calendar: not an event")

// MediaType is that of the file, as its method wants it. RFC 5545 8.1
func (e Event) MediaType() string { return "text/calendar; charset=utf-8; method=" + e.method() }

func (e Event) method() string {
	if e.Cancelled {
		return "CANCEL"
	}
	return "PUBLISH"
}

const longest = 1000 // bytes of a text

var (
	uidForm  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9@._-]{7,127}$`)
	langForm = regexp.MustCompile(`^[a-z]{2}$`)
)

func (e Event) check() error {
	wrong := func(what string) error { return fmt.Errorf("%w: %s", ErrEvent, what) }
	switch {
	case !uidForm.MatchString(e.UID):
		return wrong("UID")
	case e.Version < 0:
		return wrong("version")
	case !langForm.MatchString(e.Language):
		return wrong("language")
	case !writable(e.Stamp), !writable(e.Start), !writable(e.End), !e.End.Truncate(time.Second).After(e.Start):
		return wrong("time")
	case e.Summary == "":
		return wrong("summary")
	case e.Remind < 0:
		return wrong("reminder")
	}
	for name, text := range map[string]string{"summary": e.Summary, "location": e.Location, "description": e.Description} {
		if !plain(text) {
			return wrong(name)
		}
	}
	if a, err := mail.ParseAddress(e.Organiser); err != nil || a.Address != e.Organiser || strings.ContainsFunc(e.Organiser, notURI) {
		return wrong("organiser")
	}
	if u, err := url.Parse(e.Link); e.Link != "" && (err != nil || u.Scheme != "https" || u.Host == "" || strings.ContainsFunc(e.Link, notURI)) {
		return wrong("link")
	}
	return nil
}

func writable(t time.Time) bool { return t.Year() >= 2000 && t.UTC().Year() <= 9999 }

// notURI finds what has no place in an address that is written as it is. RFC 3986 2
func notURI(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r) }

// plain texts have no controls but the end of a line, and turn no letters around.
func plain(s string) bool {
	return len(s) <= longest && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '\n' && unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)
	})
}
