package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"atrio/authn/passkey/passkeytest"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/secondfactor"
	"atrio/web/webtest"
)

func newNamedStage(t *testing.T) *stage {
	return newStageAt(t, "localhost", dbtest.SQLite(t, shareddb.Module(), gatewaydb.Module()), nil)
}

// question is what the page asks the browser for.
func question(p *webtest.Page) []byte {
	return []byte(webtest.Attr(p.Find("form[data-passkey]"), "data-options"))
}

// passkey sets a passkey up for who is signed in with b.
func (s *stage) passkey(b *webtest.Client) *passkeytest.Device {
	s.t.Helper()
	d := passkeytest.New(s.t, s.url)
	p := b.Get(s.url+factorsPage+"/passkey").Expect(http.StatusOK, "Crea la passkey")
	b.Submit(p.FormWith("answer"), "answer", d.Create(s.t, question(p)), "label", "chiave blu").Expect(http.StatusOK, "La passkey è attiva")
	return d
}

func TestAPasskeyIsSetUpAndConfirmsWhoIsThere(t *testing.T) {
	s := newNamedStage(t)
	b := s.browser()
	s.enter(b)
	p := b.Get(s.url + factorsPage + "/passkey")
	for _, bad := range []string{"", "{}", "nonsense"} {
		b.Submit(p.FormWith("answer"), "answer", bad).Expect(http.StatusUnprocessableEntity, "La risposta del browser non è valida")
	}
	d := s.passkey(b)
	b.Get(s.url+factorsPage).Expect(http.StatusOK, "chiave blu")

	s.away(b)
	p = b.Get(s.url+factorsPage+"/app").Expect(http.StatusOK, "Conferma che sei tu")
	p = b.Submit(p.FormWith("way"), "way", "factor").Expect(http.StatusOK, "Usa la tua passkey")
	answer := d.Get(t, question(p))
	stranger := passkeytest.New(t, s.url)
	stranger.ID, stranger.Handle = d.ID, d.Handle
	b.Submit(p.FormWith("answer"), "answer", stranger.Get(t, question(p))).Expect(http.StatusUnprocessableEntity, "La risposta della passkey non è valida")
	jar := b.HTTP.Jar.Cookies(mustURL(s.url))
	b.Submit(p.FormWith("answer"), "answer", answer).Expect(http.StatusOK, "Imposta l’account sull’app")

	// The same answer with the same cookies: the challenge is used up, and the session gone.
	thief := webtest.New(t)
	thief.HTTP.Jar.SetCookies(mustURL(s.url), jar)
	if again := thief.Submit(p.FormWith("answer"), "answer", answer); again.Status < 400 {
		t.Errorf("a replayed answer: %d", again.Status)
	}

	// A counter that does not grow may be that of a copy.
	s.away(b)
	p = b.Get(s.url + factorsPage + "/app")
	p = b.Submit(p.FormWith("way"), "way", "factor")
	d.Count = 0
	b.Submit(p.FormWith("answer"), "answer", d.Get(t, question(p))).Expect(http.StatusForbidden, "potrebbe essercene una copia")
	if !s.refusedFor("passkey_copied") {
		t.Error("no audit line")
	}
	d.Count = 10
	b.Submit(p.FormWith("answer"), "answer", d.Get(t, question(p))).Expect(http.StatusOK, "Imposta l’account sull’app")
}

func TestAPasskeyOfAnotherAccountIsNotTaken(t *testing.T) {
	s := newNamedStage(t)
	ada, ines := s.browser(), s.browser()
	s.enter(ada)
	d := s.passkey(ada)
	s.idp.attributes = map[string]string{"spidCode": "TEST223456789A", "name": "Ugo", "familyName": "Prova", "fiscalNumber": "TINIT-PRVGUO80A01H501L", "dateOfBirth": "1980-01-01", "email": "ugo@posta.example.it"}
	p := ines.Get(s.start(""))
	ines.Submit(p.FormWith("notice"), "notice", "on").Expect(http.StatusOK, "Il tuo account è pronto")
	p = ines.Get(s.url + factorsPage + "/passkey")
	ines.Submit(p.FormWith("answer"), "answer", d.Create(t, question(p))).Expect(http.StatusConflict, "appartiene già a un altro account")
	if n := s.count(`SELECT count(*) FROM factor`); n != 1 {
		t.Errorf("%d factors", n)
	}
}

func TestAPasskeyAloneOpensTheOwnAccount(t *testing.T) {
	s := newNamedStage(t)
	b := s.browser()
	s.enter(b)
	d := s.passkey(b)
	elsewhere := s.browser()
	login := elsewhere.Get(s.url + "/login")
	p := elsewhere.Get(login.Link("Entra con una passkey")).Expect(http.StatusOK, "Usa la passkey")
	unverified := *d
	unverified.Unverified = true
	elsewhere.Submit(p.FormWith("answer"), "answer", unverified.Get(t, question(p))).Expect(http.StatusUnprocessableEntity, "Questa passkey non è stata accettata")
	stranger := passkeytest.New(t, s.url)
	stranger.Handle = []byte("nobody")
	for _, bad := range []string{"", "{}", stranger.Get(t, question(p))} {
		elsewhere.Submit(p.FormWith("answer"), "answer", bad).Expect(http.StatusUnprocessableEntity, "Questa passkey non è stata accettata")
	}
	if !s.refusedFor("passkey_answer") || !s.refusedFor("passkey_missing") {
		t.Error("no audit line")
	}
	answer := d.Get(t, question(p))
	jar := elsewhere.HTTP.Jar.Cookies(mustURL(s.url))
	elsewhere.Submit(p.FormWith("answer"), "answer", answer).Expect(http.StatusOK, "Il mio account")
	if body := elsewhere.Get(s.url + "/session").Body; !strings.Contains(body, `"method":"passkey"`) || !strings.Contains(body, `"amr":["hwk","mfa"]`) || !strings.Contains(body, secondfactor.ACR) {
		t.Errorf("the session says %s", body)
	}
	elsewhere.Get(s.url+"/account/sessions").Expect(http.StatusOK, "Passkey")
	thief := webtest.New(t)
	thief.HTTP.Jar.SetCookies(mustURL(s.url), jar)
	thief.Submit(p.FormWith("answer"), "answer", answer).Expect(http.StatusConflict)
}

// G2.6, G4.5: a passkey is two factors in one, and no more than that.
func TestAPasskeyAloneOpensAServiceOfLevelTwoAndNoneOfLevelThree(t *testing.T) {
	s := newNamedStage(t)
	b := s.browser()
	s.enter(b)
	d := s.passkey(b)
	elsewhere := s.browser()
	login := elsewhere.Get(s.authorize("mooc"))
	p := elsewhere.Get(login.Link("Entra con una passkey")).Expect(http.StatusOK, "Open Knowledge")
	if to := s.finish(elsewhere, p.FormWith("answer"), "answer", d.Get(t, question(p))); !strings.HasPrefix(to, "https://mooc.example.org/callback?") || !strings.Contains(to, "code=") {
		t.Fatalf("leads to %s", to)
	}
	elsewhere.Get(s.authorize("albo")).Expect(http.StatusOK, "Entra con SPID")
	if s.opens(elsewhere, "albo") {
		t.Error("a service of level 3 opened")
	}
}

func TestAFrozenAccountIsNotOpenedByItsPasskey(t *testing.T) {
	s := newNamedStage(t)
	b := s.browser()
	s.enter(b)
	d := s.passkey(b)
	err := s.db.Tx(t.Context(), func(tx *db.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE account SET state = 'frozen'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := s.browser()
	p := elsewhere.Get(s.url + "/passkey/login")
	elsewhere.Submit(p.FormWith("answer"), "answer", d.Get(t, question(p))).Expect(http.StatusForbidden)
	elsewhere.Get(s.url + "/session").Expect(http.StatusUnauthorized)
}

func TestASiteWithoutANameOffersNoPasskeys(t *testing.T) {
	s := newStage(t)
	b := s.browser()
	s.enter(b)
	if b.Get(s.url + factorsPage).Has("passkey") {
		t.Error("passkeys are offered")
	}
	b.Get(s.url + factorsPage + "/passkey").Expect(http.StatusNotFound)
	p, err := b.Do(http.MethodPost, s.url+factorsPage+"/passkey", url.Values{"answer": {"{}"}}, b.Get(s.url+"/account"))
	if err != nil || p.Status != http.StatusOK || !p.Has("ricomincia da qui") {
		t.Errorf("%v, %v", p.Status, err)
	}
}

func mustURL(address string) *url.URL {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return u
}
