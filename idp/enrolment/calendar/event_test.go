package calendar_test

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"atrio/idp/enrolment/calendar"
)

func event() calendar.Event {
	return calendar.Event{
		UID: "7KQ2-MX9A-1@identita.example.org", Version: 2, Stamp: time.Date(2026, time.November, 28, 9, 0, 0, 0, time.UTC),
		Start: time.Date(2026, time.December, 3, 10, 30, 0, 0, time.FixedZone("CET", 3600)), End: time.Date(2026, time.December, 3, 10, 50, 0, 0, time.FixedZone("CET", 3600)),
		Language: "it", Summary: "Identificazione SPID; porta i documenti, tutti", Location: `Punto di Prova, via Inventata 1\b`,
		Description: "Porta il documento.\nPorta la Tessera Sanitaria: è un’identificazione di prova, con una riga che è lunga più di settantacinque ottetti.",
		Link:        "https://identita.example.org/appointment?a=1,2;3", Organiser: "aiuto@identita.example.org", Remind: 24 * time.Hour,
	}
}

const want = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Atrio//Atrio//IT
METHOD:PUBLISH
BEGIN:VEVENT
UID:7KQ2-MX9A-1@identita.example.org
SEQUENCE:2
DTSTAMP:20261128T090000Z
DTSTART:20261203T093000Z
DTEND:20261203T095000Z
STATUS:CONFIRMED
ORGANIZER:mailto:aiuto@identita.example.org
SUMMARY;LANGUAGE=it:Identificazione SPID\; porta i documenti\, tutti
LOCATION;LANGUAGE=it:Punto di Prova\, via Inventata 1\\b
DESCRIPTION;LANGUAGE=it:Porta il documento.\nPorta la Tessera Sanitaria: è un’identificazione di prova\, con una riga che è lunga più di settantacinque ottetti.
URL:https://identita.example.org/appointment?a=1,2;3
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT1440M
DESCRIPTION;LANGUAGE=it:Identificazione SPID\; porta i documenti\, tutti
END:VALARM
END:VEVENT
END:VCALENDAR
`

// unfold undoes what RFC 5545 3.1 does to long lines, and holds the file to it.
func unfold(t *testing.T, file []byte) string {
	t.Helper()
	text, ok := strings.CutSuffix(string(file), "\r\n")
	if !ok {
		t.Fatal("the last line has no end")
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line %q has %d octets", line, len(line))
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n ", ""), "\r\n", "\n") + "\n"
}

func TestAnAppointmentIsWrittenAsCalendarsReadIt(t *testing.T) {
	file, err := event().File()
	if err != nil {
		t.Fatal(err)
	}
	if got := unfold(t, file); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := event().MediaType(); got != "text/calendar; charset=utf-8; method=PUBLISH" {
		t.Error(got)
	}
}

func TestACancelledAppointmentLeavesTheCalendar(t *testing.T) {
	e := event()
	e.Cancelled, e.Version, e.Location, e.Link = true, 3, "", ""
	file, err := e.File()
	if err != nil {
		t.Fatal(err)
	}
	got := unfold(t, file)
	for _, line := range []string{"METHOD:CANCEL\n", "STATUS:CANCELLED\n", "SEQUENCE:3\n", "UID:" + e.UID + "\n"} {
		if !strings.Contains(got, line) {
			t.Errorf("%q is missing", line)
		}
	}
	if strings.Contains(got, "VALARM") || strings.Contains(got, "LOCATION") || strings.Contains(got, "URL") || !strings.HasSuffix(e.MediaType(), "CANCEL") {
		t.Errorf("too much:\n%s", got)
	}
}

func TestNothingInATextBecomesALine(t *testing.T) {
	for name, change := range map[string]func(*calendar.Event){
		"uid": func(e *calendar.Event) { e.UID = "x\r\nATTACH:y" }, "short uid": func(e *calendar.Event) { e.UID = "1" },
		"carriage return": func(e *calendar.Event) { e.Summary = "a\r\nATTACH:x" }, "null": func(e *calendar.Event) { e.Location = "a\x00" },
		"direction": func(e *calendar.Event) { e.Location = "a\u202e" }, "no utf-8": func(e *calendar.Event) { e.Description = "\xff" },
		"no summary": func(e *calendar.Event) { e.Summary = "" }, "long": func(e *calendar.Event) { e.Description = strings.Repeat("x", 1001) },
		"language": func(e *calendar.Event) { e.Language = "it:x" }, "organiser": func(e *calendar.Event) { e.Organiser = "Ente <aiuto@example.org>" },
		"no organiser": func(e *calendar.Event) { e.Organiser = "" }, "quoted organiser": func(e *calendar.Event) { e.Organiser = "\"a b\"@example.org" },
		"link": func(e *calendar.Event) { e.Link = "http://example.org" }, "script": func(e *calendar.Event) { e.Link = "javascript:x" },
		"link of two lines": func(e *calendar.Event) { e.Link = "https://example.org/\nX:y" }, "version": func(e *calendar.Event) { e.Version = -1 },
		"end before start": func(e *calendar.Event) { e.End = e.Start }, "no time": func(e *calendar.Event) { e.Stamp = time.Time{} },
		"reminder": func(e *calendar.Event) { e.Remind = -1 },
	} {
		e := event()
		change(&e)
		if _, err := e.File(); !errors.Is(err, calendar.ErrEvent) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("Identificazione; SPID", "Punto, 1\\", "a\nb")
	f.Add(strings.Repeat("è", 300), "\r", "王")
	f.Fuzz(func(t *testing.T, summary, location, description string) {
		e := event()
		e.Summary, e.Location, e.Description = summary, location, description
		file, err := e.File()
		if err != nil {
			return
		}
		lines := strings.Split(unfold(t, file), "\n")
		unescape := strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n")
		for name, want := range map[string]string{"SUMMARY": summary, "LOCATION": location} {
			got := ""
			for _, line := range lines[:14] {
				if value, ok := strings.CutPrefix(line, name+";LANGUAGE=it:"); ok {
					got = unescape.Replace(value)
				}
			}
			if got != want {
				t.Fatalf("%s %q became %q", name, want, got)
			}
		}
		if lines[0] != "BEGIN:VCALENDAR" || lines[len(lines)-2] != "END:VCALENDAR" || len(lines) > 25 {
			t.Fatalf("%d lines", len(lines))
		}
	})
}
