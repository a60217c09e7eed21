package profile

import (
	"net/http"

	"atrio/web"
	"atrio/web/ui"
)

// termsView is the page "profile/accept".
type termsView struct {
	Return         string
	PrivacyVersion string
	TermsVersion   string
	Privacy, Terms bool
	Errors         ui.Errors
}

func newTermsView(back string) termsView {
	return termsView{Return: back, PrivacyVersion: Version(Privacy), TermsVersion: Version(Terms)}
}

// afterProfile is the guard of the terms: nobody accepts them before the profile
// has shown the age. P2
func (h *Handler) afterProfile(next web.HandlerFunc) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		l, err := h.load(r)
		if err != nil {
			return err
		}
		step, err := h.step(r.Context(), l)
		switch {
		case err != nil:
			return err
		case step == StepProfile:
			return web.Redirect(w, r, step.address())
		}
		return next(w, r)
	}
}

func (h *Handler) showTerms(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadQuery(r)
	if err != nil {
		return err
	}
	return h.Site.Page(w, r, http.StatusOK, "profile/accept", newTermsView(returnTo(f.Value("return"))))
}

func (h *Handler) acceptTerms(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := newTermsView(returnTo(f.Value("return")))
	if v.Privacy = f.Bool("privacy"); !v.Privacy {
		f.Fail("privacy", "profile.error.privacy")
	}
	if v.Terms = f.Bool("terms"); !v.Terms {
		f.Fail("terms", "profile.error.terms")
	}
	if v.Errors = f.Errors; !f.OK() {
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "profile/accept", v)
	}
	now, lang := h.Now(), web.Lang(r)
	err = h.Store.Accept(r.Context(), web.CurrentSession(r).Subject, []Acceptance{
		{Document: Privacy, Version: Version(Privacy), Lang: lang, At: now},
		{Document: Terms, Version: Version(Terms), Lang: lang, At: now},
	})
	if err != nil {
		return err
	}
	return h.proceed(w, r, v.Return)
}

// documentView is the pages "profile/privacy" and "profile/terms".
type documentView struct{ Version string }

func (h *Handler) document(d Document) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		return h.Site.Page(w, r, http.StatusOK, "profile/"+string(d), documentView{Version(d)})
	}
}
