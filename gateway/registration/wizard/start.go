package wizard

import (
	"errors"
	"net/http"

	"atrio/gateway/registration/draft"
	"atrio/gateway/sso"
	"atrio/web"
)

// startView is the view of "wizard/start".
type startView struct {
	Flow, Service string
	// User is who is signed in already.
	User string
	// Open is where a draft of this browser goes on, Name whose it is.
	Open, Name string
	// Lost tells that a draft was looked for and not found.
	Lost  bool
	Login string
}

// start says what will be needed, before anything is asked. // G3.1
func (z *Wizard) start(w http.ResponseWriter, r *http.Request) error {
	flow := flowOf(r.URL.Query().Get("flow"))
	v := startView{Flow: flow, Service: z.ServiceName(r, flow), Login: loginURL(flow)}
	if s := web.CurrentSession(r); s != nil {
		v.User = sso.Name(s)
	}
	k, err := z.find(r)
	switch {
	case err == nil:
		v.Open, v.Name = paths[k.Next()], k.Identity.Name()
	case errors.Is(err, errNone):
		v.Lost = r.URL.Query().Get("lost") != ""
	case errors.Is(err, ErrGone):
		z.forget(w)
	default:
		return err
	}
	return z.Site.Page(w, r, http.StatusOK, "wizard/start", v, web.Plain)
}

// begin opens a new draft in the browser, in place of an earlier one.
func (z *Wizard) begin(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err := z.dropStored(r); err != nil {
		return err
	}
	d := draft.New(z.Now(), flowOf(f.Value("flow")), web.Lang(r))
	if err := z.saveInBrowser(w, d); err != nil {
		return err
	}
	return web.Redirect(w, r, identityPath)
}

// leaveView is the view of "wizard/leave".
type leaveView struct{ Back string }

// leave asks before a draft is thrown away.
func (z *Wizard) leave(w http.ResponseWriter, r *http.Request) error {
	k, there, err := z.at(w, r, draft.StepIdentity)
	if err != nil || !there {
		return err
	}
	return z.Site.Page(w, r, http.StatusOK, "wizard/leave", leaveView{Back: paths[k.Next()]}, web.Plain)
}

// drop throws the draft away.
func (z *Wizard) drop(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if err := z.dropStored(r); err != nil {
		return err
	}
	z.forget(w)
	z.Site.Notice(w, "wizard.notice.dropped")
	return web.Redirect(w, r, "/login")
}

// dropStored forgets the stored draft of this browser, if it has one.
func (z *Wizard) dropStored(r *http.Request) error {
	k, err := z.find(r)
	switch {
	case errors.Is(err, errNone), errors.Is(err, ErrGone):
		return nil
	case err != nil || k.row == nil:
		return err
	}
	return z.Drafts.DropDraft(r.Context(), k.row.ID)
}
