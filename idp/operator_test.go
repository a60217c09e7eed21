package idp_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"atrio/authn/passkey/passkeytest"
	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/db/shareddb/shareddbtest"
	"atrio/federation/spid"
	"atrio/idp/backoffice/operator"
	"atrio/idp/idpdb"
	"atrio/saml/samltest"
	"atrio/web/webtest"
)

// Operators of the tests.
const (
	remo      = "remo.prova@gestore.example.org"  // decides
	collector = "carla.prova@punto.example.org"   // collects
	fabia     = "fabia.prova@gestore.example.org" // looks into fraud, and decides
	sara      = "sara.prova@gestore.example.org"  // coordinates
	tito      = "tito.prova@gestore.example.org"  // answers the telephone
)

func staff() []operator.Config {
	return []operator.Config{
		{Name: "Remo Prova", Email: remo, Roles: []string{"approver"}, TrainedUntil: "2027-06-30", FiscalCode: "PRVRME80A01H501F"},
		{Name: "Carla Prova", Email: collector, Roles: []string{"collector", "approver"}, Point: "roma"},
		{Name: "Fabia Prova", Email: fabia, Roles: []string{"fraud", "approver"}, Language: "en"},
		{Name: "Sara Prova", Email: sara, Roles: []string{"supervisor"}},
		{Name: "Tito Prova", Email: tito, Roles: []string{"helpdesk"}},
	}
}

func TestOperatorsAreWrittenToInTheirLanguage(t *testing.T) {
	w := newWorld(t)
	w.keyOf(fabia)
	for email, words := range map[string]string{fabia: "you are one of the operators", sara: "sei tra gli operatori"} {
		if mail := w.mails(email); len(mail) == 0 || !strings.Contains(mail[0], words) {
			t.Errorf("%s reads %q", email, mail)
		}
	}
	if mail := w.mails(fabia); len(mail) != 2 || !strings.Contains(mail[1], "was added to you") {
		t.Errorf("of a new key they read %q", mail)
	}
}

var linkForm = regexp.MustCompile(`http://\S+/operator/invitation\?link=\S+`)

// mails gives the texts that wait for an address, the latest last.
func (w *world) mails(to string) (texts []string) {
	w.t.Helper()
	return shareddbtest.To(w.t, w.db, to)
}

// invited is the link that was mailed last.
func (w *world) invited(email string) string {
	w.t.Helper()
	texts := w.mails(email)
	for i := len(texts) - 1; i >= 0; i-- {
		if link := linkForm.FindString(texts[i]); link != "" {
			return link
		}
	}
	w.t.Fatal("nobody invited ", email)
	return ""
}

// question is what the page asks the browser for.
func question(p *webtest.Page) []byte {
	return []byte(webtest.Attr(p.Find("form[data-passkey]"), "data-options"))
}

// keyOf makes the first key of an operator.
func (w *world) keyOf(email string) *passkeytest.Device {
	w.t.Helper()
	if err := w.idp.InviteOperators(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	d := passkeytest.New(w.t, w.base)
	b := webtest.New(w.t)
	p := b.Get(w.invited(email)).Expect(http.StatusOK, "Crea una chiave di accesso")
	b.Submit(p.FormWith("answer"), "label", "chiave blu", "answer", d.Create(w.t, question(p))).Expect(http.StatusOK, "La chiave è pronta", "Accesso operatori")
	return d
}

// signIn opens the session of an operator.
func (w *world) signIn(b *webtest.Client, d *passkeytest.Device) *webtest.Page {
	w.t.Helper()
	p := b.Get(w.base+"/operator").Expect(http.StatusOK, "Accesso operatori")
	return b.Submit(p.FormWith("answer"), "answer", d.Get(w.t, question(p)))
}

// operator is a browser in which an operator is signed in.
func (w *world) operator(email string) (*webtest.Client, *passkeytest.Device) {
	w.t.Helper()
	b, d := webtest.New(w.t), w.keyOf(email)
	w.signIn(b, d).Expect(http.StatusOK, "Operatori")
	return b, d
}

func TestA17AnOperatorSignsInWithAKeyThatAnInvitationMakes(t *testing.T) {
	dbtest.Each(t, []db.Module{shareddb.Module(), idpdb.Module()}, func(t *testing.T, d *db.DB) {
		w := newWorldOn(t, d, &clock{now: samltest.Start})
		if err := w.idp.InviteOperators(t.Context()); err != nil {
			t.Fatal(err)
		}
		b, device := webtest.New(t), passkeytest.New(t, w.base)
		link := w.invited(remo)
		p := b.Get(link).Expect(http.StatusOK, "Remo Prova, con questa chiave entri")

		// Without PIN, for another question, or nonsense: no key.
		unverified := *device
		unverified.Unverified = true
		for _, bad := range []string{"", "{}", unverified.Create(t, question(p)), device.Create(t, question(b.Get(w.invited(sara))))} {
			b.Submit(p.FormWith("answer"), "label", "x", "answer", bad).Expect(http.StatusUnprocessableEntity)
		}
		p = b.Get(link).Expect(http.StatusOK)
		b.Submit(p.FormWith("answer"), "label", "chiave blu", "answer", device.Create(t, question(p))).Expect(http.StatusOK, "La chiave è pronta")
		if text := strings.Join(w.mails(remo), "\n"); !strings.Contains(text, "è stata aggiunta la chiave “chiave blu”") {
			t.Errorf("nobody told: %s", text)
		}
		// The link works once, and made no session.
		b.Get(link).Expect(http.StatusGone, "L’invito non vale più")
		p = b.Get(w.base+"/operator").Expect(http.StatusOK, "Accesso operatori")

		stranger := passkeytest.New(t, w.base)
		stranger.Handle = device.Handle
		unverified = *device
		unverified.Unverified = true
		for _, bad := range []string{"", "{}", stranger.Get(t, question(p)), unverified.Get(t, question(p))} {
			b.Submit(p.FormWith("answer"), "answer", bad).Expect(http.StatusUnprocessableEntity, "Questa chiave non è stata accettata")
		}
		for _, reason := range []string{"operator_key", "operator_question", "operator_new_key"} {
			if !w.audit.has(reason) {
				t.Errorf("no line for %s", reason)
			}
		}
		answer := device.Get(t, question(p))
		b.Submit(p.FormWith("answer"), "answer", answer).Expect(http.StatusOK, "Operatori", "Remo Prova", "decidere sulle richieste", "30 giugno 2027")
		// The same answer again, in another browser.
		webtest.New(t).Submit(p.FormWith("answer"), "answer", answer).Expect(http.StatusConflict, "Questa risposta è già stata usata")

		// A copy of the key counts from where it was made.
		again := webtest.New(t)
		p = again.Get(w.base + "/operator")
		device.Count = 0
		again.Submit(p.FormWith("answer"), "answer", device.Get(t, question(p))).Expect(http.StatusForbidden, "potrebbe essercene una copia")

		// Thirty minutes without a request end the session, whatever the holders' may do.
		w.clock.Advance(31 * time.Minute)
		b.Get(w.base+"/operator").Expect(http.StatusOK, "Accesso operatori")
	})
}

func TestAnInvitationEndsAfterThreeDaysAndWithTheNextOne(t *testing.T) {
	w := newWorld(t)
	if err := w.idp.InviteOperators(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, link := webtest.New(t), w.invited(remo)
	if err := w.idp.InviteOperators(t.Context()); err != nil || len(w.mails(remo)) != 1 {
		t.Errorf("invited twice: %v", err)
	}
	w.clock.Advance(operator.InvitationLife)
	b.Get(link).Expect(http.StatusGone, "L’invito non vale più")
	if err := w.idp.InviteOperators(t.Context()); err != nil {
		t.Fatal(err)
	}
	if next := w.invited(remo); next == link {
		t.Error("the same link again")
	}
	b.Get(link).Expect(http.StatusGone)
	b.Get(w.invited(remo)).Expect(http.StatusOK)
	b.Get(w.base + "/operator/invitation?link=nonsense").Expect(http.StatusGone)
}

func TestAnOperatorKeepsSeveralKeysButNeverNone(t *testing.T) {
	w := newWorld(t)
	b, first := w.operator(remo)
	p := b.Get(w.base+"/operator/keys").Expect(http.StatusOK, "chiave blu", "È la tua unica chiave")
	w.clock.Advance(6 * time.Minute)
	// Five minutes later the key is asked for again before another one is made.
	p = b.Submit(p.Form("form[action='/operator/keys/new']")).Expect(http.StatusOK, "Conferma che sei tu")
	other := passkeytest.New(t, w.base)
	b.Submit(p.FormWith("answer"), "answer", other.Get(t, question(p))).Expect(http.StatusUnprocessableEntity, "La chiave non è stata accettata")
	p = b.Submit(p.FormWith("answer"), "answer", first.Get(t, question(p))).Expect(http.StatusOK, "Crea una chiave di accesso")
	b.Submit(p.FormWith("answer"), "label", "", "answer", other.Create(t, question(p))).Expect(http.StatusUnprocessableEntity)
	p = b.Submit(p.FormWith("answer"), "label", "telefono", "answer", other.Create(t, question(p))).Expect(http.StatusOK, "telefono", "chiave blu")

	// Nobody else can have it.
	if err := w.idp.InviteOperators(t.Context()); err != nil {
		t.Fatal(err)
	}
	thief := webtest.New(t)
	page := thief.Get(w.invited(sara))
	thief.Submit(page.FormWith("answer"), "label", "x", "answer", other.Create(t, question(page))).Expect(http.StatusConflict, "già registrata")
	if n := w.count(`SELECT count(*) FROM operator_invitation`); n != 4 {
		t.Errorf("%d invitations are open: one was used up by a key that was refused", n)
	}

	p = b.Submit(p.Form("form[action='/operator/keys/remove']")).Expect(http.StatusOK, "La chiave è stata rimossa", "telefono", "È la tua unica chiave")
	if p.Has("chiave blu") {
		t.Error("the removed key is listed")
	}
	b.Post(w.base+"/operator/keys/remove", url.Values{"key": {"nonsense"}}).Expect(http.StatusNotFound)
	fresh := webtest.New(t)
	if p := w.signIn(fresh, first); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a removed key opens: %d", p.Status)
	}
	other.Handle = first.Handle
	w.signIn(fresh, other).Expect(http.StatusOK, "Remo Prova")
}

func TestOperatorsAndHoldersAreStrangersToEachOther(t *testing.T) {
	w := newWorld(t)
	b, device := w.operator(remo)

	// An operator's session is none for holders and applicants.
	for _, path := range []string{"/account", "/enrol/request", "/enrol/person"} {
		if p := b.Get(w.base + path); p.Has("Remo Prova") || p.Status == http.StatusOK && !p.Has("User ID") {
			t.Errorf("%s opens for an operator: %d", path, p.Status)
		}
	}
	b.Get(w.base+"/").Expect(http.StatusOK, "Vedi i tuoi accessi")
	w.level(b, spid.L1).page.Expect(http.StatusOK, "User ID")
	b.Get(w.base+"/operator").Expect(http.StatusOK, "Remo Prova") // and it is still there

	// Whoever signs in as a holder is an operator no more, and the other way round.
	v := &visit{world: w, browser: b, page: b.Get(w.base + "/account/login")}
	v.password(ada, secret).page.Expect(http.StatusOK, "Identità di Ada PROVA")
	for _, path := range []string{"/operator", "/operator/keys"} {
		b.Get(w.base+path).Expect(http.StatusOK, "Accesso operatori")
	}
	b.Post(w.base+"/operator/keys/remove", url.Values{"key": {"x"}}).Expect(http.StatusOK, "Accesso operatori")
	b.Get(w.base+"/account").Expect(http.StatusOK, "Identità di Ada PROVA")
	if n := w.count(`SELECT count(*) FROM session`); n != 1 {
		t.Errorf("%d sessions, want that of the holder", n)
	}
	w.signIn(b, device).Expect(http.StatusOK, "Remo Prova")
	b.Get(w.base+"/account").Expect(http.StatusOK, "User ID")
	if n := w.count(`SELECT count(*) FROM session`); n != 1 {
		t.Errorf("%d sessions, want that of the operator", n)
	}
}

func TestWhoLeftTheRosterIsOutAtOnce(t *testing.T) {
	w := newWorld(t)
	b, _ := w.operator(remo)
	roster := operator.NewRoster(w.store.Keyring, staff())
	who, ok := roster.ByEmail(strings.ToUpper(remo))
	if !ok {
		t.Fatal("not found by address")
	}
	err := w.store.RevokeOperator(t.Context(), who.ID, audit.Event{At: w.clock.Now(), Role: "idp", Subject: who.ID, Action: audit.OperatorRevoked, Outcome: audit.OK})
	if err != nil {
		t.Fatal(err)
	}
	b.Get(w.base+"/operator").Expect(http.StatusOK, "Accesso operatori")
	if n := w.count(`SELECT count(*) FROM operator_key`); n != 0 {
		t.Errorf("%d keys are left", n)
	}
	known, err := w.store.Operators(t.Context(), w.clock.Now())
	if err != nil || len(known) != 5 || known[2].Name != "Remo Prova" || known[2].Keys != 0 {
		t.Errorf("%+v, %v", known, err)
	}
}

func TestTheFirstPageShowsWhatARoleMayDo(t *testing.T) {
	w := newWorld(t)
	b, _ := w.operator(sara)
	if p := b.Get(w.base+"/operator").Expect(http.StatusOK, "Rapporti", "coordinare"); p.Has("decidere sulle richieste") {
		t.Error("a supervisor is shown another role")
	}
	b, _ = w.operator(remo)
	if p := b.Get(w.base+"/operator").Expect(http.StatusOK, "Richieste"); p.Has("Rapporti") {
		t.Error("an approver is shown the reports")
	}
	w.clock.Advance(2 * 365 * 24 * time.Hour)
	w.signIn(b, w.keyOf(fabia)).Expect(http.StatusOK)
}
