package cns_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"atrio/base/audit"
	"atrio/base/keys/archivekey"
	"atrio/base/keys/hsm/hsmtest"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/cns/card"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/web"
	"atrio/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(hsmtest.Run(m)) }

var start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

const (
	mine   = "PRVMRA83E50A744N"
	others = "RSSMRA80A01H501U"
)

// desk is the page of one applicant whose contract is signed, the listener that asks for
// cards, and a test authority that issues them.
type desk struct {
	*webtest.Client
	base, door string
	roots      *x509.CertPool
	store      *idpdb.Store
	vault      *evidence.Vault
	authority  *st.Authority

	mu    sync.Mutex
	now   time.Time
	lines []audit.Event
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

// refusals are the lines of cards that were refused.
func (k *desk) refusals() (list []audit.Event) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(k.lines), func(ev audit.Event) bool { return ev.Action != audit.RequestCard })
}

func each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, fn)
}

// open makes a request of Amira Prova that waits for her card.
func open(t *testing.T, d *db.DB) *desk {
	t.Helper()
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	safe, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{safe.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	k := &desk{Client: webtest.New(t), store: &idpdb.Store{DB: d, Keyring: ring}, authority: st.New(start), now: start}
	k.authority.Clock = k.clock
	k.vault = &evidence.Vault{Store: k.store, Keeping: k.store, Ring: ring, Offline: offline, Dir: t.TempDir(), Now: k.clock}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k.door = "https://" + l.Addr().String()
	trusted := x509.NewCertPool()
	trusted.AddCert(k.authority.Granted.Certificate)
	k.base = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "idp", base, k.clock, cns.Pages(), way.Pages())
		site.Keyring, site.Refused, site.FormTargets = ring, k.note, []string{k.door}
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: k.clock, Idle: 99 * time.Hour, Absolute: 99 * time.Hour}
		cards := &cns.Cards{
			Site: site, Way: &way.Way{Site: site, Store: k.store, Now: k.clock}, Store: k.store, Keeper: k.vault,
			Limiter: &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: ring, Now: k.clock},
			Judge:   &cns.Judge{Authorities: trusted, Policies: card.Policies(), Fetcher: k.authority, Now: k.clock},
			BaseURL: k.door, Limit: func(next web.HandlerFunc) web.HandlerFunc { return next }, Now: k.clock,
		}
		k.roots = serve(t, l, cards.Listener(), cns.DefaultLimits(), k.clock)
		return site.Handler(cards, outside{site, k.store})
	})
	k.prepare(t)
	k.Get(k.base + "/test/in?as=amira")
	return k
}

// serve serves a handler behind a door, and gives who vouches for the door.
func serve(t *testing.T, l net.Listener, handler http.Handler, limits cns.Limits, now func() time.Time) *x509.CertPool {
	t.Helper()
	a := st.New(start)
	own := a.Issue(a.Granted, func(c *x509.Certificate) {
		c.IPAddresses, c.KeyUsage = []net.IP{net.IPv4(127, 0, 0, 1)}, x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	door := &cns.Door{Certificate: tls.Certificate{Certificate: [][]byte{own.Certificate.Raw}, PrivateKey: own.Key}, Limits: limits, Now: now}
	server := &http.Server{Handler: handler}
	door.Tune(server)
	done := make(chan error, 1)
	around := door.Around(l)
	go func() { done <- server.Serve(around) }()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	roots := x509.NewCertPool()
	roots.AddCert(a.Granted.Certificate)
	return roots
}

// prepare brings the request to its signed contract.
func (k *desk) prepare(t *testing.T) {
	t.Helper()
	r := enrolment.Request{
		ID: "request", Holder: "amira", Number: "AB10-2131", State: enrolment.MailPending, Method: enrolment.CNS, Version: 1, Opened: start, Changed: start,
		Data: enrolment.Data{
			Area: enrolment.Private, Email: "amira@example.org", Language: "it", Phone: "+393330000009",
			Person: enrolment.Person{GivenName: "Amira", FamilyName: "Prova", FiscalCode: mine},
		},
	}
	err := k.store.Open(t.Context(), enrolment.Opening{
		Request: r, Password: "$", Link: []byte("link"), Until: start.Add(time.Hour), Mail: notify.Message{Channel: notify.Mail, To: "amira@example.org", Lang: "it"},
		Audit: audit.Event{At: start, Role: "idp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []enrolment.Act{enrolment.ConfirmMail, enrolment.SetSecurity, enrolment.ConfirmPhone, enrolment.SavePerson, enrolment.SaveDocuments} {
		k.take(act, nil)
	}
	k.take(enrolment.FreezeContract, func(q *enrolment.Request) {
		q.Data.Contract = &enrolment.Contract{Evidence: "contract", SHA256: "frozen", Version: "1", At: start}
	})
	k.sign()
}

// sign signs the contract as the page for codes does.
func (k *desk) sign() {
	k.T.Helper()
	k.take(enrolment.Sign, func(q *enrolment.Request) {
		q.Data.Signed = &enrolment.Signing{At: k.clock(), Contract: q.Data.Contract.SHA256, Phone: "mac"}
	})
}

// outside opens sessions, and stands for the page of the request.
type outside struct {
	site  *web.Site
	store *idpdb.Store
}

func (s outside) Mount(m *web.Mux) {
	m.Get("/test/in", func(w http.ResponseWriter, r *http.Request) error {
		session, secret := s.site.Sessions.New(r, r.URL.Query().Get("as"), "password", "", nil, start)
		if err := s.store.OpenSession(r.Context(), session, audit.Event{At: start, Role: "idp"}); err != nil {
			return err
		}
		s.site.Sessions.SetCookie(w, secret)
		_, err := io.WriteString(w, "in")
		return err
	})
	for _, path := range []string{way.Request, way.Sign, way.Login, way.Start} {
		m.Get(path, func(w http.ResponseWriter, _ *http.Request) error {
			_, err := io.WriteString(w, "page "+path)
			return err
		})
	}
}

// take takes a step of the applicant elsewhere.
func (k *desk) take(act enrolment.Act, edit func(*enrolment.Request)) {
	k.T.Helper()
	after, e, err := k.request().Do(enrolment.Change{Act: act, By: enrolment.Author{Role: enrolment.Applicant, ID: "amira"}, At: k.clock(), Edit: edit})
	if err == nil {
		err = k.store.Save(k.T.Context(), enrolment.Step{After: after, Event: e, Audit: audit.Event{At: k.clock(), Role: "idp"}})
	}
	if err != nil {
		k.T.Fatalf("%s: %v", act, err)
	}
}

func (k *desk) request() enrolment.Request {
	k.T.Helper()
	r, err := k.store.Request(k.T.Context(), "request")
	if err != nil {
		k.T.Fatal(err)
	}
	return r
}

// card issues a CNS of somebody.
func (k *desk) card(cf string, changes ...st.Change) *st.Identity {
	return k.authority.Issue(k.authority.Granted, append([]st.Change{st.CNS(cf)}, changes...)...)
}

// begin presses the button and gives the address of the listener.
func (k *desk) begin() string {
	k.T.Helper()
	page := k.Get(k.base + way.CNS).Expect(http.StatusOK)
	k.NoRedirect = true
	defer func() { k.NoRedirect = false }()
	to := k.Submit(page.Form("form[action=/enrol/cns]"))
	address := to.Header.Get("Location")
	if to.Status != http.StatusSeeOther || !strings.HasPrefix(address, k.door+"/ceremony/") {
		k.T.Fatalf("%d to %q", to.Status, address)
	}
	return address
}

// client is a program with a card.
func (k *desk) client(by *st.Identity) *http.Client {
	c := &tls.Config{RootCAs: k.roots, ClientSessionCache: tls.NewLRUClientSessionCache(8), Time: k.clock}
	if by != nil {
		pair := tls.Certificate{Certificate: [][]byte{by.Certificate.Raw}, PrivateKey: by.Key}
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: c, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       time.Minute,
	}
}

// present shows a card at an address of the listener, and gives where it leads.
func (k *desk) present(by *st.Identity, address string) string {
	k.T.Helper()
	answer, err := k.client(by).Get(address)
	if err != nil {
		k.T.Fatal(err)
	}
	defer answer.Body.Close()
	to := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, k.base+way.CNS) {
		k.T.Fatalf("%d to %q", answer.StatusCode, to)
	}
	return to
}

// reason is why the listener refused, "" when it did not.
func reason(to string) string {
	_, why, _ := strings.Cut(to, "?refused=")
	return why
}

// evidence lists what is kept, by kind.
func (k *desk) evidence() map[evidence.Kind][]evidence.Item {
	k.T.Helper()
	list, err := k.vault.List(k.T.Context(), "request")
	if err != nil {
		k.T.Fatal(err)
	}
	by := map[evidence.Kind][]evidence.Item{}
	for _, item := range list {
		by[item.Kind] = append(by[item.Kind], item)
	}
	return by
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

func fact(v *enrolment.Verdict, name string) string {
	for _, f := range v.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
