package oidcop_test

import (
	"crypto"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/base/keys"
	"atrio/base/keys/hsm/hsmtest"
	"atrio/gateway/oidcop"
)

func TestMain(m *testing.M) { os.Exit(hsmtest.Run(m)) }

// TestKeysInATokenSignTokens: RSA and ECDSA, verified with the published set.
func TestKeysInATokenSignTokens(t *testing.T) {
	h := newHouse(t)
	store, err := keys.Open(filepath.Join(t.TempDir(), "keys"), "gateway", keys.WithToken(hsmtest.New(t).Device(t)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	rotation := func(p keys.Purpose, label string) *keys.Rotation {
		r, err := store.Rotation(p, now)
		if err == nil {
			_, err = store.NextFromToken(p, now, label)
		}
		if err == nil {
			err = store.Promote(p, now.Add(p.Publish), false)
		}
		if err == nil {
			_, err = r.Reload()
		}
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	h.pairs = oidcop.Keys{ES256: rotation(keys.TokenES256(), "ec"), RS256: rotation(keys.TokenRS256(), "rsa")}
	h.open(nil)
	for _, client := range []string{"portale", "vecchio"} {
		tokens := h.redeem(client, exchangeForm(client, h.codeFor(client)))
		for _, raw := range []string{tokens.AccessToken, tokens.IDToken} {
			if _, header := read(t, h, raw); header.KeyID == "" {
				t.Errorf("%s: a token without key id", client)
			}
		}
		if status, _ := h.userinfo(tokens.AccessToken); status != http.StatusOK {
			t.Errorf("%s: userinfo %d", client, status)
		}
	}
}

// unsteady is a key whose token comes and goes.
type unsteady struct {
	crypto.Signer
	away *atomic.Bool
}

func (s unsteady) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if s.away.Load() {
		return nil, fault.New(fault.Unavailable, "error.unavailable").For("token_unavailable").Because(errors.New("away"))
	}
	return s.Signer.Sign(rand, digest, opts)
}

func TestWhileAKeyIsAwayServicesAreToldToComeBack(t *testing.T) {
	h := newHouse(t)
	away := new(atomic.Bool)
	pair := *h.pairs.ES256.Signing()
	pair.Signer = unsteady{pair.Signer, away}
	h.pairs.ES256 = keys.Fixed(&pair)
	h.open(nil)
	code := h.codeFor("portale")
	away.Store(true)
	if got := h.redeem("portale", exchangeForm("portale", code)); got.Status != http.StatusServiceUnavailable || got.AccessToken != "" || got.header.Get("Retry-After") == "" {
		t.Errorf("%+v", got)
	}
	if res := h.document(oidcop.KeysPath); res.StatusCode != http.StatusOK {
		t.Errorf("the key set: %d", res.StatusCode)
	}
	away.Store(false)
	if h.redeem("portale", exchangeForm("portale", h.codeFor("portale"))).AccessToken == "" {
		t.Error("no token after the key came back")
	}
}

// TestTheKeySetFollowsTheFiles: no restart, another tag, and what a node signs is
// always in the set.
func TestTheKeySetFollowsTheFiles(t *testing.T) {
	h := newHouse(t)
	store, err := keys.Open(filepath.Join(t.TempDir(), "keys"), "gateway")
	if err != nil {
		t.Fatal(err)
	}
	now, p := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), keys.TokenES256()
	r, err := store.Rotation(p, now)
	if err != nil {
		t.Fatal(err)
	}
	h.pairs.ES256 = r
	h.open(nil)
	b, old := enter(h, "portale")
	tag := h.document(oidcop.KeysPath).Header.Get("Etag")
	step := func(change func() error) {
		t.Helper()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if changed, err := r.Reload(); err != nil || !changed {
			t.Fatal(changed, err)
		}
		res := h.document(oidcop.KeysPath, "If-None-Match", tag)
		if res.StatusCode != http.StatusOK || res.Header.Get("Etag") == tag {
			t.Errorf("the set is not new: %d", res.StatusCode)
		}
		tag = res.Header.Get("Etag")
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range r.Published() {
			if !strings.Contains(string(body), pair.KeyID) {
				t.Errorf("%s is not published", pair.Name)
			}
		}
		token := h.redeem("portale", exchangeForm("portale", h.codeFor("portale"))).AccessToken
		if _, header := read(t, h, token); header.KeyID != r.Signing().KeyID {
			t.Error("another key signed")
		}
	}
	step(func() error { _, err := store.Next(p, now); return err })
	step(func() error { return store.Promote(p, now.Add(p.Publish), false) })
	if status, _ := h.userinfo(old.AccessToken); status != http.StatusOK {
		t.Errorf("a token of the retired key: %d", status)
	}
	if res := logout(b, "id_token_hint", old.IDToken, "post_logout_redirect_uri", "https://corsi.example.it/uscita"); res.Header.Get("Location") == "" {
		t.Errorf("a hint of the retired key: %d", res.StatusCode)
	}
	step(func() error { return store.Forget(p, "token-es256", now.AddDate(0, 0, 2), false) })
	if status, _ := h.userinfo(old.AccessToken); status != http.StatusUnauthorized {
		t.Errorf("a token of a forgotten key: %d", status)
	}
}
