package idp_test

import (
	"net/http"
	"testing"

	"atrio/authn/password"
	"atrio/db"
	"atrio/idp/enrolment"
	"atrio/web/webtest"
)

// applicant is a browser in which the applicant of a request is signed in.
func (w *world) applicant(r enrolment.Request) *webtest.Client {
	w.t.Helper()
	phc, err := password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}}).Hash(w.t.Context(), secret)
	if err == nil {
		err = w.db.One(w.t.Context(), func(q db.Queryer) error {
			_, err := q.ExecContext(w.t.Context(), `UPDATE applicant SET phc = $2 WHERE id = $1`, r.Holder, phc)
			return err
		})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	b := webtest.New(w.t)
	p := b.Get(w.base + "/account/login").Expect(http.StatusOK)
	b.Submit(p.FormWith("password"), "username", r.Data.Email, "password", secret).Expect(http.StatusOK, string(r.Number))
	return b
}

// Appointments at a Point are made by who comes in person: a session by video has others.
func TestOnlyWhoComesInPersonBooksAtAPoint(t *testing.T) {
	w := newWorld(t)
	r := w.ready(1)
	b := w.applicant(r)
	b.Get(w.base+"/enrol/point").Expect(http.StatusOK, "Centro di prova")
	p := b.Get(w.base+"/enrol/point/book?point=roma").Expect(http.StatusOK, "Centro di prova")
	times := p.FormWith("at")
	at := webtest.Attr(p.Find("input[name=at]"), "value")

	asVideo := w.took(r, enrolment.ChangeMethod, enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, func(q *enrolment.Request) { q.Method = enrolment.Video })
	asVideo = w.took(asVideo, enrolment.FreezeContract, enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, func(q *enrolment.Request) { q.Data.Contract = r.Data.Contract })
	b.Submit(times, "at", at).Expect(http.StatusOK, string(r.Number))
	b.Get(w.base+"/enrol/point/book?point=roma").Expect(http.StatusOK, string(r.Number))
	b.Post(w.base+"/enrol/point/cancel", nil).Expect(http.StatusOK, string(r.Number))
	if got, err := w.store.Request(t.Context(), r.ID); err != nil || got.Version != asVideo.Version || w.count(`SELECT count(*) FROM appointment`) != 0 {
		t.Errorf("a session by video is booked at a Point: %+v, %v", got, err)
	}

	back := w.took(asVideo, enrolment.ChangeMethod, enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, func(q *enrolment.Request) { q.Method = enrolment.Point })
	w.took(back, enrolment.FreezeContract, enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, func(q *enrolment.Request) { q.Data.Contract = r.Data.Contract })
	b.Submit(times, "at", at).Expect(http.StatusOK, "Centro di prova")
	if w.count(`SELECT count(*) FROM appointment WHERE point = 'roma'`) != 1 {
		t.Error("no appointment was made")
	}
}

// A button pressed twice, or pressed again because no answer came, makes one appointment: at a
// Point with one desk the time is not called taken.
func TestAnAppointmentConfirmedTwiceIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	r := w.ready(1)
	b := w.applicant(r)
	p := b.Get(w.base+"/enrol/point/book?point=roma").Expect(http.StatusOK, "Centro di prova")
	times, at := p.FormWith("at"), webtest.Attr(p.Find("input[name=at]"), "value")
	for range 2 {
		b.Submit(times, "at", at).Expect(http.StatusOK, "Il tuo appuntamento")
	}
	got, err := w.store.Request(t.Context(), r.ID)
	if err != nil || got.Version != r.Version+1 || w.count(`SELECT count(*) FROM appointment`) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
