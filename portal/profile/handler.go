package profile

import (
	"embed"
	"net/http"
	"net/url"
	"time"

	"atrio/base/fault"
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
}

// Mount names the addresses.
func (h *Handler) Mount(m *web.Mux) {
	signedIn := web.SignedIn(LoginURL)
	m.Get("/profile", h.showProfile, signedIn)
	m.Post("/profile", h.saveProfile, signedIn)
	m.Get("/welcome/terms", h.showTerms, signedIn)
	m.Post("/welcome/terms", h.acceptTerms, signedIn)
	m.Get("/privacy", h.document(Privacy))
	m.Get("/terms", h.document(Terms))
}

// LoginURL leads to the login page and back to the page that was asked for.
func LoginURL(r *http.Request) string {
	back := "/dashboard"
	if r.Method == http.MethodGet {
		back = r.URL.RequestURI()
	}
	return "/login?return=" + url.QueryEscape(back)
}

// Complete is the guard of pages that need a finished first entry: whoever has
// not finished is led to the next step and then back here.
func (h *Handler) Complete(next web.HandlerFunc) web.HandlerFunc {
	return web.SignedIn(LoginURL)(func(w http.ResponseWriter, r *http.Request) error {
		to, err := h.nextStep(r)
		switch {
		case err != nil:
			return err
		case to == "":
			return next(w, r)
		}
		back := "/dashboard"
		if r.Method == http.MethodGet {
			back = r.URL.RequestURI()
		}
		return web.Redirect(w, r, to+"?return="+url.QueryEscape(back))
	})
}

// nextStep is the address of the step that is missing, "" when none is.
func (h *Handler) nextStep(r *http.Request) (string, error) {
	l, accepted, err := h.load(r)
	if err != nil {
		return "", err
	}
	switch Next(l, accepted) {
	case StepProfile:
		return "/profile", nil
	case StepTerms:
		return "/welcome/terms", nil
	}
	return "", nil
}

func (h *Handler) load(r *http.Request) (Learner, map[Document]bool, error) {
	id := web.CurrentSession(r).Subject
	l, err := h.Store.Learner(r.Context(), id)
	if err != nil {
		return l, nil, err
	}
	accepted, err := h.Store.Accepted(r.Context(), id)
	return l, accepted, err
}

// proceed leads to the next step, or to where the person wanted to go.
func (h *Handler) proceed(w http.ResponseWriter, r *http.Request, back string) error {
	to, err := h.nextStep(r)
	switch {
	case err != nil:
		return err
	case to != "":
		return web.Redirect(w, r, to+"?return="+url.QueryEscape(back))
	}
	return web.Redirect(w, r, back)
}

// returnTo is the local page to go to when the steps are done.
func returnTo(value string) string { return web.LocalPath(value, "/dashboard") }

// errUnderAge has a way on: a parent writes to the support.
func errUnderAge() error {
	return fault.New(fault.Denied, "profile.underage").For("under_age").
		Offer("profile.underage.contact", "/help#contact").Offer("profile.underage.home", "/")
}
