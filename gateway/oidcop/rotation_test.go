package oidcop_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"atrio/base/keys"
	"atrio/gateway/oidcop"
)

func TestARotatedKeyKeepsItsTokensGood(t *testing.T) {
	h := newHouse(t)
	b, old := enter(h, "portale")
	store, err := keys.Open(filepath.Join(t.TempDir(), "keys"), "gateway")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := store.ECDSA("token-2")
	if err != nil {
		t.Fatal(err)
	}
	h.pairs.ES256 = keys.Fixed(fresh, h.pairs.ES256.Signing())
	h.open(nil)
	if _, header := read(t, h, h.redeem("portale", exchangeForm("portale", h.codeFor("portale"))).AccessToken); header.KeyID != fresh.KeyID {
		t.Error("the first key signs")
	}
	if status, _ := h.userinfo(old.AccessToken); status != http.StatusOK {
		t.Errorf("an access token of the key before: %d", status)
	}
	if res := logout(b, "id_token_hint", old.IDToken, "post_logout_redirect_uri", "https://corsi.example.it/uscita"); res.Header.Get("Location") == "" {
		t.Errorf("an ID token of the key before: %d", res.StatusCode)
	}
}

func TestAServiceThatWantsRS256NeedsAnRSAKey(t *testing.T) {
	h := newHouse(t)
	d := h.provider.Deps
	d.Keys.RS256 = nil
	if _, err := oidcop.New(d); err == nil {
		t.Error("want an error at start, not at the first login")
	}
	d.Keys = oidcop.Keys{}
	if _, err := oidcop.New(d); err == nil {
		t.Error("without a P-256 key nothing can be signed")
	}
}

func TestOldGrantsArePurgedByTheWallClock(t *testing.T) {
	h := newHouse(t)
	enter(h, "portale")
	job := h.provider.Jobs()[0]
	count := func() (n int) {
		if err := h.store.DB.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM oidc_grant`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := job.Run(t.Context(), h.calendar.Now().AddDate(1, 0, 0)); err != nil || count() != 1 {
		t.Errorf("the calendar moves nothing: %v, %d rows", err, count())
	}
	h.open(func() time.Time { return time.Now().Add(10 * time.Minute) })
	if err := h.provider.Jobs()[0].Run(t.Context(), h.calendar.Now()); err != nil || count() != 0 {
		t.Errorf("%v, %d rows", err, count())
	}
}

func TestTheCalendarMayJumpWithoutHurtingTokens(t *testing.T) {
	h := newHouse(t)
	_, got := enter(h, "portale")
	h.calendar.forward(181 * 24 * time.Hour)
	if status, _ := h.userinfo(got.AccessToken); status != http.StatusOK {
		t.Errorf("%d", status)
	}
}
