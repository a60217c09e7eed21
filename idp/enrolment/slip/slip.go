// Package slip is what the applicant takes to an appointment: where and when, what to
// bring, and the number of the request as a code that the desk reads.
//
// The code opens nothing: it is the number, which whoever stands at the desk may as well say.
package slip

import (
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"
	"time"

	"atrio/base/qrcode"
	"atrio/idp/enrolment/calendar"
	"atrio/web/locale"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the page "slip/slip", whose view is View, and its texts.
func Pages() ui.Pages { return ui.Pages{Name: "slip", FS: files} }

// Appointment is a time at a Point.
type Appointment struct {
	// Number is that of the request: calendars know the appointment by it.
	Number string
	// Changes grows each time that it is made, moved or cancelled.
	Changes int
	// Point is the name of the place, Address where it is, on one line.
	Point, Address string
	// Directions help to find the desk; "" is none.
	Directions string
	Start      time.Time
	Lasts      time.Duration
	Cancelled  bool
}

// View is the view of "slip/slip".
type View struct {
	Appointment
	End time.Time
	// Drawing is the code, Size the squares of its side.
	Drawing template.HTMLAttr
	Size    int
	// Calendar is the address of the file for calendars, Back that of the request.
	Calendar, Back string
}

var errAppointment = errors.New("slip: not an appointment")

var numberForm = regexp.MustCompile(`^[0-9A-Z][0-9A-Z-]{0,31}$`)

func (a Appointment) check() error {
	if !numberForm.MatchString(a.Number) || a.Point == "" || a.Address == "" || a.Start.IsZero() || a.Lasts <= 0 || a.Lasts > 24*time.Hour {
		return errAppointment
	}
	return nil
}

// View gives the page; the addresses are the caller's.
func (a Appointment) View(calendarAt, back string) (View, error) {
	if err := a.check(); err != nil {
		return View{}, err
	}
	code, err := qrcode.New(a.Number)
	if err != nil {
		return View{}, fmt.Errorf("slip: %w", err)
	}
	return View{
		Appointment: a, End: a.Start.Add(a.Lasts), Calendar: calendarAt, Back: back, Size: code.Size(),
		Drawing: template.HTMLAttr(`d="` + code.Path() + `"`), //nolint:gosec // letters and digits of ours
	}, nil
}

// picture is how many dots a square of the picture has: three centimetres on paper.
const picture = 8

// PNG is the code as a picture, for mails.
func (a Appointment) PNG() ([]byte, error) {
	code, err := qrcode.New(a.Number)
	if err != nil {
		return nil, fmt.Errorf("slip: %w", err)
	}
	return code.PNG(picture)
}

// Source says who writes into calendars.
type Source struct {
	Catalog *locale.Catalog
	// Host makes names unique in the world; Organiser is the address that answers.
	Host, Organiser string
	// Link is where the applicant sees the appointment.
	Link string
}

// reminder is how long before the appointment a calendar says so.
const reminder = 24 * time.Hour

// Event is the appointment for calendars, in a language, as of now.
func (a Appointment) Event(s Source, lang string, now time.Time) (calendar.Event, error) {
	if err := a.check(); err != nil {
		return calendar.Event{}, err
	}
	description := s.Catalog.Text(lang, "slip.calendar.description", "number", a.Number)
	if a.Directions != "" {
		description += "\n" + a.Directions
	}
	return calendar.Event{
		UID: strings.ToLower(a.Number) + ".appointment@" + s.Host, Version: a.Changes, Stamp: now, Start: a.Start, End: a.Start.Add(a.Lasts), Language: lang,
		Summary: s.Catalog.Text(lang, "slip.calendar.summary"), Location: a.Point + ", " + a.Address, Description: description,
		Link: s.Link, Organiser: s.Organiser, Remind: reminder, Cancelled: a.Cancelled,
	}, nil
}

// Write answers with the appointment as a file for calendars. // RFC 5545
func (a Appointment) Write(w http.ResponseWriter, s Source, lang string, now time.Time) error {
	event, err := a.Event(s, lang, now)
	if err != nil {
		return err
	}
	file, err := event.File()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="appuntamento.ics"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err = w.Write(file)
	return err
}
