package account

import (
	"errors"
	"net/http"

	"atrio/authn/secondfactor"
	"atrio/idp/enrolment/way"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/web"
)

// SetupView is the view of "account/setup".
type SetupView struct {
	Service, Phone string
	Action, Cancel string
}

// setup tells who has the password alone, at a service that wants level 2, what to do. // E30
func (h *Handler) setup(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	who, err := h.Store.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "account/setup", SetupView{
		Service: s.Service(web.Lang(r)), Phone: secondfactor.Masked(who.Holder.MobilePhone),
		Action: flow.URL(s.Handle, setupPage), Cancel: flow.URL(s.Handle, "cancel"),
	}, web.Plain)
}

const setupPage = "setup"

// leadToSetup opens the page on which a second factor is bound, within the login: it takes
// longer than a password, so the time for it begins anew. // E30
func (h *Handler) leadToSetup(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	page := setupPage + "/app"
	if f.Value("with") == "codes" {
		page = setupPage + "/codes"
	}
	if err := h.Desk.Prolong(w, s); err != nil {
		return err
	}
	return web.Redirect(w, r, flow.URL(s.Handle, page))
}

// Place is where a second factor is bound: at the own pages of a session, or in a login that
// waits for it. The login has no session for that: it opens the pages of the binding and no
// others, as long as it lasts. // E30, REG 28
type Place struct {
	// Key names the session or the login.
	Key string
	// Path is the address of the page.
	Path string
	// Waiting is the service that waits, Cancel calls the login off; "" at the own pages.
	Waiting, Cancel string

	next func(w http.ResponseWriter, r *http.Request) error
}

// Bound goes on once there is a second factor.
func (p Place) Bound(w http.ResponseWriter, r *http.Request) error {
	if p.next != nil {
		return p.next(w, r)
	}
	return web.Redirect(w, r, p.Path)
}

// Options are those of a page: in a login nothing leads away from it.
func (p Place) Options() []web.PageOption {
	if p.Waiting != "" {
		return []web.PageOption{web.Plain}
	}
	return nil
}

// Placed is a page of a binding.
type Placed func(w http.ResponseWriter, r *http.Request, who *identity.Identity, p Place) error

// AtHome serves a page of a binding at the own pages; an applicant is led to the request.
func (h *Handler) AtHome(path string, next Placed) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := h.Holder(r)
		if errors.Is(err, identity.ErrUnknown) {
			return web.Redirect(w, r, way.Request)
		}
		if err != nil {
			return err
		}
		return next(w, r, who, Place{Key: web.CurrentSession(r).Handle, Path: path})
	}
}

// InLogin serves it in a login whose holder has the password alone and has typed it: at every
// other step the login leads on. name is the end of the address.
func (h *Handler) InLogin(name string, next Placed) web.HandlerFunc {
	return h.Desk.At(flow.Setup, func(w http.ResponseWriter, r *http.Request, s *flow.State) error {
		who, err := h.Store.Identity(r.Context(), s.Identity)
		if err != nil {
			return err
		}
		return next(w, r, who, Place{
			Key: s.Handle, Path: flow.URL(s.Handle, setupPage+"/"+name), Waiting: s.Service(web.Lang(r)), Cancel: flow.URL(s.Handle, "cancel"),
			next: func(w http.ResponseWriter, r *http.Request) error { return h.Desk.Next(w, r, s) },
		})
	})
}

// LoginPath is the pattern of such a page's address.
func LoginPath(name string) string { return flow.URL("{flow}", setupPage+"/"+name) }
