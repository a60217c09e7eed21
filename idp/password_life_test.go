package idp_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/authn/password"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/db/shareddb"
	"atrio/federation/spid"
	"atrio/idp/enrolment/shop"
	"atrio/idp/passwordlife"
	"atrio/web/webtest"
)

const (
	aDay  = 24 * time.Hour
	fresh = "Zaino-Verde-7!"
)

// change fills in the page of a change.
func change(browser *webtest.Client, page *webtest.Page, old, chosen string) *webtest.Page {
	return browser.Submit(page.FormWith("current"), "current", old, "password", chosen, "password_again", chosen)
}

// E12
func TestAPasswordThatIsOverIsChangedOnTheWayToTheServiceThatWaits(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.clock.Advance(181 * aDay)
		w.readService()
		w.readProvider()
		v := w.level(webtest.New(t), spid.L2).password(bruno, secret)
		v.code(codeOf.FindString(w.sms(brunoPhone)))
		v.page.Expect(http.StatusOK, "La password va cambiata", "Servizi Prova")
		v.page = change(v.browser, v.page, "sbagliata", fresh).Expect(http.StatusUnprocessableEntity, "La password attuale non è corretta")
		v.page = change(v.browser, v.page, secret, "corta").Expect(http.StatusUnprocessableEntity, "da 8 a 128 caratteri")
		v.page = change(v.browser, v.page, secret, secret+"9").Expect(http.StatusUnprocessableEntity, "troppo simile")
		v.page = change(v.browser, v.page, secret, fresh).Expect(http.StatusOK, "Vuoi inviare i tuoi dati a Servizi Prova?")
		if l := v.press("consent", "yes").login(); l.Level != spid.L2 {
			t.Errorf("unexpected %+v", l)
		}
		// The former one opens nothing, the new one does, and nothing has to be changed.
		w.level(webtest.New(t), spid.L1).password(bruno, secret).page.Expect(http.StatusUnprocessableEntity, "non corretti")
		w.level(webtest.New(t), spid.L1).password(bruno, fresh).page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
		if mail := w.subjects(bruno); !strings.Contains(mail, "La tua password è stata cambiata") {
			t.Errorf("the holder was told %q", mail)
		}
	})
}

// E12: the own pages wait too, and at level 1 a session does not lead around the change.
func TestAPasswordThatIsOverIsChangedBeforeTheOwnPages(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(181 * aDay)
	w.readService()
	w.readProvider()
	browser := webtest.New(t)
	page := browser.Submit(browser.Get(w.base+"/account/login").FormWith("password"), "username", carla, "password", secret)
	page.Expect(http.StatusOK, "La password va cambiata")
	browser.Get(w.base+"/account").Expect(http.StatusOK, "User ID") // nobody is signed in
	change(browser, page, secret, fresh).Expect(http.StatusOK, "Identità di Carla PROVA")
	w.level(webtest.New(t), spid.L1).password(ada, secret).page.Expect(http.StatusOK, "La password va cambiata")
}

// subjects are the subjects of what was written to an address.
func (w *world) subjects(to string) string {
	w.t.Helper()
	queue, err := (&shareddb.Store{DB: w.db}).ClaimMessages(context.Background(), "mail", w.clock.Now(), time.Second, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var list []string
	for _, m := range queue {
		if m.Message.To == to {
			list = append(list, m.Message.Subject)
		}
	}
	w.clock.Advance(2 * time.Second) // the next look sees them again
	return strings.Join(list, "; ")
}

// E12
func TestHoldersAreRemindedThirtyTenAndOneDayBeforeTheEnd(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		run := func() {
			for _, job := range w.idp.Jobs() {
				if job.Name == "idp.password_reminders" {
					if err := job.Run(t.Context(), w.clock.Now()); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		count := func() int { return strings.Count(w.subjects(ada), "La tua password scade il") }
		w.clock.Advance(149 * aDay)
		run()
		if n := count(); n != 0 {
			t.Fatalf("%d reminders after 149 days", n)
		}
		for n, days := range []int{1, 20, 9} {
			w.clock.Advance(time.Duration(days) * aDay)
			run()
			run()
			if got := count(); got != n+1 {
				t.Fatalf("%d reminders, want %d", got, n+1)
			}
		}
		if mail := w.subjects(dario); strings.Contains(mail, "scade") {
			t.Error("who is suspended is reminded")
		}
		w.clock.Advance(aDay)
		run()
		if got := count(); got != 3 {
			t.Errorf("%d reminders after the end, want 3", got)
		}
	})
}

// E13
func TestAFormerPasswordComesBackAfterFiveChangesAndFifteenMonths(t *testing.T) {
	w := newWorld(t)
	chosen := []string{secret, "Zaino-Verde-7!", "Tavolo#Rotondo4", "Finestra.Blu.82", "Lampada+Gialla6", "Sentiero-Alto-55"}
	browser := w.ownPages(ada)
	page := func() *webtest.Page { return w.opens(browser, "/account/password", ada) }
	for n := 1; n < len(chosen); n++ {
		w.clock.Advance(time.Minute)
		change(browser, page(), chosen[n-1], chosen[n]).Expect(http.StatusOK, "Hai cambiato la password")
	}
	last := chosen[len(chosen)-1]
	change(browser, page(), last, secret).Expect(http.StatusUnprocessableEntity, "Hai già usato questa password")
	if former, err := w.store.FormerPasswords(t.Context(), w.id(ada)); err != nil || len(former) != 6 {
		t.Errorf("%d passwords are kept, %v", len(former), err)
	}
	w.clock.Advance(460 * aDay)
	again := webtest.New(t)
	renew := again.Submit(again.Get(w.base+"/account/login").FormWith("password"), "username", ada, "password", last)
	change(again, renew, last, "Tavolo#Rotondo4").Expect(http.StatusUnprocessableEntity, "Hai già usato questa password") // three changes ago
	change(again, renew, last, secret).Expect(http.StatusOK, "Identità di")
}

// id is the reference of somebody.
func (w *world) id(userID string) string {
	w.t.Helper()
	id, _, err := w.store.Password(context.Background(), userID)
	if err != nil || id == "" {
		w.t.Fatalf("%s: %v", userID, err)
	}
	return id
}

func TestAChangeOfPasswordEndsTheOtherSessionsAlone(t *testing.T) {
	w := newWorld(t)
	here, there := w.ownPages(ada), w.ownPages(ada)
	change(here, w.opens(here, "/account/password", ada), secret, fresh).Expect(http.StatusOK, "Hai cambiato la password")
	here.Get(w.base+"/account").Expect(http.StatusOK, "Identità di")
	there.Get(w.base+"/account").Expect(http.StatusOK, "User ID")
}

// REG 19: what a holder proves with is changed after a proof of the highest level alone.
func TestCredentialsAreChangedAfterAProofOfTheHighestLevel(t *testing.T) {
	w := newWorld(t)
	p := w.bound(bruno, brunoPhone)
	thief := w.ownPages(bruno) // has the password
	list := w.opens(w.ownPages(bruno), "/account/app", bruno).Form("form[action=/account/app/remove]")
	for _, path := range []string{"/account/app", "/account/password"} {
		thief.Get(w.base+path).Expect(http.StatusOK, "User ID")
	}
	for path, form := range map[string]url.Values{
		"/account/app": {}, "/account/app/remove": list.Values, "/account/password": {"current": {secret}, "password": {fresh}, "password_again": {fresh}},
	} {
		thief.Post(w.base+path, form).Expect(http.StatusOK, "User ID")
	}
	if s := p.enter(); len(s.Devices) != 1 {
		t.Error("the telephone is gone")
	}
	w.ownPages(bruno) // the password is the same
}

func TestTriesAtThePresentPasswordAreBounded(t *testing.T) {
	w := newWorld(t)
	browser := w.ownPages(carla)
	var page *webtest.Page
	for range 6 {
		page = change(browser, w.opens(browser, "/account/password", carla), "sbagliata", fresh)
	}
	page.Expect(http.StatusTooManyRequests, "Troppi tentativi. Riprova tra 288 minuti")
	if !w.audit.has("exhausted") {
		t.Error("no line about the refusal")
	}
}

// What strangers fail at keeps nobody from a change in a browser that signed in before.
func TestStrangersWhoFailBlockNoChange(t *testing.T) {
	w := newWorld(t)
	browser := w.ownPages(carla)
	page := w.opens(browser, "/account/password", carla)
	for range 3 {
		thief := w.level(webtest.New(t), spid.L1)
		for n := range 5 {
			if thief.password(carla, fmt.Sprint("sbagliata", n)); !holds(thief.page, "password") {
				break
			}
		}
	}
	w.level(webtest.New(t), spid.L1).password(carla, secret).page.Expect(http.StatusTooManyRequests)
	change(browser, page, secret, fresh).Expect(http.StatusOK, "Hai cambiato la password")
}

// Of fifty changes at the same time one wins.
func TestOneOfFiftyChangesOfAPasswordWins(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id, old, err := w.store.Password(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		outcomes := make([]error, 50)
		for n := range outcomes {
			all.Go(func() {
				outcomes[n] = w.store.ChangePassword(context.Background(), passwordlife.Change{
					Identity: id, Old: old, New: fmt.Sprint("hash ", n), Audit: audit.Event{At: w.clock.Now(), Role: "idp", Action: audit.PasswordChanged, Outcome: audit.OK},
					Messages: []notify.Message{{Channel: notify.Mail, To: ada, Subject: "cambiata", Text: "x", Lang: "it"}},
				})
			})
		}
		all.Wait()
		won := slices.DeleteFunc(outcomes, func(err error) bool { return fault.Is(err, fault.Conflict) })
		if len(won) != 1 || won[0] != nil {
			t.Errorf("%d win: %v", len(won), won)
		}
		if n := strings.Count(w.subjects(ada), "cambiata"); n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

// E21: who typed the former password and waits at the consent gets no further once another
// holds, wherever it was changed.
func TestALoginWithAFormerPasswordEndsNowhere(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		changes := map[string]func(){
			"at the own pages": func() {
				browser := w.ownPages(carla)
				change(browser, w.opens(browser, "/account/password", carla), secret, fresh).Expect(http.StatusOK, "Hai cambiato la password")
			},
			"through the shop": func() {
				ev := audit.Event{At: w.clock.Now(), Role: "idp", Action: audit.PasswordChanged, Outcome: audit.OK}
				if err := w.store.SetLinked(t.Context(), []shop.Linked{{Holder: w.id(ada), Password: w.hash(ada)}}, w.phc(fresh), nil, ev); err != nil {
					t.Fatal(err)
				}
			},
		}
		for name, who := range map[string]string{"at the own pages": carla, "through the shop": ada} {
			thief := w.level(webtest.New(t), spid.L1).password(who, secret)
			thief.page.Expect(http.StatusOK, "Vuoi inviare i tuoi dati")
			w.clock.Advance(time.Minute)
			changes[name]()
			thief.press("consent", "yes").page.Expect(http.StatusOK, "User ID")
			thief.browser.Get(w.base+"/account").Expect(http.StatusOK, "User ID")
			thief.password(who, secret).page.Expect(http.StatusUnprocessableEntity, "non corretti")
		}
	})
}

// E21: of a change here and one through the shop at the same moment one wins, and the other is
// told; neither replaces a password that nobody typed.
func TestAChangeReplacesThePasswordThatWasTypedAlone(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id, old, err := w.store.Password(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		ev := audit.Event{At: w.clock.Now(), Role: "idp", Action: audit.PasswordChanged, Outcome: audit.OK}
		linked := []shop.Linked{{Holder: id, Password: old}, {Holder: w.id(bruno), Password: w.hash(bruno)}}
		browser := w.ownPages(ada)
		page := w.opens(browser, "/account/password", ada)
		w.hook.Store(func() {
			if err := w.store.SetLinked(context.Background(), linked, w.phc(fresh), nil, ev); err != nil {
				t.Error(err)
			}
		})
		change(browser, page, secret, "Tavolo#Rotondo4").Expect(http.StatusConflict, "nel frattempo")
		if n := w.count(`SELECT count(*) FROM audit WHERE action = $1 AND outcome = 'ok' AND subject IN ($2, $3)`, audit.PasswordChanged, id, w.id(bruno)); n != 2 {
			t.Errorf("%d lines about two holders", n)
		}
		now := w.hash(ada)
		if err := w.store.SetLinked(t.Context(), linked[:1], "late", nil, ev); !fault.Is(err, fault.Conflict) || w.hash(ada) != now {
			t.Errorf("a password that is no longer there was replaced: %v", err)
		}
	})
}

// hash is that of somebody's password, phc that of any.
func (w *world) hash(userID string) string {
	w.t.Helper()
	_, phc, err := w.store.Password(context.Background(), userID)
	if err != nil {
		w.t.Fatal(err)
	}
	return phc
}

func (w *world) phc(typed string) string {
	w.t.Helper()
	phc, err := password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}}).Hash(context.Background(), typed)
	if err != nil {
		w.t.Fatal(err)
	}
	return phc
}
