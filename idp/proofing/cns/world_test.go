package cns_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/keys/hsm/hsmtest"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/enroltest"
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
	log   bytes.Buffer
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

// logged is all that was logged.
func (k *desk) logged() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.log.String()
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
	k := &desk{Client: webtest.New(t), store: idpdb.NewStore(d, ring, nil), authority: st.New(start), now: start}
	k.authority.Clock = k.clock
	k.vault = enroltest.Vault(t, k.store, ring, k.clock)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k.door = "https://" + l.Addr().String()
	trusted := x509.NewCertPool()
	trusted.AddCert(k.authority.Granted.Certificate)
	k.base = webtest.Serve(t, func(base string) http.Handler {
		site := webtest.NewSite(t, "idp", base, k.clock, cns.Pages(), way.Pages())
		site.Keyring, site.Refused, site.FormTargets, site.Log = ring, k.note, []string{k.door}, slog.New(slog.NewTextHandler(k, nil))
		site.Sessions = &web.Sessions{Store: &shareddb.Store{DB: d}, Role: "idp", Now: k.clock, Idle: 99 * time.Hour, Absolute: 99 * time.Hour}
		cards := &cns.Cards{
			Site: site, Way: &way.Way{Site: site, Store: k.store, Now: k.clock}, Store: k.store, Keeper: k.vault,
			Limiter: &ratelimit.Limiter{Store: &shareddb.Store{DB: d}, Keyring: ring, Now: k.clock},
			Judge:   &cns.Judge{Authorities: trusted, Policies: card.Policies(), Fetcher: k.authority, Now: k.clock},
			BaseURL: k.door, Limit: func(next web.HandlerFunc) web.HandlerFunc { return next }, Now: k.clock,
		}
		k.roots = serve(t, l, cards.Listener(), cns.DefaultLimits(), k.clock)
		return site.Handler(cards, enroltest.SignIn{Site: site, Store: k.store, Now: k.clock}, enroltest.Pages{way.Request, way.Sign, way.Login, way.Start})
	})
	k.prepare(t)
	k.Get(k.base + "/test/in/amira")
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
	enroltest.Open(t, k.store, enroltest.Amira(enrolment.CNS, start), enroltest.ToDocuments...)
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

// take takes a step of the applicant elsewhere.
func (k *desk) take(act enrolment.Act, edit func(*enrolment.Request)) {
	k.T.Helper()
	enroltest.Take(k.T, k.store, "request", enrolment.Change{Act: act, By: enrolment.Author{Role: enrolment.Applicant, ID: "amira"}, At: k.clock(), Edit: edit})
}

func (k *desk) request() enrolment.Request {
	k.T.Helper()
	return enroltest.Request(k.T, k.store, "request")
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

func fact(v *enrolment.Verdict, name string) string {
	for _, f := range v.Facts {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
