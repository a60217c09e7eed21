package idp_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/assets"
	"atrio/base/keys/archivekey"
	"atrio/base/notify"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp"
	"atrio/idp/enrolment/contract"
	"atrio/idp/evidence"
	intake "atrio/idp/evidence/picture"
	"atrio/idp/evidence/picture/picturetest"
	"atrio/idp/idpdb"
	"atrio/people/civil"
	"atrio/people/places"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// What is large is opened once.
var (
	gazetteer = sync.OnceValues(func() (*places.Directory, error) { return places.Open(assets.FS()) })
	press     = sync.OnceValues(func() (*contract.Press, error) { return contract.New(assets.FS(), nil) })
)

// requests are what requests for an identity need, with an archive of one person.
func requests(t *testing.T, store *idpdb.Store, now func() time.Time) *idp.Enrolment {
	t.Helper()
	directory, err := gazetteer()
	if err != nil {
		t.Fatal("the assets are not built: run `make assets`: ", err)
	}
	made, err := press()
	if err != nil {
		t.Fatal(err)
	}
	_, public, err := archivekey.Generate()
	if err != nil {
		t.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{public})
	if err != nil {
		t.Fatal(err)
	}
	return &idp.Enrolment{
		Vault:    &evidence.Vault{Store: store, Keeping: store, Ring: store.Keyring, Offline: offline, Dir: t.TempDir(), Now: now},
		Pictures: intake.NewIntake(picturetest.Limits()), Press: made, Places: civil.New(func() *places.Directory { return directory }, now, "it", "en"),
	}
}

var confirmLink = regexp.MustCompile(`http://\S*/enrol/confirm\?token=\S+`)

// letters takes the mails that wait.
func (w *world) letters() []notify.Queued {
	w.t.Helper()
	queue, err := (&shareddb.Store{DB: w.db}).ClaimMessages(w.t.Context(), notify.Mail, w.clock.Now(), time.Hour, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	return queue
}

// accedi is "Accedi" with User ID and password.
func (w *world) accedi(b *webtest.Client, userID, password string) *webtest.Page {
	w.t.Helper()
	return b.Submit(b.Get(w.base+"/account/login").FormWith("username"), "username", userID, "password", password)
}

// applied makes an account and returns the page after it.
func (w *world) applied(b *webtest.Client, email string) *webtest.Page {
	w.t.Helper()
	page := b.Submit(b.Get(w.base+"/enrol").FormWith("area"), "area", "private")
	page = b.Submit(page.FormWith("phone"), "mailbox", "yes", "phone", "yes", "document", "yes")
	page = b.Submit(page.FormWith("method"), "method", "point", "circuit", "centri").Expect(http.StatusOK, "Dati di accesso")
	return b.Submit(page.FormWith("email_again"), "email", email, "email_again", email, "password", secret, "password_again", secret, "privacy", "on")
}

// E22, A05: the login of the provider is the one way in, and begins a new session.
func TestAnApplicantSignsInWithTheUserIDAndGoesOn(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		b := webtest.New(t)
		w.accedi(b, carla, secret).Expect(http.StatusOK, "Carla") // somebody else's session on a shared computer
		w.applied(b, "nuova.prova@example.org").Expect(http.StatusOK, "Il tuo account è stato creato")
		if page := w.accedi(webtest.New(t), "nuova.prova@example.org", secret); page.Status != http.StatusUnprocessableEntity {
			t.Errorf("signs in before the mailbox is confirmed: %d", page.Status)
		}
		link := confirmLink.FindString(w.letters()[0].Message.Text)
		b.Submit(b.Get(link).FormWith("token")).Expect(http.StatusOK, "Il tuo indirizzo è confermato")
		before := w.sessionsOf(carla)
		w.accedi(b, "nuova.prova@example.org", secret).Expect(http.StatusOK, "Informazioni di sicurezza", "nuova.prova@example.org")
		if after := w.sessionsOf(carla); before != 1 || after != 0 {
			t.Errorf("the session before had %d rows and has %d", before, after)
		}
	})
}

// A05: a session is never handed on. Who signs in, proves more, or comes back gets another
// one, a secret that somebody planted opens nothing, and a link opens no request.
func TestA05EverySignInMakesAnotherSessionAndResumingWantsOne(t *testing.T) {
	w := newWorld(t)
	b := webtest.New(t)
	w.applied(b, "nuova.prova@example.org")
	link := confirmLink.FindString(w.letters()[0].Message.Text)
	b.Submit(b.Get(link).FormWith("token"))
	b.Get(w.base+"/enrol/request").Expect(http.StatusOK, "Accedi")
	planted := &http.Cookie{Name: "atrio_idp_session", Value: strings.Repeat("A", 43)}
	site, err := url.Parse(w.base)
	if err != nil {
		t.Fatal(err)
	}
	secretOf := func(c *webtest.Client) string {
		for _, one := range c.HTTP.Jar.Cookies(site) {
			if one.Name == planted.Name {
				return one.Value
			}
		}
		return ""
	}
	b.HTTP.Jar.SetCookies(site, []*http.Cookie{planted})
	b.Get(w.base+"/enrol/request").Expect(http.StatusOK, "Accedi")
	w.accedi(b, "nuova.prova@example.org", secret).Expect(http.StatusOK, "Informazioni di sicurezza")
	first := secretOf(b)
	if first == "" || first == planted.Value {
		t.Fatal("the session that was planted is the one that is signed in")
	}
	// Another device: the request stands behind the login there too.
	other := webtest.New(t)
	for _, path := range []string{"/enrol/request", "/enrol/security", "/enrol/handoff", link[len(w.base):]} {
		if p := other.Get(w.base + path); p.Has("Informazioni di sicurezza") || secretOf(other) != "" {
			t.Errorf("%s opens the request without a login", path)
		}
	}
	w.accedi(other, "nuova.prova@example.org", secret).Expect(http.StatusOK, "Informazioni di sicurezza")
	w.accedi(b, "nuova.prova@example.org", secret).Expect(http.StatusOK, "Informazioni di sicurezza")
	if second := secretOf(b); second == first || secretOf(other) == first {
		t.Error("a session goes on after another login")
	}
	thief := webtest.New(t)
	thief.HTTP.Jar.SetCookies(site, []*http.Cookie{{Name: planted.Name, Value: first}})
	thief.Get(w.base+"/enrol/request").Expect(http.StatusOK, "Accedi")
	// An operator who confirms with the key gets another session too. // A17
	op, key := w.operator(remo)
	before := secretOf(op)
	w.clock.Advance(6 * time.Minute)
	p := op.Get(w.base + "/operator/keys")
	p = op.Submit(p.Form("form[action='/operator/keys/new']")).Expect(http.StatusOK, "Conferma che sei tu")
	op.Submit(p.FormWith("answer"), "answer", key.Get(t, question(p))).Expect(http.StatusOK, "Crea una chiave di accesso")
	if after := secretOf(op); after == before || after == "" {
		t.Error("the session is as before the confirmation")
	}
	thief.HTTP.Jar.SetCookies(site, []*http.Cookie{{Name: planted.Name, Value: before}})
	thief.Get(w.base+"/operator").Expect(http.StatusOK, "Accesso operatori")
}

// I14: the addresses of a way that is switched off stand in mails and open tabs.
func TestTheAddressesOfAClosedWayLeadToTheRequest(t *testing.T) {
	w := newWorld(t)
	b := webtest.New(t)
	w.applied(b, "nuova.prova@example.org")
	b.Submit(b.Get(confirmLink.FindString(w.letters()[0].Message.Text)).FormWith("token"))
	for _, path := range []string{"/enrol/signature", "/enrol/cns", "/enrol/cns/done?code=X", "/enrol/chip", "/enrol/chip/face", "/enrol/rao"} {
		b.Get(w.base+path).Expect(http.StatusOK, "Accedi") // not signed in yet
	}
	w.accedi(b, "nuova.prova@example.org", secret)
	for _, path := range []string{"/enrol/signature", "/enrol/cns", "/enrol/cns/done?code=X", "/enrol/chip", "/enrol/chip/face", "/enrol/rao"} {
		b.Get(w.base+path).Expect(http.StatusOK, "La tua richiesta")
	}
	for _, path := range []string{"/enrol/signature", "/enrol/signature/back", "/enrol/chip/code", "/enrol/rao/code"} {
		b.Post(w.base+path, nil).Expect(http.StatusOK, "La tua richiesta")
	}
}

func (w *world) sessionsOf(userID string) int {
	w.t.Helper()
	id, _, err := w.store.Password(w.t.Context(), userID)
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := (&shareddb.Store{DB: w.db}).ListSessions(w.t.Context(), id, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

// A02: an address of a holder, of an applicant and of nobody, at the sign-up.
func TestASignUpWithTheAddressOfAHolderIsToldByMailAlone(t *testing.T) {
	w := newWorld(t)
	w.applied(webtest.New(t), ada).Expect(http.StatusOK, "Il tuo account è stato creato")
	mails := w.letters()
	if len(mails) != 1 || mails[0].Message.To != ada || confirmLink.MatchString(mails[0].Message.Text) {
		t.Errorf("%+v", mails)
	}
}
