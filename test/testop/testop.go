// Package testop is a small OpenID Provider for tests of a relying party: it
// signs with ES256, checks PKCE and the client's secret, redeems a code once,
// and can be told to misbehave. Everybody is signed in already: the
// authorization endpoint answers at once.
//
// It is no model for a provider; Atrio's own is gateway/oidcop.
package testop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Server is a running provider. The exported fields may be changed between
// requests; when one was broken off, by Change, since it may still be running.
type Server struct {
	URL string
	// ClientID, Secret and RedirectURI are the registration of the one client;
	// AfterLogout is where people may be sent after the logout.
	ClientID, Secret, RedirectURI, AfterLogout string
	// Now is token time.
	Now func() time.Time
	// Person is what userinfo answers; "sub" is in it.
	Person map[string]any

	// Down breaks every connection off.
	Down bool
	// Answer changes what the browser brings back.
	Answer func(q url.Values)
	// Claims changes the ID token before it is signed, Sign replaces the signing.
	Claims func(claims map[string]any)
	Sign   func(claims map[string]any) string
	// UserInfo changes what the userinfo endpoint says.
	UserInfo func(claims map[string]any)
	// Document changes the discovery document.
	Document func(doc map[string]any)
	// Instead replaces the answer of a path.
	Instead map[string]http.HandlerFunc

	serving sync.RWMutex

	mu    sync.Mutex
	key   *ecdsa.PrivateKey
	keyID string
	codes map[string]code
	calls map[string]int
	ended []url.Values
}

// code is what a code stands for until it is redeemed.
type code struct{ nonce, challenge, redirect string }

// Start runs a provider until the end of the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		ClientID: "portal", Secret: "a secret: with + and %", Now: time.Now,
		Person: map[string]any{"sub": "subject-1", "name": "Bianca Esempio", "email": "bianca@example.test"},
		codes:  map[string]code{}, calls: map[string]int{}, Instead: map[string]http.HandlerFunc{},
	}
	s.Rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.document)
	mux.HandleFunc("GET /jwks", s.jwks)
	mux.HandleFunc("GET /authorize", s.authorize)
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("GET /userinfo", s.userinfo)
	mux.HandleFunc("GET /logout", s.logout)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serving.RLock()
		defer s.serving.RUnlock()
		s.mu.Lock()
		s.calls[r.URL.Path]++
		s.mu.Unlock()
		switch instead := s.Instead[r.URL.Path]; {
		case s.Down:
			panic(http.ErrAbortHandler)
		case instead != nil:
			instead(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	}))
	s.URL = server.URL
	t.Cleanup(server.Close)
	return s
}

// Change changes the fields when no request is running.
func (s *Server) Change(change func()) {
	s.serving.Lock()
	defer s.serving.Unlock()
	change()
}

// Rotate replaces the signing key; the old one is published no more.
func (s *Server) Rotate() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the random source of the machine is broken
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.keyID = key, rand.Text()
}

// Calls tells how often a path was asked for.
func (s *Server) Calls(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[path]
}

// Ended gives the queries of the logouts so far.
func (s *Server) Ended() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]url.Values(nil), s.ended...)
}

// Subject is the subject of an ID token of ours, "" when it is none.
func (s *Server) Subject(token string) string {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return ""
	}
	s.mu.Lock()
	payload, err := jws.Verify(s.key.Public())
	s.mu.Unlock()
	var claims struct {
		Subject string `json:"sub"`
	}
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		return ""
	}
	return claims.Subject
}

// PublicKey is the public point as bytes, for tests that misuse it as a secret.
func (s *Server) PublicKey() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.key.PublicKey.Bytes()
	if err != nil {
		panic(err) // a key of ours is on its curve
	}
	return b
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // a client that went away is no matter
}
