package oidcop_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"atrio/gateway/oidcop"
	"atrio/people/person"
)

// logout asks to leave and returns the answer.
func logout(b *browser, pairs ...string) *http.Response {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return b.open(oidcop.EndSessionPath + "?" + q.Encode())
}

// enter signs in, gets tokens for the service, and returns the browser.
func enter(h *house, client string) (*browser, tokens) {
	b := h.signedIn(person.Level2)
	return b, h.redeem(client, exchangeForm(client, answer(h.t, b.open(authorizeURL(ask(client)))).Get("code")))
}

func TestLogoutWithTheIDTokenEndsSessionAndTokens(t *testing.T) { // OIDC-RP-logout 2, 3
	h := newHouse(t)
	b, got := enter(h, "portale")
	other, still := enter(h, "portale")
	res := logout(b, "id_token_hint", got.IDToken, "post_logout_redirect_uri", "https://corsi.example.it/uscita", "state", "s&1")
	if to := res.Header.Get("Location"); to != "https://corsi.example.it/uscita?state=s%261" {
		t.Fatalf("%d %q", res.StatusCode, to)
	}
	if len(h.desk.sessions) != 1 {
		t.Error("the session is ended, and no other")
	}
	if status, _ := h.userinfo(got.AccessToken); status != http.StatusUnauthorized {
		t.Error("the tokens of the session are revoked")
	}
	if status, _ := h.userinfo(still.AccessToken); status != http.StatusOK {
		t.Error("another session's tokens are left alone")
	}
	_ = other
}

func TestAnExpiredIDTokenStillLogsOut(t *testing.T) {
	h := newHouse(t)
	b, got := enter(h, "vecchio")
	claims, _ := read(t, h, got.IDToken)
	claims["exp"], claims["iat"] = time.Now().Add(-48*time.Hour).Unix(), time.Now().Add(-49*time.Hour).Unix()
	old := signWithHeader(t, claims, h.pairs.RS256.Signing().Signer, jose.RS256, map[jose.HeaderKey]any{"kid": h.pairs.RS256.Signing().KeyID})
	res := logout(b, "id_token_hint", old, "client_id", "vecchio", "post_logout_redirect_uri", "https://vecchio.example.it/uscita")
	if res.Header.Get("Location") != "https://vecchio.example.it/uscita" || len(h.desk.sessions) != 0 {
		t.Errorf("%d %q", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestALogoutMayBePosted(t *testing.T) {
	h := newHouse(t)
	b, got := enter(h, "portale")
	b.crossPost(oidcop.EndSessionPath, url.Values{"id_token_hint": {got.IDToken}})
	if len(h.desk.sessions) != 0 {
		t.Error("the session lives on")
	}
}

func TestWithoutAProofThePersonIsAsked(t *testing.T) {
	h := newHouse(t)
	_, foreign := enter(h, "portale") // the ID token of Ada, in the browser of another
	h.desk.sessions = map[string]oidcop.Subject{}
	other := atLevel(person.Level2)
	other.Account = "b2"
	for name, pairs := range map[string][]string{
		"nothing":                 nil,
		"a service":               {"client_id", "portale"},
		"a service and address":   {"client_id", "portale", "post_logout_redirect_uri", "https://corsi.example.it/uscita"},
		"another person's token":  {"id_token_hint", foreign.IDToken},
		"its service in addition": {"id_token_hint", foreign.IDToken, "client_id", "portale", "post_logout_redirect_uri", "https://corsi.example.it/uscita"},
	} {
		b := &browser{h: h, cookie: h.desk.signIn(other)}
		res := logout(b, pairs...)
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != http.StatusOK || len(h.desk.sessions) != 1 || !strings.Contains(string(body), "Vuoi uscire?") {
			t.Fatalf("%s: %d, %d sessions", name, res.StatusCode, len(h.desk.sessions))
		}
		if csp := res.Header.Get("Content-Security-Policy"); strings.Contains(csp, "form-action") {
			t.Errorf("the form leads on to the service, form-action would stop it: %s", csp)
		}
		_, rest, _ := strings.Cut(string(body), `name="request" value="`)
		sealed, _, _ := strings.Cut(rest, `"`)
		res = b.post("/oidc/logout/confirm", url.Values{"request": {sealed}})
		want := ""
		if len(pairs) > 2 {
			want = "https://corsi.example.it/uscita"
		}
		if res.Header.Get("Location") != want || len(h.desk.sessions) != 0 {
			t.Errorf("%s, confirmed: %d %q, %d sessions", name, res.StatusCode, res.Header.Get("Location"), len(h.desk.sessions))
		}
	}
}

func TestTheConfirmationComesFromOurPageOnly(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn(person.Level2)
	r := httptest.NewRequest(http.MethodPost, h.url+"/oidc/logout/confirm", strings.NewReader("request="+h.seal(t, "oidc-logout")))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if res := b.send(r); res.StatusCode != http.StatusForbidden || len(h.desk.sessions) != 1 {
		t.Errorf("from another site: %d", res.StatusCode)
	}
	for _, request := range []string{"", "x", h.seal(t, "oidc-code")} {
		if res := b.post("/oidc/logout/confirm", url.Values{"request": {request}}); res.StatusCode != http.StatusBadRequest || len(h.desk.sessions) != 1 {
			t.Errorf("%.10q: %d", request, res.StatusCode)
		}
	}
}

func TestALogoutNeverLeadsToAnAddressThatIsNotRegistered(t *testing.T) {
	h := newHouse(t)
	b, got := enter(h, "portale")
	_, other := enter(h, "vecchio")
	h.desk.sessions = map[string]oidcop.Subject{b.cookie.Value: h.desk.sessions[b.cookie.Value]}
	modified := got.IDToken[:len(got.IDToken)-4] + "AAAA"
	none := forge(map[string]any{"alg": "none"}, map[string]any{"iss": h.url, "aud": "portale", "sub": "x"}, nil)
	for name, pairs := range map[string][]string{
		"unregistered":            {"id_token_hint", got.IDToken, "post_logout_redirect_uri", "https://evil.example/"},
		"its redirect_uri":        {"id_token_hint", got.IDToken, "post_logout_redirect_uri", "https://corsi.example.it/ritorno"},
		"with a slash":            {"id_token_hint", got.IDToken, "post_logout_redirect_uri", "https://corsi.example.it/uscita/"},
		"of another service":      {"id_token_hint", other.IDToken, "post_logout_redirect_uri", "https://corsi.example.it/uscita"},
		"nobody asks":             {"post_logout_redirect_uri", "https://corsi.example.it/uscita"},
		"token of another client": {"id_token_hint", other.IDToken, "client_id", "portale"},
		"modified token":          {"id_token_hint", modified, "post_logout_redirect_uri", "https://corsi.example.it/uscita"},
		"unsigned token":          {"id_token_hint", none, "post_logout_redirect_uri", "https://corsi.example.it/uscita"},
		"access token":            {"id_token_hint", got.AccessToken},
		"unknown service":         {"client_id", "ignoto"},
		"long state":              {"id_token_hint", got.IDToken, "state", strings.Repeat("x", 600)},
	} {
		res := logout(b, pairs...)
		if res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" || len(h.desk.sessions) != 1 {
			t.Errorf("%s: %d %q, %d sessions", name, res.StatusCode, res.Header.Get("Location"), len(h.desk.sessions))
		}
	}
	if res := b.open(oidcop.EndSessionPath + "?state=a&state=b"); res.StatusCode != http.StatusBadRequest {
		t.Errorf("a parameter twice: %d", res.StatusCode)
	}
}

func TestWhoIsNotSignedInJustLeaves(t *testing.T) {
	h := newHouse(t)
	_, got := enter(h, "portale")
	b := &browser{h: h}
	if res := logout(b, "id_token_hint", got.IDToken, "post_logout_redirect_uri", "https://corsi.example.it/uscita"); res.Header.Get("Location") != "https://corsi.example.it/uscita" {
		t.Errorf("%d", res.StatusCode)
	}
	res := b.post(oidcop.EndSessionPath, url.Values{})
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK || !strings.Contains(string(body), "Uscita completata") {
		t.Errorf("%d", res.StatusCode)
	}
}

// Who came in by a provider that keeps a session goes there first; the address of the
// service goes along, and the answer is the way there and not the service. // Avviso SPID 3
func TestALogoutThatGoesOnElsewhereTakesTheDestinationAlong(t *testing.T) {
	h := newHouse(t)
	b, got := enter(h, "portale")
	h.desk.away = true
	res := logout(b, "id_token_hint", got.IDToken, "post_logout_redirect_uri", "https://corsi.example.it/uscita", "state", "s&1")
	if res.Header.Get("Location") != "" || len(h.desk.leads) != 1 || h.desk.leads[0] != "https://corsi.example.it/uscita?state=s%261" {
		t.Errorf("%q, then %q", res.Header.Get("Location"), h.desk.leads)
	}
}
