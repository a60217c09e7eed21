package slip_test

import (
	"bytes"
	"image/png"
	"strings"
	"testing"
	"time"

	"atrio/base/qrcode/qrtest"
	"atrio/idp/enrolment/slip"
	"atrio/web/locale"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func appointment() slip.Appointment {
	return slip.Appointment{
		Number: "7KQ2-MX9A", Changes: 1, Point: "Punto di Prova", Address: "via Inventata 1, 00000 Provopoli (XX)", Directions: "primo piano; stanza 3",
		Start: time.Date(2026, time.December, 3, 9, 30, 0, 0, time.UTC), Lasts: 20 * time.Minute,
	}
}

func TestThePageIsSoundInBothLanguages(t *testing.T) {
	full, err := appointment().View("/appointment.ics", "/request")
	if err != nil {
		t.Fatal(err)
	}
	cancelled := full
	cancelled.Cancelled, cancelled.Directions, cancelled.Point = true, "", `<b>"`
	webtest.Pages(t, slip.Pages(), map[string][]any{"slip": {slip.View{}, full, cancelled}})
}

func TestTheCodeIsTheNumber(t *testing.T) {
	raw, err := appointment().PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := qrtest.Picture(img, img.Bounds()); err != nil || got != "7KQ2-MX9A" {
		t.Errorf("the picture says %q: %v", got, err)
	}
	view, err := appointment().View("", "")
	if err != nil || view.Size != img.Bounds().Dx()/8 || !strings.HasPrefix(string(view.Drawing), `d="M4 4h7v1h-7z`) {
		t.Errorf("the drawing is another code: %v", err)
	}
}

func source(t *testing.T) slip.Source {
	t.Helper()
	catalog, err := locale.Load(ui.Langs(), slip.Pages().Texts())
	if err != nil {
		t.Fatal(err)
	}
	return slip.Source{Catalog: catalog, Host: "identita.example.org", Organiser: "aiuto@identita.example.org", Link: "https://identita.example.org/request"}
}

func TestCalendarsKnowAnAppointmentAgainWhenItMoves(t *testing.T) {
	now := time.Date(2026, time.November, 28, 9, 0, 0, 0, time.UTC)
	for lang, summary := range map[string]string{"it": "Identificazione per SPID", "en": "Identification for SPID"} {
		a := appointment()
		first, err := a.Event(source(t), lang, now)
		if err != nil {
			t.Fatal(err)
		}
		a.Start, a.Changes = a.Start.Add(48*time.Hour), 2
		moved, err := a.Event(source(t), lang, now)
		if err != nil {
			t.Fatal(err)
		}
		if first.UID != moved.UID || moved.Version <= first.Version || !moved.Start.After(first.Start) {
			t.Errorf("%+v, then %+v", first, moved)
		}
		a.Cancelled, a.Changes = true, 3
		gone, err := a.Event(source(t), lang, now)
		if err != nil {
			t.Fatal(err)
		}
		file, err := gone.File()
		if err != nil || !strings.Contains(string(file), "STATUS:CANCELLED") || !strings.Contains(string(file), "UID:"+first.UID) {
			t.Errorf("%v:\n%s", err, file)
		}
		file, err = first.File()
		if err != nil || !strings.Contains(string(file), summary) || !strings.Contains(string(file), "7KQ2-MX9A") || !strings.Contains(string(file), "DTSTART:20261203T093000Z") {
			t.Errorf("%v:\n%s", err, file)
		}
	}
}

func TestWhatIsNoAppointmentIsRefused(t *testing.T) {
	for name, change := range map[string]func(*slip.Appointment){
		"number": func(a *slip.Appointment) { a.Number = "7kq2 mx9a" }, "place": func(a *slip.Appointment) { a.Point = "" },
		"address": func(a *slip.Appointment) { a.Address = "" }, "time": func(a *slip.Appointment) { a.Start = time.Time{} },
		"length": func(a *slip.Appointment) { a.Lasts = 0 }, "days": func(a *slip.Appointment) { a.Lasts = 48 * time.Hour },
	} {
		a := appointment()
		change(&a)
		if _, err := a.View("", ""); err == nil {
			t.Errorf("%s: a page was made", name)
		}
		if _, err := a.Event(source(t), "it", a.Start); err == nil {
			t.Errorf("%s: an event was made", name)
		}
	}
}
