package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"atrio/base/fault"
)

// Session is one signed-in browser.
type Session struct {
	// Hash is the SHA-256 of the secret in the cookie: a stolen table opens no
	// session.
	Hash []byte
	// Handle is the public name of the session, for lists and for ending it.
	Handle  string
	Subject string // account id
	// CreatedAt, SeenAt and ExpiresAt are calendar time; ExpiresAt is absolute.
	CreatedAt, SeenAt, ExpiresAt time.Time
	// Method, ACR, AMR and AuthTime say how and when the person was recognised.
	Method, ACR string
	AMR         []string
	AuthTime    time.Time
	// UserAgent and Address help a person to recognise the session in the list.
	UserAgent, Address string
	// Data is for the product: small, no secrets.
	Data map[string]string
}

// SessionStore keeps sessions. FindSession, EndSession and TouchSession take
// the hash; a session that is unknown, ended or past ExpiresAt is fault.NotFound.
type SessionStore interface {
	FindSession(ctx context.Context, hash []byte, now time.Time) (*Session, error)
	TouchSession(ctx context.Context, hash []byte, now time.Time) error
	EndSession(ctx context.Context, hash []byte, now time.Time) error
	ListSessions(ctx context.Context, subject string, now time.Time) ([]Session, error)
	EndSessionByHandle(ctx context.Context, subject, handle string, now time.Time) error
}

// Sessions makes, finds and ends the sessions of one role.
type Sessions struct {
	Store SessionStore
	Role  string
	Now   func() time.Time
	// Idle is the longest time between two requests, Absolute the longest life.
	Idle, Absolute time.Duration
	// Secure is set when the site is reached over https.
	Secure bool
	// Kinds are the sorts of sessions beside the ordinary one; optional.
	Kinds []SessionKind
}

// secretBytes is the size of a session secret: 256 bits.
const secretBytes = 32

// New makes a session and its secret. It stores nothing: the product inserts
// the session in the transaction in which the person was recognised, and then
// calls SetCookie. A session is always new, never a renamed older one, so that
// nobody can be given one in advance.
func (s *Sessions) New(r *http.Request, subject, method, acr string, amr []string, authTime time.Time) (session Session, secret string) {
	secret, handle := randomText(secretBytes), randomText(12)
	now := s.Now()
	return Session{
		Hash: hashSecret(secret), Handle: handle, Subject: subject,
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.kind(subject).Absolute),
		Method: method, ACR: acr, AMR: amr, AuthTime: authTime,
		UserAgent: UserAgent(r), Address: ClientAddr(r).String(),
	}, secret
}

// UserAgent is what a browser says of itself, as it is kept to be recognised in a list.
func UserAgent(r *http.Request) string { return cut(r.UserAgent(), 200) }

// SetCookie gives the secret to the browser, until the browser is closed.
func (s *Sessions) SetCookie(w http.ResponseWriter, secret string) {
	http.SetCookie(w, s.cookie(secret, 0))
}

// Clear ends the session of the request in the store and takes the cookie away.
func (s *Sessions) Clear(w http.ResponseWriter, r *http.Request) error {
	http.SetCookie(w, s.cookie("", -1))
	c, err := r.Cookie(s.cookieName())
	if err != nil {
		return nil
	}
	visitOf(r).session = nil
	return s.Store.EndSession(r.Context(), hashSecret(c.Value), s.Now())
}

// Begin gives the browser a stored session in place of the one it had, which ends; from
// here on the new one is the visitor's.
func (s *Sessions) Begin(w http.ResponseWriter, r *http.Request, next Session, secret string) error {
	if err := s.Clear(w, r); err != nil {
		return err
	}
	s.SetCookie(w, secret)
	visitOf(r).session = &next
	return nil
}

// List gives the open sessions of a subject.
func (s *Sessions) List(ctx context.Context, subject string) ([]Session, error) {
	return s.Store.ListSessions(ctx, subject, s.Now())
}

// End ends one session of a subject by its public handle.
func (s *Sessions) End(ctx context.Context, subject, handle string) error {
	return s.Store.EndSessionByHandle(ctx, subject, handle, s.Now())
}

// find looks up the session of a request: nil without a valid one.
func (s *Sessions) find(r *http.Request) (*Session, error) {
	c, err := r.Cookie(s.cookieName())
	if err != nil || len(c.Value) != base64.RawURLEncoding.EncodedLen(secretBytes) {
		return nil, nil
	}
	now, hash := s.Now(), hashSecret(c.Value)
	found, err := s.Store.FindSession(r.Context(), hash, now)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !s.serves(r, found.Subject):
		return nil, nil // it goes on where it belongs
	case !now.Before(found.SeenAt.Add(s.kind(found.Subject).Idle)) || !now.Before(found.ExpiresAt):
		return nil, s.Store.EndSession(r.Context(), hash, now)
	case now.Sub(found.SeenAt) >= touchEvery(s.kind(found.Subject).Idle):
		// One write per interval, not per page: reading must stay free of commits.
		if err := s.Store.TouchSession(r.Context(), hash, now); err != nil {
			return nil, err
		}
		found.SeenAt = now
	}
	return found, nil
}

// touchEvery is how exact SeenAt needs to be.
func touchEvery(idle time.Duration) time.Duration { return min(idle/10, 5*time.Minute) }

func (s *Sessions) cookieName() string { return prefixed(CookieName(s.Role, "session"), s.Secure) }

func (s *Sessions) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
	}
}

// SignedIn is the guard of pages that need a session. Others are led to the
// login address that loginURL makes of the request; JSON clients get 401.
func SignedIn(loginURL func(r *http.Request) string) Guard {
	return func(next HandlerFunc) HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			switch {
			case CurrentSession(r) != nil:
				return next(w, r)
			case wantsJSON(r):
				return fault.New(fault.Unauthenticated, "error.unauthenticated").For("no_session")
			}
			return Redirect(w, r, loginURL(r))
		}
	}
}

// findSession looks up the session of the visit once.
func (s *Site) findSession(r *http.Request) error {
	if s.Sessions == nil {
		return nil
	}
	found, err := s.Sessions.find(r)
	visitOf(r).session = found
	return err
}

func hashSecret(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

func randomText(n int) string {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b)
}

// cut shortens a foreign text to n bytes of valid UTF-8 without control characters.
func cut(s string, n int) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}
