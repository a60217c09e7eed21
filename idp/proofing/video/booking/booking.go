// Package booking is how an applicant comes to a video session: the consent to be recorded,
// the check of camera and line, an appointment, or the queue of those who want it now.
//
// It owns what is offered when, and what is said about the time to wait. Rows are the
// Store's; the session itself is in call. // I9
package booking

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"time"

	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/slip"
	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/appointment"
	"atrio/idp/proofing/video"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "booking", FS: files} }

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	appointment.Store
	video.Store
}

// The addresses of this package beside that of the way.
const (
	nowPath      = "/enrol/video/now"
	placePath    = video.RoomPath + "/place"
	leavePath    = video.RoomPath + "/leave"
	checkPath    = "/enrol/video/check"
	bookPath     = "/enrol/video/book"
	cancelPath   = "/enrol/video/cancel"
	slipPath     = "/enrol/video/appointment"
	calendarPath = "/enrol/video/appointment.ics"
)

const (
	// Fresh is for how long who waits counts without a sign from their page.
	Fresh = 90 * time.Second
	// usual is how long a session takes, as long as there is no experience.
	usual = 15 * time.Minute
	// early is how long before an appointment the waiting room opens, late how long after
	// it somebody who did not come is told.
	early = 10 * time.Minute
	late  = time.Hour
)

// Booking serves the applicant's pages.
type Booking struct {
	Site   *web.Site
	Way    *way.Way
	Store  Store
	Config video.Config
	// Provider is the issuer's name, in mails; SupportMail answers calendars, may be "".
	Provider, SupportMail string
	Limit                 web.Guard
	Now                   func() time.Time
}

// Mount gives the pages their addresses.
func (b *Booking) Mount(m *web.Mux) {
	m.Get(way.Video, b.Way.At(b.ours(b.start), enrolment.Book, enrolment.Abort))
	m.Get(checkPath, b.Way.At(b.ours(b.check), enrolment.Book))
	m.Post(nowPath, b.Way.At(b.ours(b.join), enrolment.Book), b.Limit)
	m.Get(video.RoomPath, b.Way.At(b.ours(b.waiting), enrolment.Book, enrolment.Abort))
	m.Get(placePath, b.Way.At(b.place))
	m.Post(leavePath, b.Way.At(b.leave), b.Limit)
	m.Get(bookPath, b.Way.At(b.ours(b.times), enrolment.Book))
	m.Post(bookPath, b.Way.At(b.ours(b.book), enrolment.Book), b.Limit)
	m.Post(cancelPath, b.Way.At(b.ours(b.cancel), enrolment.CancelBooking), b.Limit)
	m.Get(slipPath, b.Way.At(b.ours(b.slip)))
	m.Get(calendarPath, b.Way.At(b.ours(b.calendar)))
}

// ours serves requests of this way: another one has other pages.
func (b *Booking) ours(h way.Handler) way.Handler {
	return func(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
		if request.Method != enrolment.Video {
			return web.Redirect(w, r, way.Request)
		}
		return h(w, r, request)
	}
}

// startView is the view of "booking/start".
type startView struct {
	ui.Errors
	// Open tells that operators are there now, or that the appointment is now.
	Open bool
	// Waiting is how many wait, Minutes how long it will take.
	Waiting, Minutes int
	Booked           time.Time
	// Ready tells that all documents are there, Signed that the contract is signed.
	Ready, Signed, Agreed bool
}

func (b *Booking) start(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if request.State == enrolment.VideoLive {
		return web.Redirect(w, r, video.CallPath)
	}
	return b.showStart(w, r, http.StatusOK, request, nil)
}

func (b *Booking) showStart(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, errs ui.Errors) error {
	now := b.Now()
	n, err := b.Store.Waiting(r.Context(), now.Add(-Fresh))
	if err != nil {
		return err
	}
	v := startView{Errors: errs, Open: b.open(request, now), Waiting: n, Ready: video.Ready(request), Signed: request.Data.SignedNow(), Agreed: video.Consented(request)}
	if v.Minutes, err = b.minutes(r.Context(), n); err != nil {
		return err
	}
	if request.Data.Booking != nil {
		v.Booked = request.Data.Booking.At
	}
	return b.Site.Page(w, r, status, "booking/start", v)
}

// open tells whether an applicant may wait for an operator now.
func (b *Booking) open(request enrolment.Request, now time.Time) bool {
	if at := request.Data.Booking; at != nil && !now.Before(at.At.Add(-early)) {
		return true
	}
	return b.Config.Opening().Open(now)
}

// minutes says honestly how long it takes when so many are before: from how long the last
// sessions took.
func (b *Booking) minutes(ctx context.Context, before int) (int, error) {
	took, err := b.Store.Lasted(ctx)
	if err != nil {
		return 0, err
	}
	if took <= 0 {
		took = usual
	}
	// Who is served now is half done on average.
	return max(1, int((time.Duration(before/b.Config.Places())*took + took/2).Minutes())), nil
}

// check shows the page that tries camera, microphone, light and line.
func (b *Booking) check(w http.ResponseWriter, r *http.Request, _ enrolment.Request) error {
	return b.Site.Page(w, r, http.StatusOK, "booking/check", nil, web.Capture)
}

// agreed reads the consent, when it is not there yet. It is one of its own: who does not
// give it takes another way. REG 8
func agreed(f *web.Form, request enrolment.Request) bool {
	if video.Consented(request) || f.Bool("consent") {
		return true
	}
	f.Fail("consent", "booking.consent.missing")
	return false
}

// join puts the applicant into the queue. // E08
func (b *Booking) join(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	now := b.Now()
	ok := agreed(f, request)
	if !video.Ready(request) {
		f.Fail("", "booking.unready")
	}
	if !b.open(request, now) {
		f.Fail("", "booking.closed")
	}
	if !ok || !f.OK() {
		return b.showStart(w, r, http.StatusUnprocessableEntity, request, f.Errors)
	}
	if !video.Consented(request) {
		edit := func(q *enrolment.Request) { video.Agree(q, now) }
		if request, err = b.Way.Take(r, request, enrolment.Agree, edit); err != nil {
			return err
		}
	}
	if err := b.wait(r.Context(), request, now); err != nil {
		return err
	}
	return web.Redirect(w, r, video.RoomPath)
}

// wait notes that the applicant waits; whose appointment is now goes first.
func (b *Booking) wait(ctx context.Context, request enrolment.Request, now time.Time) error {
	var booked time.Time
	if at := request.Data.Booking; at != nil && !now.Before(at.At.Add(-early)) {
		booked = at.At
	}
	return b.Store.JoinQueue(ctx, request.ID, booked, now)
}

// waitingView is the view of "booking/waiting".
type waitingView struct {
	Before, Minutes int
	Signed          bool
}

// placeView is what the page asks for again and again.
type placeView struct {
	Text string `json:"text"`
	To   string `json:"to,omitempty"`
}

// where tells where the applicant stands; to leads on when it is not the queue.
func (b *Booking) where(r *http.Request, request enrolment.Request) (v waitingView, to string, err error) {
	if request.State == enrolment.VideoLive {
		return v, video.CallPath, nil
	}
	now := b.Now()
	place, there, err := b.Store.PlaceOf(r.Context(), request.ID, now.Add(-Fresh))
	if err != nil || !there || !video.Consented(request) || !request.May(enrolment.Book, enrolment.Applicant) {
		return v, way.Video, err
	}
	if err := b.wait(r.Context(), request, now); err != nil {
		return v, "", err
	}
	v.Before, v.Signed = place.Before, request.Data.SignedNow()
	v.Minutes, err = b.minutes(r.Context(), place.Before)
	return v, "", err
}

// moved tells whose telephone slept too long that the place is gone.
func (b *Booking) moved(w http.ResponseWriter, to string) {
	if to == way.Video {
		b.Site.Notice(w, "booking.notice.gone")
	}
}

func (b *Booking) waiting(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	v, to, err := b.where(r, request)
	if err != nil {
		return err
	}
	if to != "" {
		b.moved(w, to)
		return web.Redirect(w, r, to)
	}
	return b.Site.Page(w, r, http.StatusOK, "booking/waiting", v)
}

// place says the same to a script.
func (b *Booking) place(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	v, to, err := b.where(r, request)
	if err != nil {
		return err
	}
	if to != "" {
		b.moved(w, to)
	}
	key := "booking.waiting.next"
	if v.Before > 0 {
		key = "booking.waiting.place"
	}
	text := b.Site.Pages.Catalog().Text(web.Lang(r), key, "count", v.Before, "minutes", v.Minutes)
	return b.Site.JSON(w, http.StatusOK, placeView{text, to})
}

func (b *Booking) leave(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if err := b.Store.LeaveQueue(r.Context(), request.ID); err != nil {
		return err
	}
	return web.Redirect(w, r, way.Request)
}

// Jobs remind of appointments, lead those who did not come back, and empty the queue of
// those who went away.
func (b *Booking) Jobs() []jobs.Job {
	mail := func(key string) func(enrolment.Request) (notify.Message, bool) {
		return func(q enrolment.Request) (notify.Message, bool) { return b.mail(q, q.Data.Booking.At, key), true }
	}
	r := appointment.Reminders{
		Store: b.Store, Requests: b.Way.Store, Way: enrolment.Video, Role: b.Site.Role, MissedAfter: late,
		Waits: func(ctx context.Context, request string, now time.Time) (bool, error) {
			_, there, err := b.Store.PlaceOf(ctx, request, now.Add(-Fresh))
			return there, err
		},
		Reminder: mail("booking.mail.reminder"), Missed: mail("booking.mail.missed"),
	}
	return []jobs.Job{
		{Name: "idp.video_appointments", Every: 10 * time.Minute, Run: r.Run},
		{Name: "idp.video_queue", Every: time.Minute, Run: func(ctx context.Context, now time.Time) error { return b.Store.ForgetWaiting(ctx, now.Add(-Fresh)) }},
	}
}

// mail tells the applicant about an appointment.
func (b *Booking) mail(request enrolment.Request, at time.Time, key string) notify.Message {
	return Mail(b.Site, b.Provider, request, at, key)
}

// Mail is a mail of this package about an appointment.
func Mail(site *web.Site, provider string, request enrolment.Request, at time.Time, key string) notify.Message {
	lang, c := request.Data.Language, site.Pages.Catalog()
	args := []any{"provider", provider, "number", string(request.Number), "date", c.DateTime(lang, at), "link", site.BaseURL + slipPath, "start", site.BaseURL + way.Video, "request", site.BaseURL + way.Request}
	return notify.Message{
		Channel: notify.Mail, To: request.Data.Email, Lang: lang, Subject: c.Text(lang, key+".subject", args...), Text: c.Text(lang, key+".text", args...),
	}
}

// timesView is the view of "booking/times".
type timesView struct {
	ui.Errors
	// At is the time that was chosen.
	At     string
	Days   []appointment.Day
	Agreed bool
}

func (b *Booking) times(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return b.showTimes(w, r, http.StatusOK, request, "", nil)
}

func (b *Booking) showTimes(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, at string, errs ui.Errors) error {
	free, err := b.free(r.Context())
	if err != nil {
		return err
	}
	return b.Site.Page(w, r, status, "booking/times", timesView{errs, at, appointment.Days(free), video.Consented(request)})
}

func (b *Booking) free(ctx context.Context) ([]time.Time, error) {
	now := b.Now()
	times := b.Config.Opening().Times(now, appointment.Ahead, b.Config.Lasts())
	return appointment.Free(ctx, b.Store, "", b.Config.Places(), times, now)
}

// book makes an appointment, in place of another one.
func (b *Booking) book(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	agreed(f, request)
	chosen := f.Text("at", web.Max(40))
	at, err := time.Parse(time.RFC3339, chosen)
	if err != nil {
		f.Fail("at", "booking.times.missing")
	}
	if now := request.Data.Booking; f.OK() && now != nil && now.At.Equal(at) { // pressed twice
		return web.Redirect(w, r, slipPath)
	}
	free, err := b.free(r.Context())
	if err != nil {
		return err
	}
	if f.OK() && !appointment.Has(free, at) {
		f.Fail("at", "booking.times.taken")
	}
	if !f.OK() {
		return b.showTimes(w, r, http.StatusUnprocessableEntity, request, chosen, f.Errors)
	}
	edit := func(q *enrolment.Request) {
		q.Data.Booking = &enrolment.Booking{At: at.UTC(), Lasts: b.Config.Lasts(), Places: b.Config.Places()}
		if !video.Consented(*q) {
			video.Agree(q, b.Now())
		}
	}
	_, err = b.Way.Take(r, request, enrolment.Book, edit, b.mail(request, at, "booking.mail.booked"))
	if fault.Is(err, fault.Conflict) && fault.From(err).AuditReason() == enrolment.ErrFull.AuditReason() {
		return b.showTimes(w, r, http.StatusConflict, request, chosen, ui.Errors{{Field: "at", Key: "booking.times.taken"}})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, slipPath)
}

// cancel ends an appointment; the request stays.
func (b *Booking) cancel(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if _, err := b.Way.Take(r, request, enrolment.CancelBooking, nil, b.mail(request, request.Data.Booking.At, "booking.mail.cancelled")); err != nil {
		return err
	}
	return web.Redirect(w, r, way.Request)
}

// appointment says the appointment of a request for calendars.
func (b *Booking) appointment(r *http.Request, request enrolment.Request) (slip.Appointment, bool) {
	if request.Data.Booking == nil {
		return slip.Appointment{}, false
	}
	c, lang := b.Site.Pages.Catalog(), web.Lang(r)
	return slip.Appointment{
		Number: string(request.Number), Changes: request.Version, Point: c.Text(lang, "booking.place"), Address: b.Site.BaseURL + way.Video,
		Directions: c.Text(lang, "booking.directions"), Start: request.Data.Booking.At, Lasts: request.Data.Booking.Lasts,
	}, true
}

// slipView is the view of "booking/appointment".
type slipView struct {
	Number     string
	Start, End time.Time
}

// slip shows the appointment.
func (b *Booking) slip(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	a, ok := b.appointment(r, request)
	if !ok {
		return web.Redirect(w, r, way.Next(request))
	}
	return b.Site.Page(w, r, http.StatusOK, "booking/appointment", slipView{a.Number, a.Start, a.Start.Add(a.Lasts)})
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
