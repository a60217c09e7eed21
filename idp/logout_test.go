package idp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/idp/idpdb"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/slo"
	"atrio/web/webtest"
)

// another is the same world seen from a second service, the library.
func (w *world) another() *world {
	w.t.Helper()
	other := *w
	other.serveService()
	name := metadata.Localized{{Lang: "it", Text: "Biblioteca"}, {Lang: "en", Text: "Library"}}
	other.sp.Organization.DisplayNames, other.sp.Organization.Names = name, name
	other.readService()
	return &other
}

// entered signs Carla in at level 1, or uses the session that is there.
func (w *world) entered(browser *webtest.Client) *spidsaml.Login {
	w.t.Helper()
	v := w.level(browser, spid.L1)
	if v.page.Has("User ID") {
		v.password(carla, secret)
	}
	return v.press("consent", "yes").login()
}

func (w *world) peerOf(id string) (spidsaml.Peer, bool) {
	return w.provider.Peer(), id == w.provider.EntityID
}

// heard reads at the service what the browser brings there.
func (w *world) heard(in spidsaml.Incoming) *spidsaml.Farewell {
	w.t.Helper()
	in.Now = w.clock.Now()
	f, err := w.sp.Leaver().Read(in, w.peerOf)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func (w *world) heardAt(address string) *spidsaml.Farewell {
	w.t.Helper()
	if !strings.HasPrefix(address, w.sp.SLOURL+"?") {
		w.t.Fatalf("led to %s", address)
	}
	_, query, _ := strings.Cut(address, "?")
	return w.heard(spidsaml.Incoming{Method: http.MethodGet, RawQuery: query})
}

func (w *world) wish(nameID, index, way string) slo.Delivery {
	w.t.Helper()
	d, _, err := w.sp.Leaver().Ask(saml.NewID(), w.clock.Now(), w.provider.Peer(), nameID, index, way)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// leave brings the service's wish to the provider and stops at the first answer.
func (w *world) leave(browser *webtest.Client, nameID, index string) *webtest.Page {
	w.t.Helper()
	address, err := w.wish(nameID, index, saml.BindingRedirect).RedirectURL("stato & opaco")
	if err != nil {
		w.t.Fatal(err)
	}
	browser.NoRedirect = true
	defer func() { browser.NoRedirect = false }()
	return browser.Get(address)
}

// reply is the address with which the service answers the provider.
func (w *world) reply(f *spidsaml.Farewell, partial bool) string {
	w.t.Helper()
	d, err := w.sp.Leaver().Answer(saml.NewID(), w.clock.Now(), f.Peer, f.ID, saml.BindingRedirect, partial)
	if err != nil {
		w.t.Fatal(err)
	}
	address, err := d.RedirectURL(f.RelayState)
	if err != nil {
		w.t.Fatal(err)
	}
	return address
}

func (w *world) count(query string, args ...any) (n int) {
	w.t.Helper()
	if err := w.db.Read().QueryRowContext(w.t.Context(), query, args...).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// next is where the browser goes after the page of a logout.
func (w *world) next(browser *webtest.Client) *webtest.Page {
	w.t.Helper()
	browser.NoRedirect = true
	defer func() { browser.NoRedirect = false }()
	return browser.Get(w.base + "/slo/outcome")
}

func TestAServiceEndsTheGlobalSessionAndTheOthersAreTold(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		library, browser := w.another(), webtest.New(t)
		here, there := w.entered(browser), library.entered(browser)
		again := library.entered(browser) // under a new name: it is told once, under the last
		if here.SessionIndex != there.SessionIndex || there.NameID == again.NameID {
			t.Fatalf("%+v, %+v", here, there)
		}
		p := w.leave(browser, here.NameID, here.SessionIndex)
		p.Expect(http.StatusOK, "Sei uscito dal gestore di identità", "La tua sessione qui è chiusa", "Biblioteca", "Continua")
		if w.count(`SELECT count(*) FROM session`) != 0 {
			t.Fatal("the session waits for the other service")
		}
		frames := p.FindAll("iframe")
		if len(frames) != 1 || !strings.HasPrefix(p.Header.Get("Refresh"), "4;url=/slo/outcome") {
			t.Fatalf("%d frames, refresh %q", len(frames), p.Header.Get("Refresh"))
		}
		if csp := p.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "frame-src 'self' "+library.sp.EntityID) {
			t.Errorf("the frame is not allowed: %s", csp)
		}
		f := library.heardAt(webtest.Attr(frames[0], "src"))
		if f.SessionIndexes[0] != here.SessionIndex || f.NameID != again.NameID && f.NameID != there.NameID {
			t.Errorf("told %+v", f)
		}
		webtest.New(t).Get(library.reply(f, false)).Expect(http.StatusNoContent) // a frame has no cookies
		got := w.heardAt(w.next(browser).Expect(http.StatusFound).Header.Get("Location"))
		if !got.Complete || got.RelayState != "stato & opaco" {
			t.Errorf("%+v", got)
		}
		webtest.New(t).Get(library.reply(f, false)).Expect(http.StatusForbidden, "non è attesa") // it counts once
		for action, want := range map[string]int{"session.ended": 1, "saml.request_received": 1} {
			if n := w.count(`SELECT count(*) FROM audit WHERE action = $1`, action); n != want {
				t.Errorf("%d lines of %s", n, action)
			}
		}
	})
}

func TestAServiceThatDoesNotConfirmIsNamedAndTheLogoutIsPartial(t *testing.T) {
	w := newWorld(t)
	library, browser := w.another(), webtest.New(t)
	here := w.entered(browser)
	library.entered(browser)
	p := w.leave(browser, here.NameID, here.SessionIndex)
	f := library.heardAt(webtest.Attr(p.Find("iframe"), "src"))
	webtest.New(t).Get(library.reply(f, true)).Expect(http.StatusNoContent) // it says that it could not
	p = w.next(browser).Expect(http.StatusOK, "Non tutti i servizi hanno confermato", "Biblioteca", "chiudi tutte le finestre", "Torna a Servizi Prova")
	browser.NoRedirect = true
	byHand := library.heardAt(browser.Get(p.Link("Esci da Biblioteca")).Expect(http.StatusFound).Header.Get("Location"))
	if byHand.ID != f.ID || byHand.RelayState != "" {
		t.Errorf("%+v", byHand)
	}
	got := w.heardAt(browser.Get(p.Link("Torna a Servizi Prova")).Expect(http.StatusFound).Header.Get("Location"))
	if got.Complete || !got.Partial {
		t.Errorf("%+v", got)
	}
	// The trip is over: nothing more is answered.
	if to := w.next(browser).Expect(http.StatusSeeOther).Header.Get("Location"); to != "/" {
		t.Errorf("led to %s", to)
	}
}

func TestAServiceLeftByHandConfirmsAfterAll(t *testing.T) {
	w := newWorld(t)
	library, browser := w.another(), webtest.New(t)
	here := w.entered(browser)
	library.entered(browser)
	w.leave(browser, here.NameID, here.SessionIndex)
	browser.NoRedirect = true
	p := browser.Get(w.base + "/slo/outcome")
	f := library.heardAt(browser.Get(p.Link("Esci da Biblioteca")).Header.Get("Location"))
	if to := browser.Get(library.reply(f, false)).Expect(http.StatusSeeOther).Header.Get("Location"); to != "/slo/outcome" {
		t.Errorf("led to %s", to)
	}
	if got := w.heardAt(browser.Get(w.base + "/slo/outcome").Header.Get("Location")); !got.Complete {
		t.Errorf("%+v", got)
	}
}

func TestALogoutOfTheOnlyServiceIsAnsweredAtOnceByEitherBinding(t *testing.T) {
	w := newWorld(t)
	browser := webtest.New(t)
	l := w.entered(browser)
	if got := w.heardAt(w.leave(browser, l.NameID, l.SessionIndex).Expect(http.StatusFound).Header.Get("Location")); !got.Complete {
		t.Errorf("%+v", got)
	}
	l = w.entered(browser)
	d := w.wish(l.NameID, l.SessionIndex, saml.BindingPost)
	field, err := d.Field()
	if err != nil {
		t.Fatal(err)
	}
	form := webtest.New(t).Post(d.Location, url.Values{"SAMLRequest": {field}, "RelayState": {"x"}}).Expect(http.StatusOK).FormWith("SAMLResponse")
	if got := w.heard(spidsaml.Incoming{Method: http.MethodPost, Form: form.Values}); form.Action != w.sp.SLOURL || !got.Complete || got.RelayState != "x" {
		t.Errorf("%s, %+v", form.Action, got)
	}
}

// SPID-RT single logout: a session that is over is a partial logout.
func TestASessionThatIsOverOrNotTheirsIsAPartialLogout(t *testing.T) {
	w := newWorld(t)
	library, browser := w.another(), webtest.New(t)
	l := w.entered(browser)
	partial := func(name string, service *world, nameID, index string) {
		t.Helper()
		got := service.heardAt(service.leave(webtest.New(t), nameID, index).Expect(http.StatusFound).Header.Get("Location"))
		if got.Complete || !got.Partial {
			t.Errorf("%s: %+v", name, got)
		}
	}
	partial("another index", w, l.NameID, "_altra")
	partial("another name", w, "_altro", l.SessionIndex)
	partial("another service", library, l.NameID, l.SessionIndex)
	if w.count(`SELECT count(*) FROM session`) != 1 {
		t.Fatal("a session was ended by who had no part in it")
	}
	w.clock.Advance(31 * time.Minute) // idle
	partial("idle", w, l.NameID, l.SessionIndex)
	l = w.entered(browser)
	w.leave(browser, l.NameID, l.SessionIndex)
	partial("twice", w, l.NameID, l.SessionIndex)
}

func TestTheHolderLeavesTheServicesToo(t *testing.T) {
	w := newWorld(t)
	library, browser := w.another(), webtest.New(t)
	w.entered(browser)
	library.entered(browser)
	account := browser.Get(w.base+"/account").Expect(http.StatusOK, "avvisa i servizi")
	p := browser.Submit(account.Form("main form")).Expect(http.StatusOK, "Sei uscito dal gestore di identità", "Servizi Prova", "Biblioteca")
	if w.count(`SELECT count(*) FROM session`) != 0 || w.count(`SELECT count(*) FROM audit WHERE action = 'session.ended'`) != 1 {
		t.Error("the session lives on, or ended without a line")
	}
	for _, frame := range p.FindAll("iframe") {
		service := w
		src := webtest.Attr(frame, "src")
		if strings.HasPrefix(src, library.sp.SLOURL) {
			service = library
		}
		webtest.New(t).Get(service.reply(service.heardAt(src), false)).Expect(http.StatusNoContent)
	}
	browser.Get(w.base+"/slo/outcome").Expect(http.StatusOK, "Hai chiuso la sessione del gestore di identità")
	// And with nobody to tell, at once.
	w.level(browser, spid.L2) // begins nothing
	if w.count(`SELECT count(*) FROM participant WHERE state = 'in'`) != 0 {
		t.Error("somebody is still in")
	}
}

func TestAtLevel2NobodyJoinsASession(t *testing.T) {
	w := newWorld(t)
	w.level(webtest.New(t), spid.L2).password(ada, secret).code(w.totp()).press("consent", "yes").login()
	if n := w.count(`SELECT count(*) FROM participant`); n != 0 {
		t.Errorf("%d participants", n)
	}
}

func TestForgedLogoutsEndNothing(t *testing.T) {
	w := newWorld(t)
	library, browser := w.another(), webtest.New(t)
	l, there := w.entered(browser), library.entered(browser)
	d := w.wish(l.NameID, l.SessionIndex, saml.BindingRedirect)
	address, err := d.RedirectURL("")
	if err != nil {
		t.Fatal(err)
	}
	d.Signer = library.sp.Signer
	strange, err := d.RedirectURL("")
	if err != nil {
		t.Fatal(err)
	}
	unsigned, _, _ := strings.Cut(address, "&SigAlg")
	for _, c := range []struct{ reason, address string }{
		{"logout-binding", w.base + "/slo"}, {"logout-binding", address + "&SAMLResponse=x"}, {"logout-binding", address + "&Signature=x"},
		{"logout-signature", unsigned}, {"logout-signature", strange}, {"logout-signature", address + "&RelayState=x"},
	} {
		p := webtest.New(t).Get(c.address)
		if p.Status < 400 || p.Status > 499 || !w.audit.has(c.reason) {
			t.Errorf("%s: %d", c.address, p.Status)
		}
		p.Expect(p.Status, "Questa richiesta di uscita non è valida", "Codice di riferimento")
	}
	for _, form := range []url.Values{{}, {"SAMLRequest": {"x"}}, {"SAMLRequest": {"x"}, "SAMLResponse": {"y"}}, {"SAMLRequest": {"x", "y"}}} {
		if p := w.do(http.MethodPost, "/slo", form); p.Status < 400 || p.Status > 499 {
			t.Errorf("%v: %d", form, p.Status)
		}
	}
	if w.count(`SELECT count(*) FROM session`) != 1 {
		t.Fatal("a forged request ended the session")
	}
	// A service cannot confirm for another one, nor what nobody asked.
	w.leave(browser, l.NameID, l.SessionIndex)
	var request string
	if err := w.db.Read().QueryRowContext(t.Context(), `SELECT request_id FROM participant WHERE name_id = $1`, there.NameID).Scan(&request); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{request, "_inventata"} {
		webtest.New(t).Get(w.reply(&spidsaml.Farewell{Peer: w.provider.Peer(), ID: id}, false)).Expect(http.StatusForbidden, "non è attesa")
	}
	if w.count(`SELECT count(*) FROM participant WHERE state = 'out'`) != 0 || !w.audit.has("logout_not_pending") {
		t.Error("confirmed by somebody else")
	}
}
