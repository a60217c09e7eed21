package oidcop_test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"atrio/gateway/oidcop"
	"atrio/people/person"
)

func TestAnswersGoToRegisteredAddressesOnly(t *testing.T) { // RFC 9700 4.1, ASVS 10.4.1
	const good = "https://corsi.example.it/ritorno"
	forms := []string{
		"", " ", good + " ", " " + good, good + "/", good + "/.", good + "/..", good + "//", good + "?", good + "?x=1", good + "#", good + "#x",
		"https://corsi.example.it/ritorno/../ritorno", "https://corsi.example.it/./ritorno", "https://corsi.example.it//ritorno",
		"https://corsi.example.it/Ritorno", "https://corsi.example.it/%72itorno", "https://corsi.example.it/ritorno%2f", "https://corsi.example.it/ritorno%00",
		"https://corsi.example.it/ritorno%0d%0aX: y", "HTTPS://corsi.example.it/ritorno", "https://CORSI.example.it/ritorno", "https://corsi.example.it./ritorno",
		"https://corsi.example.it:443/ritorno", "https://corsi.example.it:8443/ritorno", "http://corsi.example.it/ritorno", "//corsi.example.it/ritorno", "/ritorno", "ritorno",
		"https://corsi.example.it@evil.example/ritorno", "https://evil.example@corsi.example.it/ritorno", "https://corsi.example.it:x@evil.example/ritorno",
		"https://evil.example/https://corsi.example.it/ritorno", "https://evil.example?" + good, "https://evil.example#" + good, "https://evil.example\\@corsi.example.it/ritorno",
		"https://corsi.example.it\\.evil.example/ritorno", "https:\\\\corsi.example.it\\ritorno", "https://corsi.example.it.evil.example/ritorno", "https://xcorsi.example.it/ritorno",
		"https://corsi.example.it\u3002evil.example/ritorno", "https://corsi.example\uff0eit/ritorno", "https://corsi%2eexample.it/ritorno", "https://cors\u0456.example.it/ritorno",
		"https://xn--cors-7yd.example.it/ritorno", "javascript:alert(1)", "javascript://corsi.example.it/%0aalert(1)", "data:text/html,x", good + "\t", good + "\n", good + "\x00",
		"https://vecchio.example.it/ritorno", good + "," + good, good + ";x", "https://*.example.it/ritorno",
	}
	if len(forms) < 45 {
		t.Fatalf("%d forms", len(forms))
	}
	h := newHouse(t)
	b := h.signedIn(person.Level2)
	for _, form := range forms {
		for _, extra := range [][]string{nil, {"prompt", "none"}, {"response_type", "token"}} {
			res := b.open(authorizeURL(ask("portale", append([]string{"redirect_uri", form}, extra...)...)))
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" || bytes.Contains(body, []byte(`"https://evil.example`)) {
				t.Errorf("%q: %d %q", form, res.StatusCode, res.Header.Get("Location"))
			}
		}
	}
	if !h.wasRefused("oidc_redirect_uri_mismatch") {
		t.Error("the refusal is in the audit log")
	}
	res := b.open(authorizeURL(ask("portale", "client_id", "ignoto")))
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusBadRequest || !bytes.Contains(body, []byte("Codice di riferimento")) {
		t.Errorf("unknown service: %d, want a page with a reference number", res.StatusCode)
	}
}

func TestParametersTwiceAreRefused(t *testing.T) { // RFC 6749 3.1
	h := newHouse(t)
	b := h.signedIn(person.Level2)
	for name := range ask("portale") {
		q := ask("portale")
		q.Add(name, q.Get(name))
		if res := b.open(authorizeURL(q)); res.StatusCode != http.StatusBadRequest || res.Header.Get("Location") != "" {
			t.Errorf("%s twice at authorize: %d", name, res.StatusCode)
		}
		if res := b.post(oidcop.AuthorizePath, q); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%s twice, posted: %d", name, res.StatusCode)
		}
	}
	code := h.codeFor("vecchio")
	for name := range exchangeForm("vecchio", code) {
		form := exchangeForm("vecchio", code)
		form.Add(name, form.Get(name))
		if got := h.redeem("vecchio", form); got.Status != http.StatusBadRequest || got.Error != "invalid_request" {
			t.Errorf("%s twice at token: %+v", name, got)
		}
	}
	for _, raw := range []string{"client_id=portale;x=y", "client_id=%zz", "client_id=portale&state=" + strings.Repeat("x", 9000)} {
		if res := b.open(oidcop.AuthorizePath + "?" + raw); res.StatusCode != http.StatusBadRequest {
			t.Errorf("%.30q: %d", raw, res.StatusCode)
		}
	}
}

func TestWhatIsSwitchedOffIsRefusedToTheService(t *testing.T) {
	h := newHouse(t)
	reached := false
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer trap.Close()
	for _, c := range []struct {
		pairs []string
		want  string
	}{
		{[]string{"request", "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"},
		{[]string{"request_uri", trap.URL + "/r"}, "request_uri_not_supported"},
		{[]string{"request_uri", "urn:ietf:params:oauth:request_uri:x"}, "request_uri_not_supported"},
		{[]string{"registration", "{}"}, "registration_not_supported"},
		{[]string{"response_type", "token"}, "unsupported_response_type"},
		{[]string{"response_type", "id_token"}, "unsupported_response_type"},
		{[]string{"response_type", "code id_token"}, "unsupported_response_type"},
		{[]string{"response_type", "-"}, "invalid_request"},
		{[]string{"scope", "profile"}, "invalid_request"},
		{[]string{"scope", "-"}, "invalid_request"},
		{[]string{"response_mode", "fragment"}, "invalid_request"},
		{[]string{"response_mode", "form_post"}, "invalid_request"},
		{[]string{"code_challenge", "-"}, "invalid_request"},
		{[]string{"code_challenge_method", "-"}, "invalid_request"},
		{[]string{"code_challenge_method", "plain"}, "invalid_request"},
		{[]string{"code_challenge_method", "s256"}, "invalid_request"},
		{[]string{"code_challenge", "-", "code_challenge_method", "-"}, "invalid_request"},
		{[]string{"code_challenge", "kurz"}, "invalid_request"},
		{[]string{"state", strings.Repeat("s", 513)}, "invalid_request"},
	} {
		q := answer(t, h.signedIn(2).open(authorizeURL(ask("portale", c.pairs...))))
		if q.Get("error") != c.want || q.Get("iss") != h.url || q.Get("code") != "" {
			t.Errorf("%v: %v", c.pairs, q)
		}
	}
	if reached {
		t.Error("request_uri was fetched")
	}
}

func TestACodeIsGoodForItsOwnerAndItsVerifierOnly(t *testing.T) {
	cases := []struct {
		name, client string
		form         func(code string) url.Values
		want         string
	}{
		{"wrong verifier", "portale", func(c string) url.Values {
			return exchangeForm("portale", c, "code_verifier", strings.Repeat("a", 43))
		}, "invalid_grant"},
		{"no verifier", "portale", func(c string) url.Values { return exchangeForm("portale", c, "code_verifier", "-") }, "invalid_grant"},
		{"the challenge as verifier", "portale", func(c string) url.Values { return exchangeForm("portale", c, "code_verifier", challenge) }, "invalid_grant"},
		{"another redirect address", "portale", func(c string) url.Values {
			return exchangeForm("portale", c, "redirect_uri", redirectOf("vecchio"))
		}, "invalid_grant"},
		{"no redirect address", "portale", func(c string) url.Values { return exchangeForm("portale", c, "redirect_uri", "-") }, "invalid_grant"},
		{"another client", "vecchio", func(c string) url.Values { return exchangeForm("vecchio", c, "redirect_uri", redirectOf("portale")) }, "invalid_grant"},
		{"a public client", "app", func(c string) url.Values { return exchangeForm("app", c, "redirect_uri", redirectOf("portale")) }, "invalid_grant"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			code := h.codeFor("portale")
			if got := h.redeem(c.client, c.form(code)); got.Error != c.want || got.Status != http.StatusBadRequest || got.AccessToken != "" {
				t.Fatalf("%+v", got)
			}
			if got := h.redeem("portale", exchangeForm("portale", code)); got.Error != "invalid_grant" {
				t.Errorf("after a failed try the code is burnt: %+v", got)
			}
		})
	}
	h := newHouse(t)
	for name, code := range map[string]string{
		"nonsense": "x", "empty": "", "another purpose": h.seal(t, "journey"), "changed": h.codeFor("portale") + "A", "not base64": "§",
	} {
		if got := h.redeem("portale", exchangeForm("portale", code)); got.Status != http.StatusBadRequest || got.AccessToken != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, grant := range []string{"password", "client_credentials", "refresh_token", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", ""} {
		if got := h.redeem("portale", exchangeForm("portale", "x", "grant_type", grant)); got.Error != "unsupported_grant_type" || got.Status != http.StatusBadRequest {
			t.Errorf("%s: %+v", grant, got)
		}
	}
}

func (h *house) seal(t *testing.T, purpose string) string {
	t.Helper()
	s, err := h.ring.Seal(purpose, time.Now().Add(time.Hour), []byte(`{"i":"x","c":"portale"}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAnOldCodeIsRefused(t *testing.T) { // ASVS 10.4.3
	h := newHouse(t)
	code := h.codeFor("portale")
	h.open(func() time.Time { return time.Now().Add(61 * time.Second) })
	if got := h.redeem("portale", exchangeForm("portale", code)); got.Error != "invalid_grant" || !h.wasRefused("sealed_expired") {
		t.Errorf("%+v", got)
	}
}

func TestASecondUseIsRefusedAndLaterOnRevokesTheTokens(t *testing.T) { // RFC 6749 4.1.2, ASVS 10.4.2
	h := newHouse(t)
	code := h.codeFor("portale")
	first := h.redeem("portale", exchangeForm("portale", code))
	if again := h.redeem("portale", exchangeForm("portale", code)); again.Error != "invalid_grant" || again.AccessToken != "" || !h.wasRefused("code_replayed") {
		t.Fatalf("%+v", again)
	}
	if status, _ := h.userinfo(first.AccessToken); status != http.StatusOK {
		t.Error("a retry in the same instant leaves the tokens alone")
	}
	h.open(func() time.Time { return time.Now().Add(30 * time.Second) })
	if again := h.redeem("portale", exchangeForm("portale", code)); again.Error != "invalid_grant" {
		t.Fatalf("%+v", again)
	}
	if status, _ := h.userinfo(first.AccessToken); status != http.StatusUnauthorized {
		t.Error("a second use half a minute later revokes the tokens")
	}
}

func TestClientsProveThemselvesInTheRegisteredWayOnly(t *testing.T) {
	h := newHouse(t)
	code := h.codeFor("portale")
	post := func(form url.Values, user, password string) tokens {
		r := httptest.NewRequest(http.MethodPost, h.url+oidcop.TokenPath, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if user != "" {
			r.SetBasicAuth(user, password)
		}
		return h.tokenAnswer(r)
	}
	form := func(pairs ...string) url.Values { return exchangeForm("portale", code, pairs...) }
	for name, got := range map[string]tokens{
		"wrong secret":      post(form(), "portale", "sbagliato"),
		"the hash itself":   post(form(), "portale", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
		"no secret":         post(form(), "portale", ""),
		"unknown client":    post(form(), "ignoto", secret),
		"in the body":       post(form("client_id", "portale", "client_secret", secret), "", ""),
		"both":              post(form("client_secret", secret), "portale", secret),
		"nothing":           post(form(), "", ""),
		"as public client":  post(form("client_id", "portale"), "", ""),
		"two names":         post(form("client_id", "vecchio"), "portale", secret),
		"basic for post":    post(exchangeForm("portale", code), "vecchio", secret),
		"secret for public": post(form("client_id", "app", "client_secret", "x"), "", ""),
	} {
		if got.Status != http.StatusUnauthorized || got.Error != "invalid_client" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := post(form(), "portale", "sbagliato"); got.header.Get("WWW-Authenticate") == "" {
		t.Error("a refused header is answered with WWW-Authenticate")
	}
	if got := post(form(), "portale", secret); got.Status != http.StatusOK {
		t.Errorf("refused clients do not burn the code: %+v", got)
	}
}

func TestAssertionsAreOfTheRegisteredKeyAndAlgorithm(t *testing.T) { // RFC 7523, ASVS 9
	h := newHouse(t)
	fresh := func(change func(map[string]any)) map[string]any {
		claims := map[string]any{"iss": "chiavi", "sub": "chiavi", "aud": h.url, "exp": time.Now().Add(time.Minute).Unix(), "jti": fmt.Sprint(time.Now().UnixNano())}
		if change != nil {
			change(claims)
		}
		return claims
	}
	try := func(assertion string) tokens {
		return h.redeem("chiavi", exchangeForm("chiavi", h.codeFor("chiavi"), "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", assertion))
	}
	good := signAssertion(t, fresh(nil), nil)
	if got := try(good); got.Status != http.StatusOK {
		t.Fatalf("a good assertion: %+v", got)
	}
	if got := try(good); got.Error != "invalid_client" || !h.wasRefused("assertion_replayed") {
		t.Errorf("an assertion is good once: %+v", got)
	}
	der, _ := json.Marshal(assertionKey().Public())
	hs := func(key []byte) string {
		return forge(map[string]any{"alg": "HS256", "kid": "chiave-1"}, fresh(nil), key)
	}
	for name, assertion := range map[string]string{
		"alg none":          forge(map[string]any{"alg": "none"}, fresh(nil), nil),
		"alg None":          forge(map[string]any{"alg": "None", "kid": "chiave-1"}, fresh(nil), nil),
		"alg nOnE":          forge(map[string]any{"alg": "nOnE", "kid": "chiave-1"}, fresh(nil), nil),
		"HS256 public key":  hs([]byte(publicSet(t, assertionKey()))),
		"HS256 json of key": hs(der),
		"HS256 secret":      hs([]byte(secret)),
		"RS256":             signWith(t, fresh(nil), h.pairs.RS256.Signing().Signer, jose.RS256),
		"key in the header": embeddedKey(t, fresh(nil), h.pairs.ES256.Signing().Signer),
		"kid of a path":     signAssertion(t, fresh(nil), map[jose.HeaderKey]any{"kid": "../../etc/passwd"}),
		"unknown crit":      signAssertion(t, fresh(nil), map[jose.HeaderKey]any{"crit": []string{"x"}, "x": true}),
		"jku":               signWith(t, fresh(nil), h.pairs.ES256.Signing().Signer, jose.ES256),
		"another audience":  signAssertion(t, fresh(func(c map[string]any) { c["aud"] = "https://evil.example" }), nil),
		"no audience":       signAssertion(t, fresh(func(c map[string]any) { delete(c, "aud") }), nil),
		"another subject":   signAssertion(t, fresh(func(c map[string]any) { c["sub"] = "portale" }), nil),
		"another issuer":    signAssertion(t, fresh(func(c map[string]any) { c["iss"] = "portale" }), nil),
		"expired":           signAssertion(t, fresh(func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() }), nil),
		"for ever":          signAssertion(t, fresh(func(c map[string]any) { c["exp"] = time.Now().Add(24 * time.Hour).Unix() }), nil),
		"no expiry":         signAssertion(t, fresh(func(c map[string]any) { delete(c, "exp") }), nil),
		"no jti":            signAssertion(t, fresh(func(c map[string]any) { delete(c, "jti") }), nil),
		"long jti":          signAssertion(t, fresh(func(c map[string]any) { c["jti"] = strings.Repeat("j", 200) }), nil),
		"from the future":   signAssertion(t, fresh(func(c map[string]any) { c["nbf"] = time.Now().Add(time.Hour).Unix() }), nil),
		"nonsense":          "a.b.c",
		"empty parts":       "..",
	} {
		if got := try(assertion); got.Status != http.StatusUnauthorized || got.Error != "invalid_client" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTokensOfAnotherKindOpenNothing(t *testing.T) { // ASVS 9.2.2
	h := newHouse(t)
	got := h.redeem("portale", exchangeForm("portale", h.codeFor("portale")))
	claims := map[string]any{"iss": h.url, "sub": "x", "client_id": "portale", "scope": "openid", "grant_id": "x", "exp": time.Now().Add(time.Minute).Unix()}
	for name, token := range map[string]string{
		"ID token": got.IDToken, "alg none": forge(map[string]any{"alg": "none"}, claims, nil),
		"HS256":                     forge(map[string]any{"alg": "HS256", "kid": h.pairs.ES256.Signing().KeyID}, claims, []byte("x")),
		"a grant that is not there": signWithHeader(t, claims, h.pairs.ES256.Signing().Signer, jose.ES256, map[jose.HeaderKey]any{"kid": h.pairs.ES256.Signing().KeyID}),
		"foreign key":               signAssertion(t, claims, nil), "nonsense": "x", "long": strings.Repeat("x", 5000),
	} {
		if status, _ := h.userinfo(token); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
}

func signAssertion(t *testing.T, claims map[string]any, header map[jose.HeaderKey]any) string {
	t.Helper()
	if header == nil {
		header = map[jose.HeaderKey]any{"kid": "chiave-1"}
	}
	return signWithHeader(t, claims, assertionKey(), jose.ES256, header)
}

func signWith(t *testing.T, claims map[string]any, key crypto.Signer, alg jose.SignatureAlgorithm) string {
	t.Helper()
	return signWithHeader(t, claims, key, alg, map[jose.HeaderKey]any{"kid": "chiave-1", "jku": "https://evil.example/jwks"})
}

func signWithHeader(t *testing.T, claims map[string]any, key crypto.Signer, alg jose.SignatureAlgorithm, header map[jose.HeaderKey]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func embeddedKey(t *testing.T, claims map[string]any, key crypto.Signer) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, &jose.SignerOptions{EmbedJWK: true})
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// forge writes a token by hand, with an HMAC or no signature.
func forge(header, claims map[string]any, key []byte) string {
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	text := part(header) + "." + part(claims)
	if key == nil {
		return text + "."
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
