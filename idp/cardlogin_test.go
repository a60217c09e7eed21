package idp_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"atrio/base/keys/hsm/hsmtest"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/idp"
	"atrio/idp/identity"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/cns/card"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/people/person"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(hsmtest.Run(m)) }

const (
	gilda      = "gilda.prova@example.org"
	gildaPhone = "+393330000078"
	gildaCode  = "PRVMRA83E50A744N"
)

// level3 is a provider that grants level 3, the listener that asks for cards, and a test
// authority that issues them. Gilda has a password and SMS.
type level3 struct {
	*world
	door      string
	roots     *x509.CertPool
	authority *st.Authority
}

func eachLevel3(t *testing.T, fn func(t *testing.T, w *level3)) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) { fn(t, newLevel3(t, d)) })
}

func newLevel3(t *testing.T, d *db.DB) *level3 {
	t.Helper()
	c := &clock{now: samltest.Start}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &level3{door: "https://" + l.Addr().String(), authority: st.New(samltest.Start)}
	w.authority.Clock = c.Now
	trusted := x509.NewCertPool()
	trusted.AddCert(w.authority.Granted.Certificate)
	w.world = newWorldWith(t, d, c, func(e *idp.Enrolment) {
		e.Cards = &cns.Judge{Authorities: trusted, Policies: card.Policies(), Fetcher: w.authority, Now: c.Now}
	}, func(config *idp.Config) {
		config.MaxLevel = 3
		config.Evidence.Directory, config.Evidence.ArchiveKeys = t.TempDir(), []string{"key"}
		config.CNS = cns.Config{Listen: l.Addr().String(), BaseURL: w.door, Certificate: "c", Key: "k", Authorities: []string{"a"}}
	})
	w.serveCards(l)
	holder := w.holder(bruno).Holder
	holder.GivenName, holder.Email, holder.MobilePhone, holder.FiscalCode = "Gilda", gilda, gildaPhone, person.FiscalCode(gildaCode)
	if err := w.idp.Seed(t.Context(), identity.Seed{Holder: holder, Password: secret, SMS: true}); err != nil {
		t.Fatal(err)
	}
	return w
}

// serveCards serves the listener behind its door.
func (w *level3) serveCards(l net.Listener) {
	w.t.Helper()
	a := st.New(samltest.Start)
	own := a.Issue(a.Granted, func(c *x509.Certificate) {
		c.IPAddresses, c.KeyUsage = []net.IP{net.IPv4(127, 0, 0, 1)}, x509.KeyUsageDigitalSignature
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	door := &cns.Door{Certificate: tls.Certificate{Certificate: [][]byte{own.Certificate.Raw}, PrivateKey: own.Key}, Limits: cns.DefaultLimits(), Now: w.clock.Now}
	server := &http.Server{Handler: w.idp.Cards()}
	door.Tune(server)
	done, around := make(chan error, 1), door.Around(l)
	go func() { done <- server.Serve(around) }()
	w.t.Cleanup(func() {
		server.Close()
		<-done
	})
	w.roots = x509.NewCertPool()
	w.roots.AddCert(a.Granted.Certificate)
}

// card issues a CNS of somebody.
func (w *level3) card(code string, changes ...st.Change) *st.Identity {
	return w.authority.Issue(w.authority.Granted, append([]st.Change{st.CNS(code)}, changes...)...)
}

// address presses the button of a page and gives the address of the listener.
func (w *level3) address(browser *webtest.Client, p *webtest.Page, action string) string {
	w.t.Helper()
	browser.NoRedirect = true
	defer func() { browser.NoRedirect = false }()
	to := browser.Submit(formAt(p, action))
	address := to.Header.Get("Location")
	if to.Status != http.StatusSeeOther || !strings.HasPrefix(address, w.door+"/login/") {
		w.t.Fatalf("%d to %q", to.Status, address)
	}
	return address
}

// present shows a card at an address of the listener, and gives where it leads.
func (w *level3) present(by *st.Identity, address string) string {
	w.t.Helper()
	pair := tls.Certificate{Certificate: [][]byte{by.Certificate.Raw}, PrivateKey: by.Key}
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
			RootCAs: w.roots, Time: w.clock.Now, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil },
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: time.Minute,
	}
	answer, err := client.Get(address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	to := answer.Header.Get("Location")
	if answer.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, w.base+"/") {
		w.t.Fatalf("%d to %q", answer.StatusCode, to)
	}
	return to
}

// action is the address of the form of a login that asks for a card.
func (v *visit) action() string {
	v.t.Helper()
	for _, f := range v.page.Forms() {
		if address := strings.TrimPrefix(f.Action, v.base); strings.HasSuffix(address, "/card") {
			return address
		}
	}
	v.t.Fatalf("no card is asked for: %s", v.page.Text("main"))
	return ""
}

// binds makes a card that of Gilda, at her own pages.
func (w *level3) binds(by *st.Identity) *webtest.Client {
	w.t.Helper()
	browser := w.ownPages(gilda)
	p := browser.Submit(browser.Get(w.base+"/account/card").FormWith("username"), "username", gilda, "password", secret)
	p = browser.Submit(p.FormWith("code"), "code", codeOf.FindString(w.sms(gildaPhone))).Expect(http.StatusOK, "Non hai collegato nessuna carta")
	browser.Get(w.present(by, w.address(browser, p, "/account/card"))).Expect(http.StatusOK, "La carta è collegata", "finisce con 3456")
	return browser
}

// I12, SPID-RT: password and card give level 3; the key is in a token and never leaves it.
func TestACardInATokenGivesLevel3AndLeavesNoSession(t *testing.T) {
	device := hsmtest.New(t).Device(t)
	public, err := device.Public("ec")
	if err != nil {
		t.Fatal(err)
	}
	eachLevel3(t, func(t *testing.T, w *level3) {
		by := w.authority.IssueFor(w.authority.Granted, device.Signer("ec", public), st.CNS(gildaCode))
		own := w.binds(by)
		w.told(gilda, "puoi ora entrare nei servizi di livello 3")
		own.Get(w.base+"/account").Expect(http.StatusOK, "Carta per il livello 3")

		v := w.level(webtest.New(t), spid.L3).password(gilda, secret)
		v.page.Expect(http.StatusOK, "Conferma con la tua carta", "Servizi Prova")
		to := w.present(by, w.address(v.browser, v.page, v.action()))
		v.page = v.browser.Get(to).Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		l := v.press("consent", "yes").login()
		if l.Level != spid.L3 || l.SessionIndex != "" {
			t.Errorf("unexpected %+v", l)
		}
		if method := w.lastMethod(gilda); method != "cns" { // T11: 32
			t.Errorf("the register says %q", method)
		}
		w.level(v.browser, spid.L1).page.Expect(http.StatusOK, "User ID") // no session is left
		v.browser.Get(to).Expect(http.StatusGone)

		p := own.Get(w.base + "/account/card")
		own.Submit(formAt(p, "/account/card/remove")).Expect(http.StatusOK, "La carta è scollegata", "Non hai collegato nessuna carta")
		w.told(gilda, "non serve più per entrare")
		w.level(webtest.New(t), spid.L3).password(gilda, secret).expectAnomaly(20)
	})
}

// A14, A21, A24: other cards, cards that were blocked, ways back of others and second uses.
func TestWhatIsNoCardOfTheHolderOpensNoLoginOfLevel3(t *testing.T) {
	eachLevel3(t, func(t *testing.T, w *level3) {
		mine := w.card(gildaCode)
		w.binds(mine)
		login := func() (*visit, string) {
			v := w.level(webtest.New(t), spid.L3).password(gilda, secret)
			return v, w.address(v.browser, v.page, v.action())
		}
		revoked := w.card(gildaCode)
		w.authority.Granted.Revoke(revoked.Certificate, w.clock.Now().Add(-time.Hour), 1)
		v, address := login()
		for name, one := range map[string]struct {
			by  *st.Identity
			why string
		}{
			"of somebody else": {w.card("RSSMRA80A01H501U"), "other_person"},
			"revoked":          {revoked, "revoked"},
			"to sign":          {w.authority.Person(w.authority.Granted, gildaCode), "signature_certificate"},
			"of no authority":  {func() *st.Identity { a := st.New(samltest.Start); return a.Issue(a.Granted, st.CNS(gildaCode)) }(), "unknown_authority"},
		} {
			to := w.present(one.by, address)
			if !strings.HasSuffix(to, "/card?refused="+one.why) {
				t.Errorf("%s: led to %s", name, to)
			}
			v.page = v.browser.Get(to).Expect(http.StatusUnprocessableEntity, "Conferma con la tua carta")
			address = w.address(v.browser, v.page, v.action())
		}
		to := w.present(mine, address)
		// The code is used up, and the way back is that of this login alone.
		if again := w.present(mine, address); !strings.HasSuffix(again, "/card?refused=stale") {
			t.Errorf("a code counts twice: %s", again)
		}
		other, _ := login()
		_, secretOf, _ := strings.Cut(to, "?code=")
		other.browser.Get(w.base+other.action()+"/done?code="+secretOf).Expect(http.StatusUnprocessableEntity, "era già stato usato")
		w.clock.Advance(3 * time.Minute)
		v.browser.Get(to).Expect(http.StatusUnprocessableEntity, "Il tempo per usare la carta è finito")
		if unknown := w.present(mine, w.door+"/login/"+strings.Repeat("A", 26)); !strings.HasPrefix(unknown, w.base+"/account/card?refused=stale") {
			t.Errorf("led to %s", unknown)
		}
	})
}

// Without a card, without level 2, or where level 3 is not granted, the page says what is
// missing and the service learns of nr 20.
func TestARequestOfLevel3WithoutACardIsRefusedWithAWayOn(t *testing.T) {
	w := newLevel3(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()))
	v := w.level(webtest.New(t), spid.L3).password(bruno, secret)
	v.page.Expect(http.StatusForbidden, "Il servizio chiede il livello 3", "Carta Nazionale dei Servizi")
	if got := v.page.Link("Vai a “La tua carta”"); got != w.base+"/account/card" {
		t.Errorf("the way on leads to %s", got)
	}
	v.expectAnomaly(20)
	browser := w.ownPages(carla)
	browser.Submit(browser.Get(w.base+"/account/card").FormWith("username"), "username", carla, "password", secret).Expect(http.StatusOK, "Prima attiva il livello 2")

	off := newWorld(t)
	v = off.level(webtest.New(t), spid.L3).password(ada, secret)
	if v.page.Expect(http.StatusForbidden, "Il servizio chiede il livello 3"); v.page.Has("La tua carta") {
		t.Error("a page that is not there is offered")
	}
	v.expectAnomaly(20)
	off.ownPages(ada).Get(off.base + "/account/card").Expect(http.StatusNotFound)
}
