// Package stop is how an identity is suspended and revoked by its holder, and by whoever
// has to be able to stop it: signed in, by "it was not me" at an access, with a code and
// without signing in, by the link of a notice; and how the holder lifts their own
// suspension. Stopping is easy and lifting is not: see the table of package identity.
// // DPCM 24/10/2014 art. 8(2), 9; REG 20, 23; A30, A31
package stop

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/idp/account"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "stop", FS: files} }

// Addresses.
const (
	path       = account.Path + "/stop"
	donePath   = path + "/done"
	revokePath = path + "/revoke"
	liftPath   = path + "/lift"
	notMePath  = path + "/not-me"
	reportPath = path + "/report"
	// LinkPath is what a notice links to; EmergencyPath needs no login.
	LinkPath      = path + "/link"
	EmergencyPath = account.Path + "/suspend"
	codePath      = EmergencyPath + "/code"
)

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// HolderByUserID finds an identity that is not revoked by its User ID; identity.ErrUnknown.
	HolderByUserID(ctx context.Context, userID string) (*identity.Identity, error)
	// StopLink finds the identity that a link stops; identity.ErrUnknown when it is over.
	StopLink(ctx context.Context, link []byte, now time.Time) (*identity.Identity, error)
}

// Keeper keeps what a holder hands in; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
}

// Pictures takes pictures in; *picture.Intake does.
type Pictures interface {
	Take(ctx context.Context, file []byte) (picture.Picture, error)
	MaxBytes() int64
}

// Handler serves the pages.
type Handler struct {
	Site    *web.Site
	Account *account.Handler
	Life    *life.Registrar
	Codes   *life.CodeDesk
	Store   Store
	// Keeper and Pictures are nil where no requests are taken: a denuncia goes to the help
	// desk there.
	Keeper   Keeper
	Pictures Pictures
	// Useful counts who found the page of help useful; nil where nobody is asked.
	Useful  *useful.Counter
	Limiter *ratelimit.Limiter
	// Limit guards form posts against floods, UploadLimit those with a file.
	Limit, UploadLimit web.Guard
	Now                func() time.Time
}

// Mount adds the addresses.
func (h *Handler) Mount(m *web.Mux) {
	in, proving := account.SignedIn(), h.Account.Proving()
	m.Get(path, h.holding(h.show), in)
	m.Post(path, h.holding(h.suspend), in, h.Limit)
	m.Get(donePath, h.done)
	h.mountGuide(m)
	m.Get(revokePath, h.holding(h.showRevoke), proving)
	m.Post(revokePath, h.holding(h.revoke), proving, h.Limit)
	m.Get(liftPath, h.holding(h.showLift), proving)
	m.Post(liftPath, h.holding(h.lift), proving, h.Limit)
	m.Get(notMePath, h.holding(h.showNotMe), in)
	m.Post(notMePath, h.holding(h.notMe), in, h.Limit)
	m.Get(LinkPath, h.showLink)
	m.Post(LinkPath, h.link, h.Limit)
	m.Get(EmergencyPath, h.emergency)
	m.Post(EmergencyPath, h.sendCode, h.Limit)
	m.Post(codePath, h.tryCode, h.Limit)
	if h.Keeper != nil {
		m.Get(reportPath, h.holding(h.showReport), proving)
		m.Post(reportPath, h.holding(h.report), proving, h.UploadLimit, web.MaxBody(mostReport+1<<20))
	}
}

// holding gives the page its holder; an applicant is led to the request.
func (h *Handler) holding(next func(http.ResponseWriter, *http.Request, *identity.Identity) error) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, err := h.Account.Holder(r)
		if errors.Is(err, identity.ErrUnknown) {
			return web.Redirect(w, r, way.Request)
		}
		if err != nil {
			return err
		}
		return next(w, r, who)
	}
}

// View is the view of "stop/stop".
type View struct {
	ui.Errors
	State                               identity.State
	Cause                               identity.Cause
	MaySuspend, MayLift, MayReport, May bool
	// Weak says that the holder has no second factor: whatever is hard to undo goes through
	// the help desk. DocumentOver says that a lifting does not make the identity active.
	Weak, Reported, DocumentOver bool
}

func (h *Handler) view(who *identity.Identity) View {
	weak := who.Factors.Level() < 2
	reported := who.May(identity.Revoke, identity.Fraud, identity.AsHolder)
	return View{
		State: who.State, Cause: who.Cause, MaySuspend: who.May(identity.Suspend, identity.ByHolder, identity.AsHolder),
		MayLift: who.May(identity.Lift, "", identity.AsHolder) && !weak, MayReport: reported && !weak,
		May: who.May(identity.Revoke, identity.ByHolder, identity.AsHolder) && !weak, Weak: weak, Reported: reported, DocumentOver: who.Holder.Document.Over(h.Now()),
	}
}

// proved tells whether the holder has just proved level 2: a password alone, which somebody
// may have stolen, neither revokes nor lifts.
func (h *Handler) proved(r *http.Request, who *identity.Identity) bool {
	return h.Account.Proved(r, who) && who.Factors.Level() > 1
}

// show explains both ends, and what ends each.
func (h *Handler) show(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	return h.Site.Page(w, r, http.StatusOK, "stop/stop", h.view(who))
}

// suspend is the holder's own.
func (h *Handler) suspend(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	return h.end(w, r, who, identity.Change{Act: identity.Suspend, Cause: identity.ByHolder}, "suspended")
}

// end does what ends the session too, and shows what comes next.
func (h *Handler) end(w http.ResponseWriter, r *http.Request, who *identity.Identity, c identity.Change, done string) error {
	c.By.Role, c.By.ID, c.By.Proved = identity.AsHolder, who.ID, h.proved(r, who)
	if _, err := h.Life.Do(r.Context(), who, c, h.Account.Event(r, who.ID, audit.IdentityChanged), life.Also{}); err != nil {
		return err
	}
	if err := h.Site.Sessions.Clear(w, r); err != nil { // the row is gone with the commit
		return err
	}
	return web.Redirect(w, r, donePath+"?what="+done)
}

// outcomes are what the page after an act speaks of.
var outcomes = map[string]bool{"suspended": true, "abuse": true, "revoked": true, "other": true}

// DoneView is the view of "stop/done".
type DoneView struct{ What string }

// done says what comes next, to whoever opens it: it knows nobody.
func (h *Handler) done(w http.ResponseWriter, r *http.Request) error {
	what := r.URL.Query().Get("what")
	if !outcomes[what] {
		what = "suspended"
	}
	return h.Site.Page(w, r, http.StatusOK, "stop/done", DoneView{what})
}

// showRevoke explains what cannot be undone.
func (h *Handler) showRevoke(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	return h.Site.Page(w, r, http.StatusOK, "stop/revoke", h.view(who))
}

func (h *Handler) revoke(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !f.Bool("sure") {
		f.Fail("sure", "stop.revoke.sure.missing")
		v := h.view(who)
		v.Errors = f.Errors
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "stop/revoke", v)
	}
	return h.end(w, r, who, identity.Change{Act: identity.Revoke, Cause: identity.ByHolder}, "revoked")
}

func (h *Handler) showLift(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	return h.Site.Page(w, r, http.StatusOK, "stop/lift", h.view(who))
}

// lift is the holder's own proof: password and second factor of this moment. // L03, A31
func (h *Handler) lift(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	c := identity.Change{Act: identity.Lift, By: identity.By{Role: identity.AsHolder, ID: who.ID, Proved: h.proved(r, who)}}
	after, err := h.Life.Do(r.Context(), who, c, h.Account.Event(r, who.ID, audit.IdentityChanged), life.Also{})
	if err != nil {
		return err
	}
	// The sessions that it had are gone since it was suspended, but for this one.
	notice := "stop.notice.lifted"
	if after.State != identity.Active {
		notice = "stop.notice.document"
	}
	h.Site.Notice(w, notice)
	return web.Redirect(w, r, account.Path)
}
