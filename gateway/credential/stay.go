package credential

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/gateway/account"
	"atrio/web"
)

// StayStore keeps the browsers in which people stay; gatewaydb has one. That a stay
// begins is part of the commit that opens the session (account.PasswordVisit).
type StayStore interface {
	// FindStay finds a stay that has not expired and whose password is still the
	// account's, with that account; found is false for others.
	FindStay(ctx context.Context, hash []byte, now time.Time) (s account.Stay, c Credential, found bool, err error)
	// ForgetStay ends the stay of a browser, with its audit line; none is no error.
	ForgetStay(ctx context.Context, hash []byte, ev audit.Event) error
}

// Stays is "Resta connesso": it keeps the password for a browser, never what another
// door said, and only for people who have a second factor, which is asked all the same.
// It ends with its time, with the password, with every event that ends the sessions of
// an account, at a logout in that browser, and by its owner's hand. // G1.3
type Stays struct {
	Site  *web.Site
	Store StayStore
	// Life is how long a stay lasts; 0: nobody stays.
	Life time.Duration
	// SecondFactor tells whether an account has a second factor.
	SecondFactor func(ctx context.Context, accountID string) (bool, error)
	Now          func() time.Time
}

const (
	stayCookie = "stay"
	staySecret = 32
)

// Begin makes a stay for somebody who typed a password, with its secret. Nothing is
// stored. offered is false for who has no second factor.
func (s *Stays) Begin(r *http.Request, p Proof) (stay *account.Stay, secret string, offered bool, err error) {
	if s.Life <= 0 || s.SecondFactor == nil {
		return nil, "", false, nil
	}
	if has, err := s.SecondFactor(r.Context(), p.Account.ID); err != nil || !has {
		return nil, "", false, err
	}
	var raw [staySecret]byte
	rand.Read(raw[:]) //nolint:errcheck // never fails since Go 1.24
	now := s.Now()
	secret = base64.RawURLEncoding.EncodeToString(raw[:])
	stay = &account.Stay{
		Hash: hashOf(secret), Handle: rand.Text(), AccountID: p.Account.ID, PasswordAt: p.SetAt, TypedAt: now, ExpiresAt: now.Add(s.Life),
		UserAgent: web.UserAgent(r), Address: web.ClientAddr(r).String(),
	}
	return stay, secret, true, nil
}

// Keep gives the secret to the browser, beyond its end.
func (s *Stays) Keep(w http.ResponseWriter, secret string) {
	s.Site.SetCookie(w, stayCookie, secret, web.CookieOptions{MaxAge: int(s.Life.Seconds())})
}

// Find gives the proof that a browser keeps; found is false when it keeps none.
func (s *Stays) Find(r *http.Request) (p Proof, found bool, err error) {
	hash, kept := s.hash(r)
	if !kept || s.Life <= 0 {
		return Proof{}, false, nil
	}
	stay, c, found, err := s.Store.FindStay(r.Context(), hash, s.Now())
	if err != nil || !found {
		return Proof{}, false, err
	}
	return Proof{Account: c.Account, SetAt: c.SetAt, TypedAt: stay.TypedAt}, true, nil
}

// Forget ends the stay of this browser.
func (s *Stays) Forget(w http.ResponseWriter, r *http.Request, ev audit.Event) error {
	hash, kept := s.hash(r)
	if !kept {
		return nil
	}
	s.Site.ClearCookie(w, stayCookie, web.CookieOptions{})
	return s.Store.ForgetStay(r.Context(), hash, ev)
}

func (s *Stays) hash(r *http.Request) ([]byte, bool) {
	secret, ok := s.Site.Cookie(r, stayCookie)
	if !ok || len(secret) != base64.RawURLEncoding.EncodedLen(staySecret) {
		return nil, false
	}
	return hashOf(secret), true
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
