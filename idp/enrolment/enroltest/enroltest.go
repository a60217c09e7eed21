// Package enroltest is what tests of the ways of identification share: a request that
// waits for its contract, steps that other pages and people take, a sign-in, and a vault.
package enroltest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/keys/archivekey"
	"atrio/base/notify"
	"atrio/base/seal"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/web"
)

// Store is what is needed of the database; *idpdb.Store has it.
type Store interface {
	enrolment.Store
	evidence.Store
	evidence.Keeping
	OpenSession(ctx context.Context, s web.Session, ev audit.Event) error
}

// Vault is one of a fresh archive key and directory.
func Vault(t testing.TB, s Store, ring *seal.Keyring, now func() time.Time) *evidence.Vault {
	t.Helper()
	_, public, err := archivekey.Generate()
	if err != nil {
		t.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // a directory
		t.Fatal(err)
	}
	return &evidence.Vault{Store: s, Keeping: s, Ring: ring, Offline: offline, Dir: dir, Now: now}
}

// Kept lists the evidence of a request by kind.
func Kept(t testing.TB, v *evidence.Vault, request string) map[evidence.Kind][]evidence.Item {
	t.Helper()
	list, err := v.List(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	by := map[evidence.Kind][]evidence.Item{}
	for _, item := range list {
		by[item.Kind] = append(by[item.Kind], item)
	}
	return by
}

// SignIn opens sessions of applicants at /test/in/{holder}.
type SignIn struct {
	Site  *web.Site
	Store Store
	Now   func() time.Time
}

// Mount adds the address.
func (s SignIn) Mount(m *web.Mux) {
	m.Get("/test/in/{holder}", func(w http.ResponseWriter, r *http.Request) error {
		session, secret := s.Site.Sessions.New(r, r.PathValue("holder"), "password", "", nil, s.Now())
		if err := s.Store.OpenSession(r.Context(), session, audit.Event{At: s.Now(), Role: "idp"}); err != nil {
			return err
		}
		s.Site.Sessions.SetCookie(w, secret)
		_, err := io.WriteString(w, "in")
		return err
	})
}

// Pages stand for pages of other packages: each says its address.
type Pages []string

// Mount adds the addresses.
func (p Pages) Mount(m *web.Mux) {
	for _, path := range p {
		m.Get(path, func(w http.ResponseWriter, _ *http.Request) error {
			_, err := fmt.Fprint(w, "page ", path)
			return err
		})
	}
}

// Amira is a request of Amira Prova at its begin.
func Amira(method enrolment.Method, at time.Time) enrolment.Request {
	return enrolment.Request{
		ID: "request", Holder: "amira", Number: "AB10-2131", State: enrolment.MailPending, Method: method, Version: 1, Opened: at, Changed: at,
		Data: enrolment.Data{
			Area: enrolment.Private, Email: "amira@example.org", Language: "it", Phone: "+393330000009", PhoneAt: at,
			Person: enrolment.Person{GivenName: "Amira", FamilyName: "Prova", FiscalCode: "PRVMRA83E50A744N"},
		},
	}
}

// Open stores a request and leads it to the last of these acts.
func Open(t testing.TB, s Store, r enrolment.Request, acts ...enrolment.Act) {
	t.Helper()
	err := s.Open(t.Context(), enrolment.Opening{
		Request: r, Password: "$" + r.ID, Link: []byte("link of " + r.ID), Until: r.Opened.Add(time.Hour),
		Mail: notify.Message{Channel: notify.Mail, To: r.Data.Email, Lang: "it"}, Audit: audit.Event{At: r.Opened, Role: "idp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range acts {
		Take(t, s, r.ID, enrolment.Change{Act: act, By: enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}, At: r.Opened})
	}
}

// ToPhone and ToDocuments are the acts until the telephone is confirmed, and until the
// contract can be frozen.
var (
	ToPhone     = []enrolment.Act{enrolment.ConfirmMail, enrolment.SetSecurity, enrolment.ConfirmPhone}
	ToDocuments = append(append([]enrolment.Act(nil), ToPhone...), enrolment.SavePerson, enrolment.SaveDocuments)
)

// Take takes a step, as other pages and people do.
func Take(t testing.TB, s Store, id string, c enrolment.Change) {
	t.Helper()
	after, event, err := Request(t, s, id).Do(c)
	if err == nil {
		err = s.Save(t.Context(), enrolment.Step{After: after, Event: event, Audit: audit.Event{At: c.At, Role: "idp"}})
	}
	if err != nil {
		t.Fatalf("%s: %v", c.Act, err)
	}
}

// Request is a request as it stands.
func Request(t testing.TB, s Store, id string) enrolment.Request {
	t.Helper()
	r, err := s.Request(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
