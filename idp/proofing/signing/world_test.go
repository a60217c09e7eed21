package signing_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"atrio/assets"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/contract"
	"atrio/idp/enrolment/enroltest"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/signature"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/signing"
	"atrio/idp/proofing/trustlist"
	"atrio/web"
	"atrio/web/webtest"
)

var start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

const (
	mine   = "PRVMRA83E50A744N"
	others = "RSSMRA80A01H501U"
)

// desk is the page of one applicant whose contract is frozen, and a test authority.
type desk struct {
	*webtest.Client
	base      string
	store     *idpdb.Store
	steps     *stepStore
	vault     *evidence.Vault
	authority *st.Authority
	verifier  *signature.Verifier
	signing   *signing.Signing
	frozen    []byte

	mu    sync.Mutex
	now   time.Time
	lines []audit.Event
	log   bytes.Buffer
}

// stepStore fails to store as often as it is told to.
type stepStore struct {
	enrolment.Store
	broken int
}

var errDisk = errors.New("the disk is full")

func (s *stepStore) Save(ctx context.Context, step enrolment.Step) error {
	if s.broken > 0 {
		s.broken--
		return errDisk
	}
	return s.Store.Save(ctx, step)
}

func (k *desk) clock() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}

func (k *desk) advance(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now = k.now.Add(d)
}

func (k *desk) note(_ context.Context, ev audit.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines = append(k.lines, ev)
}

// Write keeps what is logged.
func (k *desk) Write(line []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.log.Write(line)
}

// logged gives what was logged since the last time.
func (k *desk) logged() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	defer k.log.Reset()
	return k.log.String()
}

// reasons are those of the refusals so far.
func (k *desk) reasons() (list []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, line := range k.lines {
		list = append(list, line.Reason)
	}
	return list
}

var press = sync.OnceValues(func() (*contract.Press, error) { return contract.New(assets.FS(), nil) })

// realContract is one as the program makes it.
func realContract(t *testing.T) []byte {
	t.Helper()
	p, err := press()
	if err != nil {
		t.Fatal("the assets are not built: run `make assets`: ", err)
	}
	day := time.Date(1983, time.May, 10, 0, 0, 0, 0, time.UTC)
	z, err := p.Freeze(contract.Form{
		Number: "AB10-2131", Language: "it", Prepared: start, Method: "signature", NoticeVersion: "1",
		Provider:   contract.Provider{Name: "Identità di prova", Organisation: "Gestore di prova", Address: "Via di Prova 1, Roma", Mail: "aiuto@example.org"},
		Person:     contract.Person{GivenName: "Amira", FamilyName: "Prova", Sex: "F", BirthDate: day, BirthPlace: "Bellagio", BirthProvince: "CO", Citizenship: "italiana", FiscalCode: mine},
		Contacts:   contract.Contacts{Email: "amira@example.org", Phone: "+393330000009"},
		Residence:  contract.Address{Street: "Via di Prova 1", PostalCode: "26900", Municipality: "Lodi", Province: "LO"},
		Document:   contract.Document{Kind: "cartaIdentita", Number: "CA00000AA", Issuer: "Comune di Lodi", IssuedOn: day.AddDate(37, 0, 0), ExpiresOn: day.AddDate(47, 0, 0)},
		HealthCard: contract.HealthCard{Number: "80380000000000000009", ExpiresOn: day.AddDate(47, 0, 0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return z.PDF
}

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, fn)
}

// open makes a request of Amira Prova that waits for her signature.
func open(t *testing.T, d *db.DB, frozen []byte) *desk {
	t.Helper()
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	k := &desk{Client: webtest.New(t), store: idpdb.NewStore(d, ring, nil), authority: st.New(start), now: start, frozen: frozen}
	k.steps = &stepStore{Store: k.store}
	k.authority.Clock = k.clock
	l := k.authority.List()
	l.Next = start.AddDate(2, 0, 0)
	list := k.authority.Trusted(l)
	k.verifier = &signature.Verifier{List: func() *trustlist.List { return list }, Fetcher: k.authority, MaxBytes: signing.MaxBytes}
	k.vault = enroltest.Vault(t, k.store, ring, k.clock)
	k.base = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "idp", base, k.clock, append(signing.Pages(), way.Pages())...)
		site.Keyring, site.Refused, site.Log = ring, k.note, slog.New(slog.NewTextHandler(k, nil))
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: k.clock, Idle: 99 * time.Hour, Absolute: 99 * time.Hour}
		free := func(next web.HandlerFunc) web.HandlerFunc { return next }
		k.signing = &signing.Signing{
			Site: site, Way: &way.Way{Site: site, Store: k.steps, Now: k.clock}, Store: k.store, Keeper: k.vault, Verifier: k.verifier,
			Limiter:  &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: ring, Now: k.clock},
			Provider: "Identità di prova", Patience: 72 * time.Hour, Limit: free, UploadLimit: free, Now: k.clock,
		}
		return site.Handler(k.signing, enroltest.SignIn{Site: site, Store: k.store, Now: k.clock}, enroltest.Pages{way.Request})
	})
	k.prepare(t)
	k.Get(k.base + "/test/in/amira")
	return k
}

// prepare brings the request to its contract.
func (k *desk) prepare(t *testing.T) {
	t.Helper()
	enroltest.Open(t, k.store, enroltest.Amira(enrolment.Signature, start), enroltest.ToDocuments...)
	item, err := k.vault.Put(t.Context(), evidence.New{Request: "request", Kind: evidence.Contract, MediaType: "application/pdf", Author: "amira", Content: k.frozen})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := k.vault.Open(t.Context(), item.ID, evidence.Access{By: "test", Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	k.take(enrolment.FreezeContract, func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: item.ID, SHA256: hex.EncodeToString(opened.SHA256[:]), Version: "1", At: start}
	})
}

// take takes a step of the applicant elsewhere.
func (k *desk) take(act enrolment.Act, edit func(*enrolment.Request)) {
	k.T.Helper()
	enroltest.Take(k.T, k.store, "request", enrolment.Change{Act: act, By: enrolment.Author{Role: enrolment.Applicant, ID: "amira"}, At: k.clock(), Edit: edit})
}

func (k *desk) request() enrolment.Request {
	k.T.Helper()
	return enroltest.Request(k.T, k.store, "request")
}

// person is a certificate of the granted CA.
func (k *desk) person(changes ...st.Change) *st.Identity {
	return k.authority.Person(k.authority.Granted, mine, append([]st.Change{st.Named("AMIRA", "PROVA")}, changes...)...)
}

// p7m signs the frozen contract as a message.
func (k *desk) p7m(by *st.Identity) []byte { return st.Message{Content: k.frozen}.Sign(by) }

// send uploads a file on the page.
func (k *desk) send(file []byte) *webtest.Page {
	k.T.Helper()
	page := k.Get(k.base + way.Signature).Expect(http.StatusOK)
	return k.Upload(page.FormWith("file"), map[string][]byte{"file": file})
}

// evidence lists what is kept, by kind.
func (k *desk) evidence() map[evidence.Kind][]evidence.Item {
	k.T.Helper()
	return enroltest.Kept(k.T, k.vault, "request")
}

// content opens an item.
func (k *desk) content(id string) []byte {
	k.T.Helper()
	o, err := k.vault.Open(k.T.Context(), id, evidence.Access{By: "test", Purpose: "test"})
	if err != nil {
		k.T.Fatal(err)
	}
	return o.Content
}

// run runs the job as the program does: only when it is needed.
func (k *desk) run() error {
	k.T.Helper()
	job := k.signing.Jobs()[0]
	needed, err := job.Needed(k.T.Context(), k.clock())
	if err != nil || !needed {
		return err
	}
	return job.Run(k.T.Context(), k.clock())
}

// mails are the subjects of the mails that wait to be sent.
func (k *desk) mails() (list []notify.Message) {
	k.T.Helper()
	queue, err := (&shareddb.Store{DB: k.store.DB}).ClaimMessages(k.T.Context(), notify.Mail, k.clock(), time.Nanosecond, 100)
	if err != nil {
		k.T.Fatal(err)
	}
	for _, m := range queue {
		if m.Message.Subject != "" {
			list = append(list, m.Message)
		}
	}
	return list
}

// before dates a certificate that is over.
func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = start.AddDate(-3, 0, 0), start.AddDate(0, 0, -1)
}
