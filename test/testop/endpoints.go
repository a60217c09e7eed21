package testop

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

func (s *Server) document(w http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{
		"issuer": s.URL, "authorization_endpoint": s.URL + "/authorize", "token_endpoint": s.URL + "/token",
		"userinfo_endpoint": s.URL + "/userinfo", "jwks_uri": s.URL + "/jwks", "end_session_endpoint": s.URL + "/logout",
		"id_token_signing_alg_values_supported": []string{"ES256", "RS256", "HS256", "none"}, "code_challenge_methods_supported": []string{"S256"},
		"authorization_response_iss_parameter_supported": true,
	}
	if s.Document != nil {
		s.Document(doc)
	}
	answer(w, http.StatusOK, doc)
}

func (s *Server) jwks(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: s.key.Public(), KeyID: s.keyID, Algorithm: "ES256", Use: "sig"}}})
}

// authorize signs the person in at once. OIDC-core 3.1.2
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	redirect, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != s.ClientID || q.Get("redirect_uri") != s.RedirectURI {
		http.Error(w, "unknown client or redirect_uri", http.StatusBadRequest)
		return
	}
	if q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 ||
		!slices.Contains(strings.Fields(q.Get("scope")), "openid") || q.Get("state") == "" {
		http.Error(w, "not a request for a code with PKCE", http.StatusBadRequest)
		return
	}
	made := rand.Text()
	s.mu.Lock()
	s.codes[made] = code{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	s.mu.Unlock()
	back := url.Values{"code": {made}, "state": {q.Get("state")}, "iss": {s.URL}}
	if s.Answer != nil {
		s.Answer(back)
	}
	redirect.RawQuery = back.Encode()
	http.Redirect(w, r, redirect.String(), http.StatusSeeOther)
}

// token redeems a code once. RFC 6749 4.1.3, RFC 7636 4.6
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id) // RFC 6749 2.3.1
	secret, _ = url.QueryUnescape(secret)
	if id != s.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(s.Secret)) != 1 {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	s.mu.Lock()
	c, ok := s.codes[r.FormValue("code")]
	delete(s.codes, r.FormValue("code"))
	s.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || base64.RawURLEncoding.EncodeToString(challenge[:]) != c.challenge || r.FormValue("redirect_uri") != c.redirect ||
		r.FormValue("grant_type") != "authorization_code" {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	now := s.Now()
	claims := map[string]any{
		"iss": s.URL, "aud": s.ClientID, "sub": s.Person["sub"], "nonce": c.nonce, "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
		"auth_time": now.Unix(), "acr": "https://www.spid.gov.it/SpidL2", "amr": []string{"pwd", "otp"},
	}
	if s.Claims != nil {
		s.Claims(claims)
	}
	sign := s.SignedBy
	if s.Sign != nil {
		sign = s.Sign
	}
	answer(w, http.StatusOK, map[string]any{"access_token": "access-" + rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": sign(claims)})
}

// SignedBy makes an ID token with the key of this provider.
func (s *Server) SignedBy(claims map[string]any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return sign(jose.ES256, s.key, s.keyID, claims)
}

// HS256 makes a token "signed" with a shared secret.
func (s *Server) HS256(secret []byte, claims map[string]any) string {
	return sign(jose.HS256, secret, "", claims)
}

// Unsigned makes a token of the algorithm "none".
func Unsigned(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err) // the claims are maps of texts and numbers
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(payload) + "."
}

func sign(alg jose.SignatureAlgorithm, key any, keyID string, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: jose.JSONWebKey{Key: key, KeyID: keyID}}, nil)
	if err != nil {
		panic(err) // a key of our own making
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	token, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

func (s *Server) userinfo(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer access-") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	claims := maps.Clone(s.Person)
	if s.UserInfo != nil {
		s.UserInfo(claims)
	}
	answer(w, http.StatusOK, claims)
}

// logout ends the session of the hint. OIDC RP-Initiated Logout 1.0, 2
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	s.ended = append(s.ended, q)
	s.mu.Unlock()
	if q.Get("post_logout_redirect_uri") != s.AfterLogout {
		http.Error(w, "post_logout_redirect_uri is not registered", http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, s.AfterLogout, http.StatusSeeOther)
}
