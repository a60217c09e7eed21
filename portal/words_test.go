package portal_test

import (
	"net/http"
	"slices"
	"testing"

	"atrio/db"
	"atrio/portal/profile"
	"atrio/web/webtest"
)

// P1: people arrive with a guide that names the controls. The words of the source
// document are the names of the links, letter by letter.
func TestTheLoginPageHasTheWordsOfTheSourceDocument(t *testing.T) {
	w := begin(t)
	p := webtest.New(t).Get(w.url+"/login").Expect(http.StatusOK,
		"Ti serve aiuto per accedere?", "Crea un account", "il tuo ateneo potrebbe riconoscere gli Open Badge che otterrai", "Vai su", "accedi con SPID o CIE")
	for _, name := range []string{"Ateneo e studenti universitari", "Altri utenti", "eduGAIN login", "Login staff", "Consulta le FAQ", "Contatta il supporto"} {
		webtest.New(t).Get(p.Link(name)).Expect(http.StatusOK)
	}
	others := webtest.New(t).Follow(p, "Altri utenti")
	for _, name := range []string{"Entra con SPID", "Entra con CIE", "Login with eIDAS"} {
		others.Link(name)
	}
}

// P2: the sections and the questions of the profile, and after it the two
// documents: one is read, the other accepted.
func TestTheProfileHasTheSectionsOfTheSourceDocument(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	p := c.Get(w.start("/")).Expect(http.StatusOK,
		"Genere", "Preferisco non dirlo", "Data di nascita", "Titolo di studio più elevato conseguito", "Situazione lavorativa", "Annulla")
	var sections []string
	for _, selector := range []string{"main h2", "main summary"} {
		for _, n := range p.FindAll(selector) {
			sections = append(sections, webtest.Text(n))
		}
	}
	for _, want := range []string{"Generale", "Immagine dell’utente", "Nomi aggiuntivi", "Interessi", "Facoltativo", "Altre informazioni"} {
		if !slices.Contains(sections, want) {
			t.Errorf("no section %q among %q", want, sections)
		}
	}
	c.Submit(p.FormWith("gender"), profileOf("1990")...).Expect(http.StatusOK, "Ho letto", "Accetto", "Informativa sulla privacy", "Termini del servizio", "Successivo")
}

// P2: what somebody accepted is kept with its version, the language in which it
// was read, and the time.
func TestAnAcceptanceKeepsVersionLanguageAndTime(t *testing.T) {
	w := begin(t)
	c := webtest.New(t)
	c.Get(w.url + "/login?lang=en")
	p := c.Get(w.start("/dashboard")).Expect(http.StatusOK, "Complete your profile")
	p = c.Submit(p.FormWith("gender"), profileOf("1990")...)
	c.Submit(p.FormWith("terms"), "privacy", "on", "terms", "on").Expect(http.StatusOK)
	for _, d := range []profile.Document{profile.Privacy, profile.Terms} {
		var version, lang string
		var at int64
		err := w.db.Read().QueryRowContext(t.Context(), `SELECT version, lang, at FROM acceptance WHERE document = $1`, string(d)).Scan(&version, &lang, &at)
		if err != nil || version != profile.Version(d) || lang != "en" || !db.FromMicros(at).Equal(w.clock()) {
			t.Errorf("%s: %q %q %v, %v", d, version, lang, db.FromMicros(at), err)
		}
	}
}
