package oidcop_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"

	"atrio/gateway/oidcop"
	"atrio/people/person"
)

func TestAnOrdinaryClientSignsAPersonIn(t *testing.T) {
	for _, c := range []struct {
		client, alg string
		style       oauth2.AuthStyle
	}{
		{"portale", "ES256", oauth2.AuthStyleInHeader},
		{"portale", "ES256", oauth2.AuthStyleAutoDetect},
		{"vecchio", "RS256", oauth2.AuthStyleInParams},
		{"app", "ES256", oauth2.AuthStyleInParams},
	} {
		t.Run(c.client, func(t *testing.T) {
			h := newHouse(t)
			next := atLevel(person.Level2)
			h.desk.next = &next
			op, err := oidc.NewProvider(t.Context(), h.url) // reads discovery and compares the issuer
			if err != nil {
				t.Fatal(err)
			}
			conf := oauth2.Config{ClientID: c.client, ClientSecret: secret, Endpoint: op.Endpoint(), RedirectURL: redirectOf(c.client), Scopes: []string{"openid", "profile", "email", "fiscal_number"}}
			conf.Endpoint.AuthStyle = c.style
			if c.client == "app" {
				conf.ClientSecret = ""
			}
			token := signInWith(t, h, conf)
			raw, _ := token.Extra("id_token").(string)
			idToken, err := op.Verifier(&oidc.Config{ClientID: c.client, SupportedSigningAlgs: []string{c.alg}}).Verify(t.Context(), raw)
			if err != nil {
				t.Fatal(err)
			}
			if idToken.Nonce != "n1" || idToken.Subject == "" || strings.Contains(idToken.Subject, "a1") || token.RefreshToken != "" {
				t.Errorf("ID token %+v", idToken)
			}
			var claims map[string]any
			info, err := op.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
			if err != nil || info.Claims(&claims) != nil {
				t.Fatal(err)
			}
			if info.Subject != idToken.Subject || claims["name"] != "Ada Bianchi" || claims["fiscal_number"] != "TINIT-BNCDAA85T41H501X" || claims["email_verified"] != true {
				t.Errorf("userinfo %v", claims)
			}
			if claims["codice_persona"] != nil {
				t.Error("a scope that was not asked for releases nothing")
			}
		})
	}
}

// signInWith lets a person who is not signed in go through the login and back to
// an ordinary client.
func signInWith(t *testing.T, h *house, conf oauth2.Config) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	b := &browser{h: h}
	q := answer(t, b.open(strings.TrimPrefix(conf.AuthCodeURL("stato", oidc.Nonce("n1"), oauth2.S256ChallengeOption(verifier)), h.url)))
	if q.Get("iss") != h.url || q.Get("state") != "stato" || len(h.desk.begun) != 1 {
		t.Fatalf("answer %v", q)
	}
	token, err := conf.Exchange(t.Context(), q.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokensSayWhatTheStandardsWant(t *testing.T) {
	h := newHouse(t)
	b := h.signedIn(person.Level2)
	h.calendar.forward(20 * time.Minute)
	q := answer(t, b.open(authorizeURL(ask("vecchio"))))
	got := h.redeem("vecchio", exchangeForm("vecchio", q.Get("code")))
	if got.Status != http.StatusOK || got.TokenType != "Bearer" || got.ExpiresIn != 300 || got.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("answer %+v", got)
	}
	id, idHeader := read(t, h, got.IDToken)
	access, accessHeader := read(t, h, got.AccessToken)
	if idHeader.Algorithm != "RS256" || idHeader.KeyID != h.pairs.RS256.Signing().KeyID {
		t.Errorf("the ID token is signed with the key the client asked for: %+v", idHeader)
	}
	if accessHeader.Algorithm != "ES256" || accessHeader.KeyID != h.pairs.ES256.Signing().KeyID || accessHeader.ExtraHeaders["typ"] != "at+jwt" { // RFC 9068 2.1
		t.Errorf("access tokens are always ES256: %+v", accessHeader)
	}
	for _, name := range []string{"iss", "exp", "aud", "sub", "client_id", "iat", "jti", "auth_time", "acr", "amr"} { // RFC 9068 2.2
		if access[name] == nil {
			t.Errorf("the access token has no %s", name)
		}
	}
	if access["aud"] != h.url || id["aud"] != "vecchio" || id["nonce"] != "nonce" || id["acr"] != "https://www.spid.gov.it/SpidL2" {
		t.Errorf("ID token %v, access token %v", id, access)
	}
	// The calendar stands in November 2026, tokens live by the wall clock: the
	// login was twenty minutes before the token.
	if age := id["iat"].(float64) - id["auth_time"].(float64); age < 1198 || age > 1202 {
		t.Errorf("auth_time is %v seconds before iat", age)
	}
	if id["name"] != "Ada Bianchi" {
		t.Error("claims_in_id_token puts the released claims into the ID token")
	}
}

func TestSubjectsDifferBetweenServices(t *testing.T) {
	h := newHouse(t)
	one := h.redeem("portale", exchangeForm("portale", h.codeFor("portale")))
	again := h.redeem("portale", exchangeForm("portale", h.codeFor("portale")))
	other := h.redeem("vecchio", exchangeForm("vecchio", h.codeFor("vecchio")))
	sub := func(tok tokens) any { c, _ := read(t, h, tok.IDToken); return c["sub"] }
	if sub(one) != sub(again) || sub(one) == sub(other) {
		t.Errorf("subjects %v %v %v", sub(one), sub(again), sub(other))
	}
}

func TestAClosedAccountShowsNothing(t *testing.T) {
	h := newHouse(t)
	got := h.redeem("portale", exchangeForm("portale", h.codeFor("portale")))
	delete(h.desk.people, "a1")
	if status, _ := h.userinfo(got.AccessToken); status != http.StatusUnauthorized || !h.wasRefused("account_closed") {
		t.Errorf("userinfo of a closed account: %d", status)
	}
}

func TestUserinfoTakesTheTokenFromHeaderOrPostedForm(t *testing.T) {
	h := newHouse(t)
	token := h.redeem("portale", exchangeForm("portale", h.codeFor("portale"))).AccessToken
	post := func(body, header string) int {
		r, _ := http.NewRequest(http.MethodPost, h.url+oidcop.UserinfoPath, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode == http.StatusUnauthorized && res.Header.Get("WWW-Authenticate") == "" {
			t.Error("401 without WWW-Authenticate")
		}
		return res.StatusCode
	}
	if post("access_token="+token, "") != 200 || post("", "Bearer "+token) != 200 || post("", "bearer "+token) != 200 {
		t.Error("both forms are accepted")
	}
	if post("access_token="+token, "Bearer "+token) != 401 || post("", "Basic "+token) != 401 || post("", "") != 401 {
		t.Error("two tokens, a wrong scheme or none are refused")
	}
	res, err := http.Get(h.url + oidcop.UserinfoPath + "?access_token=" + token)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("a token in the query is refused: %v %v", res.Status, err)
	}
}

// read verifies a token with the published keys and gives claims and header.
func read(t *testing.T, h *house, raw string) (map[string]any, jose.Header) {
	t.Helper()
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	key := h.pairs.ES256.Signing()
	if token.Headers[0].Algorithm == "RS256" {
		key = h.pairs.RS256.Signing()
	}
	var claims map[string]any
	if err := token.Claims(key.Signer.Public(), &claims); err != nil {
		t.Fatal(err)
	}
	return claims, token.Headers[0]
}
