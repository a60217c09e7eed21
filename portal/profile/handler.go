package profile

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"time"

	"atrio/base/fault"
	"atrio/portal/portrait"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package.
func Pages() ui.Pages { return ui.Pages{Name: "profile", FS: files} }

// Handler serves the first entry and the profile page.
type Handler struct {
	Site  *web.Site
	Store Store
	Now   func() time.Time
	// Studio draws the pictures that people send.
	Studio *portrait.Studio
}

// Mount names the addresses.
func (h *Handler) Mount(m *web.Mux) {
	signedIn := web.SignedIn(LoginURL)
	m.Get("/profile", h.showProfile, signedIn)
	m.Post("/profile", h.saveProfile, signedIn, web.MaxBody(maxUpload))
	m.Get("/profile/picture", h.picture, signedIn)
	m.Get("/welcome/terms", h.showTerms, signedIn, h.afterProfile)
	m.Post("/welcome/terms", h.acceptTerms, signedIn, h.afterProfile)
	m.Get("/privacy", h.document(Privacy))
	m.Get("/terms", h.document(Terms))
}

// LoginURL leads to the login page and back to the page that was asked for.
func LoginURL(r *http.Request) string { return withReturn("/login", asked(r)) }

// asked is the page to come back to. Every address behind a guard that takes a
// POST can be opened with GET too: the page of its form, or the way there.
func asked(r *http.Request) string {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return returnTo(r.URL.EscapedPath())
	}
	return returnTo(r.URL.RequestURI())
}

func withReturn(address, back string) string { return address + "?return=" + url.QueryEscape(back) }

// Complete is the guard of pages that need a finished first entry: whoever has
// not finished is led to the next step and then back here.
func (h *Handler) Complete(next web.HandlerFunc) web.HandlerFunc {
	return web.SignedIn(LoginURL)(func(w http.ResponseWriter, r *http.Request) error {
		l, err := h.load(r)
		if err != nil {
			return err
		}
		step, err := h.step(r.Context(), l)
		switch {
		case err != nil:
			return err
		case step == StepDone:
			return next(w, r)
		}
		return web.Redirect(w, r, withReturn(step.address(), asked(r)))
	})
}

// AfterEntry says where a person goes: to the step that is missing, and from
// there back; or back at once.
func (h *Handler) AfterEntry(ctx context.Context, l Learner, back string) (string, error) {
	step, err := h.step(ctx, l)
	if err != nil || step == StepDone {
		return back, err
	}
	return withReturn(step.address(), back), nil
}

func (h *Handler) step(ctx context.Context, l Learner) (Step, error) {
	accepted, err := h.Store.Accepted(ctx, l.ID)
	return Next(l, accepted, h.Now()), err
}

// load gives the person of the session.
func (h *Handler) load(r *http.Request) (Learner, error) {
	return h.Store.Learner(r.Context(), web.CurrentSession(r).Subject)
}

// proceed leads to the next step, or to where the person wanted to go.
func (h *Handler) proceed(w http.ResponseWriter, r *http.Request, back string) error {
	l, err := h.load(r)
	if err != nil {
		return err
	}
	to, err := h.AfterEntry(r.Context(), l, back)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, to)
}

// returnTo is the local page to go to when the steps are done.
func returnTo(value string) string { return web.LocalPath(value, "/dashboard") }

// errUnderAge has a way on: a parent writes to the support.
func errUnderAge() error {
	return fault.New(fault.Denied, "profile.underage").For("under_age").
		Offer("profile.underage.contact", "/help#contact").Offer("profile.underage.home", "/")
}
