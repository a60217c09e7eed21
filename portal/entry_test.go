package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"atrio/db"
	"atrio/web/webtest"
)

func TestAPersonEntersCompletesTheProfileAcceptsAndStudies(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	p := c.Get(w.url+"/dashboard").Expect(200, "Ateneo e studenti universitari", "Altri utenti", "Crea un account", "Login staff")
	p = c.Follow(p, "Altri utenti").Expect(200, "Entra con SPID", "Entra con CIE", "Login with eIDAS")
	before := w.db.Commits()
	p = c.Follow(p, "Entra con SPID").Expect(200, "Completa il tuo profilo", "Bianca Esempio", "bianca@example.test")
	if n := w.db.Commits() - before; n != 1 {
		t.Errorf("a login took %d commits, want 1", n)
	}
	if len(w.pendings(c)) != 0 {
		t.Errorf("a finished login is still pending: %v", w.pendings(c))
	}
	c.Get(w.url+"/courses/statica/unenrol").Expect(200, "Completa il tuo profilo")
	p = c.Submit(p.FormWith("gender")).Expect(422, "Indica il genere", "Scrivi la tua data di nascita", "Scegli il titolo di studio", "Scegli la tua situazione lavorativa")
	p = c.Submit(p.FormWith("gender"), profileOf("1990")...).Expect(200, "Privacy e termini")
	p = c.Submit(p.FormWith("terms"), "terms", "on").Expect(422, "conferma di aver letto")
	p = c.Submit(p.FormWith("terms"), "privacy", "on", "terms", "").Expect(422, "accetta i termini")
	c.Submit(p.FormWith("terms"), "privacy", "on", "terms", "on").Expect(200, "La tua dashboard", "Qui vedrai i corsi che segui", "Bianca Esempio")
	again := webtest.New(t)
	again.Get(w.start("/courses/statica")).Expect(200, "Statica delle strutture", "Iscriviti")
}

func TestWhatTheGatewayKnowsIsNotAskedAgain(t *testing.T) {
	w := begin(t)
	w.op.Person["birthdate"], w.op.Person["gender"] = "1985-12-01", "female"
	c := webtest.New(t)
	p := c.Get(w.start("/")).Expect(200, "1 dicembre 1985")
	if p.Find("[name=birth_day]") != nil {
		t.Error("the date of birth is asked though the gateway proved it")
	}
	if f := p.FormWith("gender"); f.Values.Get("gender") != "female" {
		t.Errorf("gender is %q", f.Values.Get("gender"))
	}
}

func TestAnnullaSignsOutHereAndAtTheGateway(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	p := c.Get(w.start("/dashboard")).Expect(200, "Completa il tuo profilo")
	p = c.Submit(p.Form("form.atrio-cancel")).Expect(200, "Hai chiuso la sessione.")
	if !strings.Contains(strings.Join(p.History, " "), w.op.URL+"/logout?") {
		t.Errorf("the gateway was not asked to end its session: %v", p.History)
	}
	c.Get(w.url+"/profile").Expect(200, "Ateneo e studenti universitari")
}

func TestWhoIsUnderFourteenNeedsAParent(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	p := c.Get(w.start("/dashboard"))
	c.Get(w.url+"/welcome/terms").Expect(200, "Completa il tuo profilo") // no acceptance before the age is known
	young := profileOf("2012")
	young[3] = "23" // 14 tomorrow
	c.Submit(p.FormWith("gender"), young...).Expect(403, "Hai meno di 14 anni", "Contatta l’assistenza")
	if w.reason() != "under_age" {
		t.Errorf("reason %q", w.reason())
	}
	p = c.Get(w.url + "/dashboard")
	if v := p.Expect(200, "Completa il tuo profilo").FormWith("gender").Values.Get("birth_year"); v != "" {
		t.Errorf("the answers were saved: %q", v)
	}
	c.Submit(p.FormWith("gender"), profileOf("2012")...).Expect(200, "Privacy e termini") // 14 today
}

func TestAProvedAgeUnderFourteenClosesTheCourses(t *testing.T) {
	w := begin(t)
	w.complete()
	w.op.Person["birthdate"] = "2015-05-05"
	c := webtest.New(t)
	p := c.Get(w.start("/dashboard")).Expect(200, "5 maggio 2015")
	c.Submit(p.FormWith("gender"), "gender", "other", "education", "none", "occupation", "student").Expect(403, "Hai meno di 14 anni")
}

func TestEnrollingWithoutALoginLeadsThroughItAndBackToTheCourse(t *testing.T) {
	w := begin(t)
	w.complete()
	c := webtest.New(t)
	p := c.Get(w.url+"/courses/statica").Expect(200, "Per iscriverti ti chiederemo di accedere")
	p = c.Submit(p.Form("")).Expect(200, "Ateneo e studenti universitari")
	p = c.Follow(p, "Accedi con l’ateneo").Expect(200, "Statica delle strutture", "Iscriviti")
	if p.URL.Path != "/courses/statica" {
		t.Errorf("back at %s", p.URL)
	}
	p = c.Submit(p.Form("")).Expect(200, "Iscrizione completata", "Segui questo corso dal 22 novembre 2026")
	c.Get(w.url+"/dashboard").Expect(200, "Statica delle strutture")
	p = c.Follow(p, "Annulla l’iscrizione").Expect(200, "Vuoi annullare l’iscrizione?")
	c.Submit(p.Form("")).Expect(200, "L’iscrizione è annullata", "Qui vedrai i corsi che segui")
	c.Get(w.url+"/courses/statica/unenrol").Expect(200, "Iscriviti") // nothing to cancel: the course
	c.Post(w.url+"/courses/colore/enrol", nil).Expect(409, "Questo corso è concluso")
	c.Post(w.url+"/courses/nessuno/enrol", nil).Expect(404, "Questo corso non c’è più")
}

func TestLogoutEndsTheSessionAndNamesWhoseItWas(t *testing.T) {
	w := begin(t)
	c := w.complete()
	c.NoRedirect = true
	p := c.Submit(c.Get(w.url + "/dashboard").Form("form.atrio-logout"))
	to, err := url.Parse(p.Header.Get("Location"))
	if err != nil || p.Status != http.StatusSeeOther || !strings.HasPrefix(to.String(), w.op.URL+"/logout?") {
		t.Fatalf("%d to %s, %v", p.Status, to, err)
	}
	q := to.Query()
	if w.op.Subject(q.Get("id_token_hint")) != "subject-1" || q.Get("client_id") != "portal" || q.Get("post_logout_redirect_uri") != w.url+"/login?out" {
		t.Errorf("query %v", q)
	}
	if policy := c.Get(w.url + "/").Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "form-action 'self' "+w.op.URL) {
		t.Errorf("a browser would not let the button lead to the gateway: %s", policy)
	}
	var sessions, lines int
	count(t, w.db, `SELECT count(*) FROM session`, &sessions)
	count(t, w.db, `SELECT count(*) FROM audit WHERE action = 'session.ended'`, &lines)
	if sessions != 0 || lines != 1 {
		t.Errorf("%d sessions left, %d audit lines", sessions, lines)
	}
	c.Post(w.url+"/logout", nil).Expect(303)
}

func TestALogoutWhileTheGatewayIsUnknownSaysSo(t *testing.T) {
	w := begin(t)
	w.op.Document = func(doc map[string]any) { delete(doc, "end_session_endpoint") }
	c := w.complete()
	c.Submit(c.Get(w.url+"/dashboard").Form("form.atrio-logout")).Expect(200, "chiudi anche il browser")
	c.Get(w.url+"/dashboard").Expect(200, "Ateneo e studenti universitari")
}

func TestASecondLoginInTheSameBrowserEndsTheFirstSession(t *testing.T) {
	w := begin(t)
	c := w.complete()
	before := w.db.Commits()
	c.Get(w.start("/dashboard")).Expect(200, "La tua dashboard")
	if n := w.db.Commits() - before; n != 1 {
		t.Errorf("%d commits, want 1", n)
	}
	var sessions int
	count(t, w.db, `SELECT count(*) FROM session`, &sessions)
	if sessions != 1 {
		t.Errorf("%d sessions, want 1", sessions)
	}
}

func TestSessionCookiesAreOutOfReachOfScripts(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	c.NoRedirect = true
	p := c.Get(w.start("/"))
	flow := p.Header.Get("Set-Cookie")
	if !strings.HasPrefix(flow, "atrio_portal_flow_") || !strings.Contains(flow, "; Path=/; Max-Age=172800; HttpOnly; SameSite=Lax") || len(flow) > 2000 {
		t.Errorf("flow cookie %s", flow)
	}
	p = c.Get(c.Get(p.Header.Get("Location")).Header.Get("Location"))
	cookies := strings.Join(p.Header.Values("Set-Cookie"), "\n")
	if !strings.Contains(cookies, "atrio_portal_session=") || strings.Count(cookies, "HttpOnly; SameSite=Lax") != 2 {
		t.Errorf("cookies %s", cookies)
	}
}

func count(t *testing.T, d *db.DB, query string, to *int) {
	t.Helper()
	if err := d.Read().QueryRowContext(t.Context(), query).Scan(to); err != nil {
		t.Fatal(err)
	}
}
