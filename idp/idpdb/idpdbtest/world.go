// Package idpdbtest is the people, requests and answers with which the tests of the provider's
// tables work. All of them are invented.
package idpdbtest

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/credential"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/samlsso"
)

// Present is when these tests begin.
var Present = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// Each runs fn on both databases.
func Each(t *testing.T, fn func(t *testing.T, s *idpdb.Store)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		fn(t, idpdb.NewStore(d, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}}), nil))
	})
}

// Ada is an active identity.
func Ada() *identity.Identity {
	day := time.Date(1990, time.May, 4, 0, 0, 0, 0, time.UTC)
	return &identity.Identity{
		ID: "ada", SPIDCode: "TESTABCDEFGH01", UserID: "ada@example.org", State: identity.Active, Language: "en", Notices: identity.Notices{Mail: true, SMS: true},
		StateAt: Present, CreatedAt: Present, ExpiresAt: Present.AddDate(2, 0, 0),
		Holder: identity.Holder{
			GivenName: "Ada", FamilyName: "Prova", Gender: "F", BirthDate: day, BirthPlace: "F205", BirthCounty: "MI",
			FiscalCode: "PRVDAA90E44F205X", Email: "ada@example.org", MobilePhone: "+393330000001", DigitalAddress: "ada@pec.example.org",
			Document: identity.Document{Kind: "cartaIdentita", Number: "CA1", Issuer: "comuneMilano", IssuedOn: day, ExpiresOn: day},
			Domicile: identity.Domicile{Street: "Via Prova 1", PostalCode: "00100", Municipality: "Roma", Province: "RM", Nation: "Italia"},
		},
		Factors: identity.Factors{Password: true, TOTP: true, SMS: true},
	}
}

// Create stores an identity with a password and an app of codes.
func Create(t *testing.T, s *idpdb.Store, i *identity.Identity) {
	t.Helper()
	if err := s.Create(t.Context(), i, identity.Secrets{PasswordHash: "$hash", TOTPKey: []byte("12345678901234567890")}); err != nil {
		t.Fatal(err)
	}
}

// Ring are the keys of the provider in these tests.
func Ring() *seal.Keyring { return seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}}) }

// Exec changes the tables behind the back of the Store.
func Exec(t *testing.T, d *db.DB, statement string, args ...any) {
	t.Helper()
	err := d.One(t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Limit is a limit of three.
var Limit = ratelimit.Limit{Name: "test", Burst: 3, Per: time.Hour}

// Try is a try of a code in a login.
func Try(flow string) credential.CodeTry {
	return credential.CodeTry{
		Flow: flow, Identity: "ada", At: Present,
		Second: ratelimit.Bucket{Key: "second", Limit: ratelimit.Limit{Name: "s", Burst: 20, Per: time.Hour}}, Request: ratelimit.Bucket{Key: "request " + flow, Limit: Limit},
		Audit: audit.Event{At: Present, Role: "idp", Action: audit.CodeChecked, Outcome: audit.OK},
	}
}

// Answer is an answer to a login of Ada.
func Answer(flow string) samlsso.Answer {
	return samlsso.Answer{
		Flow: flow, Until: Present.Add(time.Hour),
		Access: &samlsso.Access{
			Identity: "ada", SPIDCode: "TESTABCDEFGH01", Service: "https://sp.example.org", ServiceName: "Servizi Prova", RequestID: "_1", ResponseID: "_2",
			Level: 2, Method: "totp", Anomaly: 1, At: Present,
			Request: []byte(strings.Repeat("<request/>", 100)), Response: []byte("<response/>"),
		},
		Audit: []audit.Event{{At: Present, Role: "idp", Action: audit.ResponseSent, Outcome: audit.OK}},
	}
}

// Opening is a new request, named by n.
func Opening(n string) enrolment.Opening {
	r := enrolment.Request{
		ID: "request-" + n, Holder: "holder-" + n, Number: enrolment.NewNumber(), State: enrolment.MailPending, Method: enrolment.Point, Circuit: "centro",
		Version: 1, Opened: Present, Changed: Present,
		Data: enrolment.Data{Area: enrolment.Private, Email: "Amira.Prova@example.org", Language: "it"},
	}
	return enrolment.Opening{
		Request: r, Password: "$amira-" + n, Link: []byte("link-" + n), Until: Present.Add(24 * time.Hour),
		Mail: notify.Message{Channel: notify.Mail, To: r.Data.Email, Subject: "s", Text: "t", Lang: "it"}, Audit: audit.Event{At: Present, Role: "idp"},
	}
}

// Open stores a new request.
func Open(t *testing.T, s *idpdb.Store, n string) enrolment.Request {
	t.Helper()
	o := Opening(n)
	if err := s.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return o.Request
}

// Step takes one and stores it.
func Step(ctx context.Context, s *idpdb.Store, r enrolment.Request, act enrolment.Act, by enrolment.Author, edit func(*enrolment.Request)) (enrolment.Request, error) {
	after, e, err := r.Do(enrolment.Change{Act: act, By: by, At: Present.Add(time.Duration(r.Version) * time.Minute), Reason: "perché sì", Edit: edit})
	if err != nil {
		return r, err
	}
	saved := enrolment.Step{After: after, Event: e, Audit: audit.Event{At: e.At, Role: "idp", Actor: by.ID}}
	if act == enrolment.Approve {
		i := Ada()
		i.ID, i.UserID, i.SPIDCode, i.Factors = r.Holder, identity.Login(r.Data.Email), "TESTAMRAAMRA01", identity.Factors{Password: true, SMS: true}
		saved.Identity = i
	}
	return after, s.Save(ctx, saved)
}

// Applicant is who made a request.
func Applicant(r enrolment.Request) enrolment.Author {
	return enrolment.Author{Role: enrolment.Applicant, ID: r.Holder}
}

// Walked takes the steps of a request, each by whoever may.
func Walked(t *testing.T, s *idpdb.Store, r enrolment.Request, acts ...enrolment.Act) enrolment.Request {
	t.Helper()
	for _, act := range acts {
		by := Applicant(r)
		switch act {
		case enrolment.Identify:
			by = enrolment.Author{Role: enrolment.Collector, ID: "carla"}
		case enrolment.Approve:
			by = enrolment.Author{Role: enrolment.Approver, ID: "remo"}
		}
		var err error
		r, err = Step(t.Context(), s, r, act, by, func(r *enrolment.Request) {
			switch act {
			case enrolment.SetSecurity:
				r.Data.Phone = "+393330000009"
			case enrolment.SavePerson:
				r.Data.Person = enrolment.Person{GivenName: "Amira", FamilyName: "Prova", FiscalCode: "PRVMRA90A41Z330X"}
			case enrolment.Identify:
				r.Data.Signed = &enrolment.Signing{Contract: r.Data.Contract.SHA256}
			case enrolment.FreezeContract:
				r.Data.Contract = &enrolment.Contract{Evidence: "contract", SHA256: "hash"}
			}
		})
		if err != nil {
			t.Fatalf("%s: %v", act, err)
		}
	}
	return r
}

// UntilContract are the steps from the mailbox to the contract.
var UntilContract = []enrolment.Act{
	enrolment.ConfirmMail, enrolment.SetSecurity, enrolment.ConfirmPhone, enrolment.SavePerson, enrolment.SaveDocuments, enrolment.FreezeContract,
}

// Count gives the one number of a query.
func Count(t *testing.T, s *idpdb.Store, query string, args ...any) (n int) {
	t.Helper()
	if err := s.DB.Read().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Ready gives a request with a frozen contract, under a mailbox of its own.
func Ready(t *testing.T, s *idpdb.Store, n string) enrolment.Request {
	t.Helper()
	o := Opening(n)
	o.Request.Data.Email = n + "@example.org"
	if err := s.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	return Walked(t, s, o.Request, UntilContract...)
}

// Line is an audit line.
func Line(at time.Time) audit.Event {
	return audit.Event{At: at, Role: "idp", Action: audit.RecoveryStep, Outcome: audit.OK}
}

// Together runs something fifty times at once and counts how often it is true.
func Together(do func() bool) (n int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if do() {
				mu.Lock()
				n++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return n
}

// Messages of a login, as the register keeps them.
const (
	Sent     = `<AuthnRequest>Servizi</AuthnRequest>`
	Answered = `<Response><Name>Ada</Name><Mail>ada@example.org</Mail></Response>`
)
