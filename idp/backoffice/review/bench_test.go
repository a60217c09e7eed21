package review_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/backoffice/keeping"
	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/reports"
	"atrio/idp/backoffice/review"
	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment"
	"atrio/idp/idpdb"
	"atrio/idp/retention"
	"atrio/web"
	"atrio/web/webtest"
)

// BenchmarkOperators shows supervisors their pages while a thousand requests wait: 50 ms is
// what a page of operators may take.
func BenchmarkOperators(b *testing.B) {
	now := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	d := dbtest.SQLite(b, shareddb.Module(), idpdb.Module())
	store := idpdb.NewStore(d, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}}), nil)
	for n := range 1000 {
		waiting(b, store, n, now.Add(-time.Duration(n)*time.Minute))
	}
	err := d.One(b.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(b.Context(), `UPDATE request SET state = 'operator_check'`)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	roster := operator.NewRoster(store.Keyring, []operator.Config{{Name: "Sara", Email: "sara@example.org", Roles: []string{"supervisor"}}, {Name: "Remo", Email: "remo@example.org", Roles: []string{"approver"}}})
	site := webtest.NewSite(b, "idp", "http://localhost", func() time.Time { return now }, operator.Pages(), review.Pages(), screening.Pages(), reports.Pages(), keeping.Pages())
	site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: site.Now, Idle: time.Hour, Absolute: time.Hour, Kinds: []web.SessionKind{operator.Kind()}}
	site.Keyring = store.Keyring
	free := func(next web.HandlerFunc) web.HandlerFunc { return next }
	name := func(id string) string { return id }
	desk := &operator.Desk{Site: site, Roster: roster, Store: store, Keyring: store.Keyring, Now: site.Now, Limit: free}
	v := &review.Review{Desk: desk, Store: store, Requests: store, CircuitName: name, PointName: name, Service: name}
	h := site.Handler(v, &reports.Reports{Desk: desk, Store: store, PointName: func(id string) string { return id }}, &keeping.Board{Desk: desk, Store: store, Rules: retention.Config{}.Rules()})

	sara, _ := roster.ByEmail("sara@example.org")
	r := httptest.NewRequest(http.MethodGet, "http://localhost/operator/queue", nil)
	session, secret := site.Sessions.New(r, sara.ID, "operator", "", nil, now)
	if err := store.OpenSession(b.Context(), session, audit.Event{At: now, Role: "idp"}); err != nil {
		b.Fatal(err)
	}
	rec := httptest.NewRecorder()
	site.Sessions.SetCookie(rec, secret)
	cookie := rec.Result().Cookies()[0]
	for page, path := range map[string]string{
		"queue": "/operator/queue", "last page of the queue": "/operator/queue?page=10", "reports": "/operator/reports", "retention": "/operator/retention",
	} {
		b.Run(page, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil)
			r.AddCookie(cookie)
			for b.Loop() {
				rec := httptest.NewRecorder()
				h.ServeHTTP(rec, r)
				if rec.Code != http.StatusOK {
					b.Fatalf("%s: status %d", path, rec.Code)
				}
			}
		})
	}
}

// waiting stores a request of somebody.
func waiting(b *testing.B, store *idpdb.Store, n int, at time.Time) {
	b.Helper()
	r := enrolment.Request{
		ID: fmt.Sprint("request-", n), Holder: fmt.Sprint("holder-", n), Number: enrolment.NewNumber(), State: enrolment.MailPending, Method: enrolment.Point,
		Circuit: "centro", Version: 1, Opened: at, Changed: at, Data: enrolment.Data{Email: fmt.Sprintf("amira%d@example.org", n), Language: "it"},
	}
	err := store.Open(b.Context(), enrolment.Opening{
		Request: r, Password: "$", Link: []byte(r.ID), Until: at.Add(time.Hour), Mail: notify.Message{Channel: notify.Mail, To: r.Data.Email, Lang: "it"}, Audit: audit.Event{At: at, Role: "idp"},
	})
	if err != nil {
		b.Fatal(err)
	}
}
