// Package shop is the issuer's shop of the demonstration: some customers, a login page of
// its own, and the two calls by which the identity provider asks. It keeps its own
// passwords and tells the provider before it changes one (docs/decisions/0036).
//
// Everything is in memory: customers are as new after a start.
package shop

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"embed"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"atrio/base/setting"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of the shop.
func Pages() ui.Pages { return ui.Pages{Name: "shop", FS: files} }

// Path is where the shop stands on the desk.
const Path = "/shop"

// Seed is a customer as the demonstration begins.
type Seed struct{ ID, Email, Password string }

// Seeds are fictitious customers: the password of the second is too weak for SPID.
func Seeds() []Seed {
	return []Seed{
		{"cliente-1", "bruna.cliente@example.org", "Lampada-4-gialla"},
		{"cliente-2", "carlo.cliente@example.org", "carlo1"},
	}
}

// Hasher hashes passwords at a bounded rate; authn/password has one.
type Hasher interface {
	Hash(ctx context.Context, password string) (phc string, err error)
	Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error)
	VerifyDummy(ctx context.Context, password string) error
}

// customer is one of them. Age grows with each change of the password: sessions of an
// older one are over.
type customer struct {
	id, email, phc string
	age            int
	// linked: the provider knows the customer, so it has to be told.
	linked bool
}

// Shop serves pages and calls.
type Shop struct {
	Site   *web.Site
	Hasher Hasher
	// Secret proves the provider here, and the shop there.
	Secret setting.Secret
	// Provider is the address of the call that tells a changed password.
	Provider string
	HTTP     *http.Client
	Now      func() time.Time

	mu        sync.Mutex
	customers map[string]*customer // by address
}

// Plant takes the customers in.
func (s *Shop) Plant(ctx context.Context, seeds ...Seed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.customers = map[string]*customer{}
	for _, seed := range seeds {
		phc, err := s.Hasher.Hash(ctx, seed.Password)
		if err != nil {
			return err
		}
		s.customers[seed.Email] = &customer{id: seed.ID, email: seed.Email, phc: phc}
	}
	return nil
}

// Mount names the addresses.
func (s *Shop) Mount(m *web.Mux) {
	m.Get(Path, s.show)
	m.Post(Path, s.login)
	m.Post(Path+"/password", s.change)
	m.Post(Path+"/logout", s.logout)
	m.Post(Path+"/api/check", s.apiCheck, web.MaxBody(maxBody))
	m.Post(Path+"/api/password", s.apiPassword, web.MaxBody(maxBody))
}

const maxBody = 4 << 10

// find gives a copy of the customer with an address, or with an id.
func (s *Shop) find(key string) (customer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.customers[strings.ToLower(strings.TrimSpace(key))]; c != nil {
		return *c, true
	}
	for _, c := range s.customers {
		if c.id == key {
			return *c, true
		}
	}
	return customer{}, false
}

// set stores another password; link tells that it is the provider's too from now on.
func (s *Shop) set(email, phc string, link bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.customers[email]
	c.phc, c.linked = phc, c.linked || link
	c.age++
}

// right finds who has that password. It costs the same for an address of nobody.
func (s *Shop) right(ctx context.Context, email, password string) (customer, bool, error) {
	c, found := s.find(email)
	if !found {
		return c, false, s.Hasher.VerifyDummy(ctx, password)
	}
	ok, _, err := s.Hasher.Verify(ctx, c.phc, password)
	return c, ok, err
}

// apiCheck is the provider's question who has these credentials.
func (s *Shop) apiCheck(w http.ResponseWriter, r *http.Request) error {
	var call struct{ User, Password string }
	if !s.called(w, r, &call) {
		return nil
	}
	c, ok, err := s.right(r.Context(), call.User, call.Password)
	switch {
	case err != nil:
		return err
	case !ok:
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	s.mu.Lock()
	s.customers[c.email].linked = true
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]string{"id": c.id, "email": c.email})
}

// apiPassword takes the password that a customer chose at the provider.
func (s *Shop) apiPassword(w http.ResponseWriter, r *http.Request) error {
	var call struct{ Customer, Password string }
	if !s.called(w, r, &call) {
		return nil
	}
	c, found := s.find(call.Customer)
	if !found {
		w.WriteHeader(http.StatusNotFound)
		return nil
	}
	phc, err := s.Hasher.Hash(r.Context(), call.Password)
	if err != nil {
		return err
	}
	s.set(c.email, phc, true)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// called reads a call of who knows the secret.
func (s *Shop) called(w http.ResponseWriter, r *http.Request, into any) bool {
	given, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(s.Secret.Reveal()))
	if !found || s.Secret == "" || subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
		w.WriteHeader(http.StatusUnauthorized)
		return false
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || json.Unmarshal(raw, into) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return false
	}
	return true
}
