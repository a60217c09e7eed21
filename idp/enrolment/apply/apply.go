// Package apply is the applicant's way from the start page to the confirmed telephone:
// field of work, what is needed, the way of identification, the account, the mailbox,
// security question and number.
//
// Until the account is made everything lives sealed in one cookie and no row is written.
// Whatever exists already under an address, pages, statements and hashes are the same:
// the truth is told by mail alone (A02). The link in the mail confirms nothing when it is
// opened, only when its button is pressed, and opens no session. What follows after the
// telephone is in form; which state belongs to which page says way alone. // I1–I4, I15, I17
package apply

import (
	"embed"
	"net/http"
	"time"

	"atrio/authn/password"
	"atrio/authn/proofofwork"
	"atrio/base/audit"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/retention"
	"atrio/idp/useful"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "apply", FS: files} }

// The addresses of this package; those of other packages of the way are in way.
const (
	needsPath     = "/enrol/needs"
	methodPath    = "/enrol/method"
	accountPath   = "/enrol/account"
	existingPath  = "/enrol/account/existing"
	renewPath     = "/enrol/account/password"
	createdPath   = "/enrol/account/created"
	confirmPath   = "/enrol/confirm"
	confirmedPath = "/enrol/confirmed"
	againPath     = "/enrol/phone/again"
	phoneDonePath = "/enrol/phone/confirmed"
	privacyPath   = "/enrol/privacy"
)

// Circuit is a partner whose Points identify applicants.
type Circuit struct {
	ID, Name string
	// Note is what an applicant should know before choosing it.
	Note ui.Text
	// DocumentsFirst: the documents come before the personal data. // E28
	DocumentsFirst bool
}

// Handler serves the pages.
type Handler struct {
	Site   *web.Site
	Way    *way.Way
	Config Config
	// Kept is how long data are kept, for the notice. // I14
	Kept retention.Config
	// Circuits are the partners of the installation; without one nobody is identified
	// at a Point.
	Circuits []Circuit
	People   People
	Store    Store
	Codes    Codes
	Hasher   Hasher
	// Breached knows stolen passwords; nil knows none.
	Breached password.Breached
	// Useful counts whether the first pages were.
	Useful *useful.Counter
	// Shop is where customers of the issuer have their account; nil without one.
	Shop Shop
	Work *proofofwork.Maker
	// Limiter counts in rows, so that limits hold on all nodes.
	Limiter *ratelimit.Limiter
	Limits  Limits
	// Limit guards form posts against floods.
	Limit web.Guard
	// Provider is the issuer's name, in mails; SMSSender begins every SMS.
	Provider, SMSSender string
	Now                 func() time.Time
}

// Asking are the pages that end with "Hai trovato utile questo contenuto?". // I15
func Asking() map[string]string {
	return map[string]string{"start": way.Start, "needs": needsPath, "method": methodPath}
}

// Mount gives the pages their addresses.
func (h *Handler) Mount(m *web.Mux) {
	m.Get(way.Start, h.start)
	m.Post(way.Start, h.chooseArea, h.Limit)
	m.Get(needsPath, h.needs)
	m.Post(needsPath, h.saveNeeds, h.Limit)
	m.Get(methodPath, h.method)
	m.Post(methodPath, h.saveMethod, h.Limit)
	m.Get(accountPath, h.account)
	m.Post(accountPath, h.open, h.Limit)
	m.Get(existingPath, h.existing)
	m.Post(existingPath, h.link, h.Limit)
	m.Get(renewPath, h.renew)
	m.Post(renewPath, h.linkRenewed, h.Limit)
	m.Get(createdPath, h.created)
	m.Post(createdPath, h.mailAgain, h.Limit)
	m.Get(confirmPath, h.landing)
	m.Post(confirmPath, h.confirm, h.Limit)
	m.Get(confirmedPath, h.confirmed)
	m.Get(way.Security, h.Way.At(h.security, enrolment.SetSecurity))
	m.Post(way.Security, h.Way.At(h.saveSecurity, enrolment.SetSecurity), h.Limit)
	m.Get(way.Phone, h.Way.At(h.phone, enrolment.ConfirmPhone))
	m.Post(way.Phone, h.Way.At(h.checkCode, enrolment.ConfirmPhone), h.Limit)
	m.Post(againPath, h.Way.At(h.codeAgain, enrolment.ConfirmPhone), h.Limit)
	m.Get(phoneDonePath, h.Way.At(h.phoneDone, enrolment.SavePerson))
	m.Get(privacyPath, h.privacy)
}

// event begins an audit line of this step.
func (h *Handler) event(r *http.Request, action, holder string, detail map[string]string) audit.Event {
	ev := h.Way.Event(r, holder)
	ev.Action, ev.Detail = action, detail
	return ev
}

// refused leaves a line about what was not done.
func (h *Handler) refused(r *http.Request, action, holder, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.event(r, action, holder, nil)
	ev.Outcome, ev.Reason = audit.Refused, reason
	h.Site.Refused(r.Context(), ev)
}

func (h *Handler) text(lang, key string, args ...any) string {
	return h.Site.Pages.Catalog().Text(lang, key, args...)
}
