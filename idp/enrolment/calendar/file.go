package calendar

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// File writes the event.
func (e Event) File() ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	status := "CONFIRMED"
	if e.Cancelled {
		status = "CANCELLED"
	}
	lang := ";LANGUAGE=" + e.Language
	var w writer
	w.line("BEGIN:VCALENDAR")
	w.line("VERSION:2.0")
	w.line("PRODID:-//Atrio//Atrio//IT")
	w.line("METHOD:" + e.method()) // RFC 5546 3.2
	w.line("BEGIN:VEVENT")
	w.line("UID:" + e.UID)
	w.line("SEQUENCE:" + strconv.Itoa(e.Version))
	w.line("DTSTAMP:" + utc(e.Stamp))
	w.line("DTSTART:" + utc(e.Start))
	w.line("DTEND:" + utc(e.End))
	w.line("STATUS:" + status)
	w.line("ORGANIZER:mailto:" + e.Organiser)
	w.text("SUMMARY"+lang, e.Summary)
	w.text("LOCATION"+lang, e.Location)
	w.text("DESCRIPTION"+lang, e.Description)
	if e.Link != "" {
		w.line("URL:" + e.Link)
	}
	if e.Remind > 0 && !e.Cancelled {
		w.line("BEGIN:VALARM")
		w.line("ACTION:DISPLAY")
		w.line("TRIGGER:-PT" + strconv.Itoa(int(e.Remind/time.Minute)) + "M")
		w.text("DESCRIPTION"+lang, e.Summary)
		w.line("END:VALARM")
	}
	w.line("END:VEVENT")
	w.line("END:VCALENDAR")
	return []byte(w.b.String()), nil
}

// utc writes an instant. RFC 5545 3.3.5, form 2
func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

type writer struct{ b strings.Builder }

// mostOctets is how long a line may be, without its end. RFC 5545 3.1
const mostOctets = 75

// line writes a line, folded: what follows begins with a blank, and no sign is cut apart.
func (w *writer) line(s string) {
	room := mostOctets
	for len(s) > room {
		cut := room
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		w.b.WriteString(s[:cut] + "\r\n ")
		s, room = s[cut:], mostOctets-1
	}
	w.b.WriteString(s + "\r\n")
}

var escape = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`) // RFC 5545 3.3.11

// text writes a property whose value is for people; an empty one is left out.
func (w *writer) text(name, value string) {
	if value != "" {
		w.line(name + ":" + escape.Replace(value))
	}
}
