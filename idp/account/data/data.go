// Package data is what a holder may change of an identity: addresses and numbers, each
// confirmed by a code that goes there, the domicile, the document, which an operator checks,
// the notices of each use, and the contract, which is renewed by the holder's own act. All
// of it wants a proof of the highest level that the holder has. // REG 18, 19, L08, I17
package data

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/account"
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "data", FS: files} }

// path is where the pages begin.
const path = account.Path + "/data"

// Cooling is how long after its activation an identity keeps its mailbox and telephone:
// whoever stole it cannot shut its holder out at once. // 1.9
const Cooling = 72 * time.Hour

// Keeper keeps pictures of documents; *evidence.Vault does.
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
	Tasks   life.Tasks
	// Keeper and Pictures are nil where no requests are taken: no document is changed there.
	Keeper   Keeper
	Pictures Pictures
	// Months is how long a renewed contract lasts.
	Months int
	// Price is that of a renewal as people read it, "" for free. // I17
	Price string
	// Prefixes are those of numbers that codes go to.
	Prefixes           []string
	Limit, UploadLimit web.Guard
	Now                func() time.Time
}

// Mount adds the addresses.
func (h *Handler) Mount(m *web.Mux) {
	in, proving := account.SignedIn(), h.Account.Proving()
	m.Get(path, h.holding(h.show), in)
	for _, c := range contacts {
		m.Get(path+"/"+c.purpose, h.holding(h.askContact(c)), proving)
		m.Post(path+"/"+c.purpose, h.holding(h.sendContact(c)), proving, h.Limit)
		m.Get(path+"/"+c.purpose+"/code", h.holding(h.askCode(c)), proving)
		m.Post(path+"/"+c.purpose+"/code", h.holding(h.takeCode(c)), proving, h.Limit)
	}
	m.Get(path+"/domicile", h.holding(h.askDomicile), proving)
	m.Post(path+"/domicile", h.holding(h.saveDomicile), proving, h.Limit)
	m.Get(path+"/notices", h.holding(h.askNotices), proving)
	m.Post(path+"/notices", h.holding(h.saveNotices), proving, h.Limit)
	m.Get(path+"/renew", h.holding(h.askRenew), proving)
	m.Post(path+"/renew", h.holding(h.renew), proving, h.Limit)
	if h.Keeper != nil {
		m.Get(path+"/document", h.holding(h.askDocument), proving)
		m.Post(path+"/document", h.holding(h.takeDocument), proving, h.UploadLimit, web.MaxBody(2*h.Pictures.MaxBytes()+1<<20))
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

// View is the view of "data/data".
type View struct {
	Email, Phone, PEC string
	Domicile          identity.Domicile
	Document          identity.Document
	Notices           identity.Notices
	Language          string
	// May says that data can be changed now, Weak that mailbox, telephone and PEC cannot, since
	// there is no second factor, Cooling until when mailbox and telephone stay,
	// zero when they do not have to; Waiting that a document is being checked.
	May          bool
	Weak         bool
	Cooling      time.Time
	Waiting      bool
	MayDocument  bool
	Expires      time.Time
	Renewable    bool
	NoDocuments  bool
	Notification bool
}

func (h *Handler) show(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	v := View{
		Email: who.Holder.Email, Phone: who.Holder.MobilePhone, PEC: who.Holder.DigitalAddress, Domicile: who.Holder.Domicile, Document: who.Holder.Document,
		Notices: who.Notices, Language: who.Language, May: who.May(identity.Amend, "", identity.AsHolder), Weak: !who.MayContacts(), Cooling: h.cooling(who),
		MayDocument: h.Keeper != nil && life.MayDocument(who, h.Now()), Expires: who.ExpiresAt, Renewable: h.mayRenew(who), NoDocuments: h.Keeper == nil,
		Notification: who.Notices.Mail || who.Notices.SMS,
	}
	if h.Account.Endless {
		v.Expires = time.Time{}
	}
	tasks, err := h.Tasks.WaitingTasks(r.Context(), who.ID, 10)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		v.Waiting = v.Waiting || t.Kind == life.DocumentTask
	}
	return h.Site.Page(w, r, http.StatusOK, "data/data", v)
}

// cooling is until when mailbox and telephone stay as they are; zero when it is over.
func (h *Handler) cooling(who *identity.Identity) time.Time {
	if end := who.CreatedAt.Add(Cooling); h.Now().Before(end) {
		return end
	}
	return time.Time{}
}

// ErrCooling: mailbox and telephone of a new identity stay for a while.
var ErrCooling = fault.New(fault.Conflict, "error.data.cooling").For("data_cooling").Offer("data.back", path)

// amend stores a change of the holder with its notices.
func (h *Handler) amend(r *http.Request, who *identity.Identity, code string, edit func(*identity.Identity), fields ...string) error {
	_, err := h.Life.Do(r.Context(), who, identity.Change{Act: identity.Amend, By: h.by(r, who), Fields: fields, Edit: edit},
		h.Account.Event(r, who.ID, audit.IdentityChanged), life.Also{Code: code, Keep: web.CurrentSession(r).Handle})
	return err
}

func (h *Handler) by(r *http.Request, who *identity.Identity) identity.By {
	return identity.By{Role: identity.AsHolder, ID: who.ID, Proved: h.Account.Proved(r, who)}
}

// changed tells that it is done.
func (h *Handler) changed(w http.ResponseWriter, r *http.Request, notice string) error {
	h.Site.Notice(w, notice)
	return web.Redirect(w, r, path)
}
