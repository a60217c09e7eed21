package data

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/people/civil"
	"atrio/web"
	"atrio/web/ui"
)

// DomicileView is the view of "data/domicile".
type DomicileView struct {
	ui.Errors
	D identity.Domicile
}

func (h *Handler) askDomicile(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	return h.Site.Page(w, r, http.StatusOK, "data/domicile", DomicileView{D: who.Holder.Domicile})
}

var (
	postalForm   = regexp.MustCompile(`^[0-9]{5}$`)
	provinceForm = regexp.MustCompile(`^[A-Z]{2}$`)
)

// saveDomicile takes an address as it is said: it is the holder's declaration.
func (h *Handler) saveDomicile(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	d := identity.Domicile{
		Street: f.Text("street", web.Required, web.Max(100)), PostalCode: f.Text("postal_code", web.Required, web.Max(10)),
		Municipality: civil.CleanName(f.Text("municipality", web.Required, web.Max(civil.MaxName))), Province: strings.ToUpper(f.Text("province", web.Required, web.Max(2))),
		Nation: civil.CleanName(f.Text("nation", web.Required, web.Max(civil.MaxName))),
	}
	if abroad := !strings.EqualFold(d.Nation, "Italia"); !abroad && d.PostalCode != "" && !postalForm.MatchString(d.PostalCode) {
		f.Fail("postal_code", "data.domicile.postal_code.form")
	}
	if d.Province != "" && !provinceForm.MatchString(d.Province) {
		f.Fail("province", "data.domicile.province.form")
	}
	if !f.OK() {
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "data/domicile", DomicileView{f.Errors, d})
	}
	if err := h.amend(r, who, "", func(i *identity.Identity) { i.Holder.Domicile = d }, "domicile"); err != nil {
		return err
	}
	return h.changed(w, r, "data.notice.changed")
}

// NoticesView is the view of "data/notices".
type NoticesView struct {
	ui.Errors
	Mail, SMS, MaySMS bool
	Language          string
}

func (h *Handler) askNotices(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	return h.Site.Page(w, r, http.StatusOK, "data/notices", NoticesView{
		Mail: who.Notices.Mail, SMS: who.Notices.SMS, MaySMS: who.Holder.MobilePhone != "", Language: who.Language,
	})
}

// saveNotices says how the holder is told of each use, and in which language. // REG 18, L06
func (h *Handler) saveNotices(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := NoticesView{Mail: f.Bool("mail"), SMS: f.Bool("sms"), MaySMS: who.Holder.MobilePhone != "", Language: f.Choice("language", ui.Langs()...)}
	if v.SMS && !v.MaySMS {
		f.Fail("sms", "data.notices.no_phone")
	}
	if v.Errors = f.Errors; !f.OK() {
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "data/notices", v)
	}
	err = h.amend(r, who, "", func(i *identity.Identity) {
		i.Notices, i.Language = identity.Notices{Mail: v.Mail, SMS: v.SMS}, v.Language
	}, "notices")
	if err != nil {
		return err
	}
	return h.changed(w, r, "data.notice.notices")
}

// RenewView is the view of "data/renew".
type RenewView struct {
	ui.Errors
	Expires, Until time.Time
	// Endless says that there is nothing to renew.
	May, Endless bool
	Price        string
}

func (h *Handler) mayRenew(who *identity.Identity) bool {
	return !h.Account.Endless && life.MayRenew(who, h.Now())
}

func (h *Handler) renewView(who *identity.Identity) RenewView {
	return RenewView{Expires: who.ExpiresAt, Until: who.ExpiresAt.AddDate(0, h.Months, 0), May: h.mayRenew(who), Endless: h.Account.Endless, Price: h.Price}
}

func (h *Handler) askRenew(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	return h.Site.Page(w, r, http.StatusOK, "data/renew", h.renewView(who))
}

// renew is the holder's own act: a contract never goes on by itself. // I17
func (h *Handler) renew(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := h.renewView(who)
	if !v.May {
		return life.ErrEarly.Offer("data.back", path)
	}
	if !f.Bool("agree") {
		f.Fail("agree", "data.renew.agree.missing")
	}
	if v.Errors = f.Errors; !f.OK() {
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "data/renew", v)
	}
	c := identity.Change{Act: identity.Renew, By: h.by(r, who), Edit: func(i *identity.Identity) { i.ExpiresAt = v.Until }}
	if _, err := h.Life.Do(r.Context(), who, c, h.Account.Event(r, who.ID, audit.IdentityChanged), life.Also{}); err != nil {
		return err
	}
	return h.changed(w, r, "data.notice.renewed")
}
