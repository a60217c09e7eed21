package shop

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/web"
	"atrio/web/ui"
)

// view is the view of "shop/shop".
type view struct {
	ui.Errors
	// Email is who is signed in; "" for nobody. Typed is what was written in the form.
	Email, Typed string
	Linked       bool
	Least        int
}

// least is what the shop asks of a password: less than SPID does.
const least = 6

const (
	sessionCookie  = "shop"
	sessionPurpose = "demo.shop"
	sessionLife    = time.Hour
)

// session is who is signed in at the shop; it ends when the password changes.
type session struct {
	Email string `json:"e"`
	Age   int    `json:"a"`
}

func (s *Shop) signIn(w http.ResponseWriter, c customer) error {
	raw, err := json.Marshal(session{c.email, c.age})
	if err != nil {
		return err
	}
	sealed, err := s.Site.Keyring.Seal(sessionPurpose, s.Now().Add(sessionLife), raw)
	if err == nil {
		s.Site.SetCookie(w, sessionCookie, sealed, web.CookieOptions{})
	}
	return err
}

// current is the customer of this browser.
func (s *Shop) current(r *http.Request) (customer, bool) {
	sealed, _ := s.Site.Cookie(r, sessionCookie)
	raw, err := s.Site.Keyring.Open(sessionPurpose, s.Now(), sealed)
	var in session
	if err != nil || json.Unmarshal(raw, &in) != nil {
		return customer{}, false
	}
	c, found := s.find(in.Email)
	return c, found && c.age == in.Age
}

func (s *Shop) show(w http.ResponseWriter, r *http.Request) error {
	return s.page(w, r, http.StatusOK, view{})
}

func (s *Shop) page(w http.ResponseWriter, r *http.Request, status int, v view) error {
	if c, in := s.current(r); in {
		v.Email, v.Linked = c.email, c.linked
	}
	v.Least = least
	return s.Site.Page(w, r, status, "shop/shop", v)
}

func (s *Shop) login(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	email, secret := f.Text("email", web.Required), f.Secret("password")
	if f.OK() {
		c, ok, err := s.right(r.Context(), email, secret)
		if err != nil {
			return err
		}
		if ok {
			if err := s.signIn(w, c); err != nil {
				return err
			}
			return web.Redirect(w, r, Path)
		}
		f.Fail("password", "shop.wrong")
	}
	return s.page(w, r, http.StatusUnprocessableEntity, view{Errors: f.Errors, Typed: email})
}

func (s *Shop) logout(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	s.Site.ClearCookie(w, sessionCookie, web.CookieOptions{})
	return web.Redirect(w, r, Path)
}

// change takes another password. Where the provider has the customer too, it is asked
// first and may refuse; only then it is changed here. All sessions end. // E21
func (s *Shop) change(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c, in := s.current(r)
	if !in {
		return web.Redirect(w, r, Path)
	}
	old, fresh := f.Secret("old"), f.Secret("new")
	if f.OK() && len([]rune(fresh)) < least {
		f.Fail("new", "shop.short", "least", least)
	}
	if f.OK() {
		if _, ok, err := s.right(r.Context(), c.email, old); err != nil {
			return err
		} else if !ok {
			f.Fail("old", "shop.old")
		}
	}
	if f.OK() && c.linked {
		key, err := s.tell(r.Context(), c.id, old, fresh)
		if err != nil {
			return err
		}
		if key != "" {
			f.Fail("new", key)
		}
	}
	if !f.OK() {
		return s.page(w, r, http.StatusUnprocessableEntity, view{Errors: f.Errors})
	}
	phc, err := s.Hasher.Hash(r.Context(), fresh)
	if err != nil {
		return err
	}
	s.set(c.email, phc, false)
	s.Site.ClearCookie(w, sessionCookie, web.CookieOptions{})
	s.Site.Notice(w, "shop.notice.changed")
	return web.Redirect(w, r, Path)
}

// tell asks the provider to take the new password. The key says why it does not; a
// customer whose request ended meanwhile is the shop's alone.
func (s *Shop) tell(ctx context.Context, id, old, fresh string) (key string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	body, err := json.Marshal(map[string]string{"customer": id, "old": old, "new": fresh})
	if err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Provider, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.Secret.Reveal())
	client := s.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(r)
	if err != nil {
		return "", fault.New(fault.Unavailable, "error.unavailable").For("provider_silent").Because(err)
	}
	res.Body.Close()
	switch res.StatusCode {
	case http.StatusNoContent, http.StatusNotFound:
		return "", nil
	case http.StatusUnprocessableEntity:
		return "shop.rules", nil
	case http.StatusForbidden:
		return "shop.apart", nil
	case http.StatusTooManyRequests:
		return "shop.wait", nil
	}
	return "", fault.New(fault.Unavailable, "error.unavailable").For("provider_answer")
}
