package point

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/slip"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/appointment"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "point", FS: files} }

// Appointment is one that was made.
type Appointment struct {
	At      time.Time
	Request string
	Number  enrolment.Number
	State   enrolment.State
}

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	appointment.Store
	// Appointments lists those of a Point, in the order of time.
	Appointments(ctx context.Context, point string, from, to time.Time) ([]Appointment, error)
}

// The addresses of this package beside that of the way.
const (
	bookPath     = "/enrol/point/book"
	cancelPath   = "/enrol/point/cancel"
	slipPath     = "/enrol/point/slip"
	calendarPath = "/enrol/point/appointment.ics"
)

// Booking serves the applicant's pages.
type Booking struct {
	Site      *web.Site
	Way       *way.Way
	Store     Store
	Directory *Directory
	// Provider is the issuer's name, in mails; SupportMail answers calendars, may be "".
	Provider, SupportMail string
	Limit                 web.Guard
	Now                   func() time.Time
}

// Mount gives the pages their addresses.
func (b *Booking) Mount(m *web.Mux) {
	m.Get(way.Point, b.at(b.points, enrolment.Book))
	m.Get(bookPath, b.at(b.times, enrolment.Book))
	m.Post(bookPath, b.at(b.book, enrolment.Book), b.Limit)
	m.Post(cancelPath, b.at(b.cancel, enrolment.CancelBooking), b.Limit)
	m.Get(slipPath, b.at(b.slip))
	m.Get(calendarPath, b.at(b.calendar))
}

// at serves a page to who goes to a Point. A session by video is booked too: its
// appointments are not made or cancelled here.
func (b *Booking) at(h way.Handler, acts ...enrolment.Act) web.HandlerFunc {
	return b.Way.At(func(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
		if request.Method != enrolment.Point {
			return web.Redirect(w, r, way.Next(request))
		}
		return h(w, r, request)
	}, acts...)
}

// pointsView is the view of "point/points".
type pointsView struct {
	Circuit, Note, Typed string
	Points               []Point
	// Booked tells that there is an appointment, which another one replaces.
	Booked bool
	Number string
	Lang   string
}

// points lists the Points of the circuit. Who goes without an appointment needs the
// number of the request alone.
func (b *Booking) points(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	q, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	typed := q.Text("where", web.Max(60))
	c, _ := b.Directory.Circuit(request.Circuit)
	v := pointsView{Circuit: c.Name, Note: c.Note.In(web.Lang(r)), Typed: typed, Booked: request.Data.Booking != nil, Number: string(request.Number), Lang: web.Lang(r)}
	v.Points = b.Directory.Search(request.Circuit, typed)
	return b.Site.Page(w, r, http.StatusOK, "point/points", v)
}

// timesView is the view of "point/times".
type timesView struct {
	ui.Errors
	Point Point
	Days  []appointment.Day
}

// times shows the free times of a Point.
func (b *Booking) times(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	q, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	p, ok := b.Directory.Point(q.Text("point", web.Max(40)))
	if !ok || p.Circuit != request.Circuit {
		return web.Redirect(w, r, way.Point)
	}
	return b.showTimes(w, r, http.StatusOK, p, nil)
}

func (b *Booking) showTimes(w http.ResponseWriter, r *http.Request, status int, p Point, errs ui.Errors) error {
	free, err := b.free(r.Context(), p)
	if err != nil {
		return err
	}
	v := timesView{Errors: errs, Point: p, Days: appointment.Days(free)}
	return b.Site.Page(w, r, status, "point/times", v)
}

// free lists the times of which a place is left.
func (b *Booking) free(ctx context.Context, p Point) ([]time.Time, error) {
	now := b.Now()
	return appointment.Free(ctx, b.Store, p.ID, p.Places(), p.Times(now, appointment.Ahead), now)
}

// book makes an appointment, in place of another one.
func (b *Booking) book(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	p, ok := b.Directory.Point(f.Text("point", web.Max(40)))
	if !ok || p.Circuit != request.Circuit {
		return web.Redirect(w, r, way.Point)
	}
	at, err := time.Parse(time.RFC3339, f.Text("at", web.Max(40)))
	if err != nil {
		return b.showTimes(w, r, http.StatusUnprocessableEntity, p, ui.Errors{{Field: "at", Key: "point.times.missing"}})
	}
	if now := request.Data.Booking; now != nil && request.Point == p.ID && now.At.Equal(at) { // pressed twice
		return web.Redirect(w, r, slipPath)
	}
	free, err := b.free(r.Context(), p)
	if err != nil {
		return err
	}
	if !appointment.Has(free, at) {
		return b.showTimes(w, r, http.StatusUnprocessableEntity, p, ui.Errors{{Field: "at", Key: "point.times.taken"}})
	}
	edit := func(q *enrolment.Request) {
		q.Point, q.Data.Booking = p.ID, &enrolment.Booking{At: at.UTC(), Lasts: p.Lasts(), Places: p.Places()}
	}
	_, err = b.Way.Take(r, request, enrolment.Book, edit, b.mail(request, p, at, "point.mail.booked"))
	if fault.Is(err, fault.Conflict) && fault.From(err).AuditReason() == enrolment.ErrFull.AuditReason() {
		return b.showTimes(w, r, http.StatusConflict, p, ui.Errors{{Field: "at", Key: "point.times.taken"}})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, slipPath)
}

// mail tells the applicant about an appointment.
func (b *Booking) mail(request enrolment.Request, p Point, at time.Time, key string) notify.Message {
	lang := request.Data.Language
	c := b.Site.Pages.Catalog()
	args := []any{
		"provider", b.Provider, "number", string(request.Number), "date", c.DateTime(lang, at), "point", p.Name, "address", p.Address(),
		"link", b.Site.BaseURL + slipPath, "request", b.Site.BaseURL + way.Request,
	}
	return notify.Message{
		Channel: notify.Mail, To: request.Data.Email, Lang: lang, Subject: c.Text(lang, key+".subject", args...), Text: c.Text(lang, key+".text", args...),
	}
}

// cancel ends an appointment; the request stays.
func (b *Booking) cancel(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	p, _ := b.Directory.Point(request.Point)
	if _, err := b.Way.Take(r, request, enrolment.CancelBooking, nil, b.mail(request, p, request.Data.Booking.At, "point.mail.cancelled")); err != nil {
		return err
	}
	return web.Redirect(w, r, way.Request)
}

// appointment says the appointment of a request for paper and calendars.
func (b *Booking) appointment(r *http.Request, request enrolment.Request) (slip.Appointment, bool) {
	p, ok := b.Directory.Point(request.Point)
	if request.Data.Booking == nil || !ok {
		return slip.Appointment{}, false
	}
	return slip.Appointment{
		Number: string(request.Number), Changes: request.Version, Point: p.Name, Address: p.Address(), Directions: p.Directions.In(web.Lang(r)),
		Start: request.Data.Booking.At, Lasts: request.Data.Booking.Lasts,
	}, true
}

// slip shows the appointment with the code that the Point reads.
func (b *Booking) slip(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	a, ok := b.appointment(r, request)
	if !ok {
		return web.Redirect(w, r, way.Next(request))
	}
	v, err := a.View(calendarPath, way.Request)
	if err != nil {
		return err
	}
	return b.Site.Page(w, r, http.StatusOK, "slip/slip", v)
}

// calendar gives the appointment as a file. // RFC 5545
func (b *Booking) calendar(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	a, ok := b.appointment(r, request)
	if !ok {
		return web.Redirect(w, r, way.Next(request))
	}
	host := "localhost"
	if u, err := url.Parse(b.Site.BaseURL); err == nil {
		host = u.Hostname()
	}
	return a.Write(w, slip.Source{Catalog: b.Site.Pages.Catalog(), Host: host, Organiser: b.SupportMail, Link: b.Site.BaseURL + slipPath}, web.Lang(r), b.Now())
}
