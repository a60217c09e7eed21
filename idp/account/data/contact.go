package data

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/idp/account"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

// contact is a way to reach the holder.
type contact struct {
	// purpose names the code and the address, field the attribute.
	purpose, field string
	// cooled ones stay for a while after the activation.
	cooled bool
	read   func(h *Handler, f *web.Form) string
	old    func(*identity.Identity) string
	set    func(*identity.Identity, string)
}

// contacts are those that a code confirms. Another mailbox does not change the User ID,
// which services and limits know the holder by.
var contacts = []contact{
	{
		life.ToMail, "email", true, readMail,
		func(i *identity.Identity) string { return i.Holder.Email }, func(i *identity.Identity, v string) { i.Holder.Email = v },
	},
	{
		life.ToPhone, "phone", true, (*Handler).readPhone,
		func(i *identity.Identity) string { return i.Holder.MobilePhone },
		func(i *identity.Identity, v string) { i.Holder.MobilePhone, i.Factors.SMS = v, true },
	},
	{
		life.ToPEC, "pec", false, readMail,
		func(i *identity.Identity) string { return i.Holder.DigitalAddress }, func(i *identity.Identity, v string) { i.Holder.DigitalAddress = v },
	},
}

func readMail(_ *Handler, f *web.Form) string { return f.Email("value", web.Required) }

func (h *Handler) readPhone(f *web.Form) string {
	typed := f.Text("value", web.Required, web.Max(30))
	if typed == "" {
		return ""
	}
	phone, err := secondfactor.ParseNumber(typed, h.Prefixes)
	if err != nil {
		f.Fail("value", "data.phone.form")
		return typed
	}
	return phone
}

// ContactView is the view of "data/contact" and "data/code".
type ContactView struct {
	ui.Errors
	What, Old, Value string
}

func (h *Handler) open(r *http.Request, c contact, who *identity.Identity) error {
	switch {
	case !who.May(identity.Amend, "", identity.AsHolder):
		return identity.ErrMay
	case !who.MayContacts():
		return identity.ErrLevel.Offer("data.level.codes", account.Path+"/codes").Offer("data.level.app", account.Path+"/app").Offer("data.level.anew", account.Path+"/recover")
	case c.cooled && !h.cooling(who).IsZero():
		return ErrCooling.With("date", h.Site.Pages.Catalog().DateTime(web.Lang(r), h.cooling(who)))
	}
	return nil
}

func (h *Handler) askContact(c contact) func(http.ResponseWriter, *http.Request, *identity.Identity) error {
	return func(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
		if err := h.open(r, c, who); err != nil {
			return err
		}
		return h.Site.Page(w, r, http.StatusOK, "data/contact", ContactView{What: c.purpose, Old: c.old(who)})
	}
}

// sendContact sends a code to the new address, and tells the old one that it was asked for:
// REG 19 wants the request told, not only the result.
func (h *Handler) sendContact(c contact) func(http.ResponseWriter, *http.Request, *identity.Identity) error {
	return func(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		if err := h.open(r, c, who); err != nil {
			return err
		}
		v := ContactView{What: c.purpose, Old: c.old(who), Value: c.read(h, f)}
		if f.OK() && strings.EqualFold(v.Value, v.Old) {
			f.Fail("value", "data.same")
		}
		if v.Errors = f.Errors; !f.OK() {
			return h.Site.Page(w, r, http.StatusUnprocessableEntity, "data/contact", v)
		}
		wait, err := h.Codes.Send(r.Context(), h.letter(r, c, who, v.Value))
		if err != nil {
			return err
		}
		if wait > 0 {
			sent, err := h.Codes.Asked(r.Context(), who, c.purpose)
			if err != nil {
				return err
			}
			if sent == v.Value { // pressed twice
				return web.Redirect(w, r, path+"/"+c.purpose+"/code")
			}
			f.Fail("value", "data.wait", "minutes", secondfactor.Minutes(wait))
			v.Errors = f.Errors
			return h.Site.Page(w, r, http.StatusTooManyRequests, "data/contact", v)
		}
		return web.Redirect(w, r, path+"/"+c.purpose+"/code")
	}
}

func (h *Handler) letter(r *http.Request, c contact, who *identity.Identity, to string) life.Letter {
	texts, lang := h.Site.Pages.Catalog(), who.Language
	ev := h.Account.Event(r, who.ID, audit.CodeSent)
	ev.Detail = map[string]string{"channel": c.purpose, "purpose": c.field}
	l := life.Letter{Identity: who.ID, Purpose: c.purpose, Value: to, From: web.ClientNetwork(web.ClientAddr(r)), Audit: ev, Message: func(code string, minutes int) notify.Message {
		if c.purpose == life.ToPhone {
			return h.Life.SMS(to, lang, "code", "code", code, "minutes", minutes)
		}
		return h.Life.Mail(to, lang, "code", "code", code, "minutes", minutes)
	}}
	if mail := who.Holder.Email; mail != "" {
		l.Also = append(l.Also, h.Life.Mail(mail, lang, "asked", "name", who.Holder.GivenName, "date", texts.DateTime(lang, h.Now()),
			"fields", texts.Text(lang, "life.field."+c.field), "site", h.Site.BaseURL))
	}
	return l
}

func (h *Handler) askCode(c contact) func(http.ResponseWriter, *http.Request, *identity.Identity) error {
	return func(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
		return h.codePage(w, r, c, who, http.StatusOK, nil)
	}
}

func (h *Handler) codePage(w http.ResponseWriter, r *http.Request, c contact, who *identity.Identity, status int, errs ui.Errors) error {
	value, err := h.Codes.Asked(r.Context(), who, c.purpose)
	if err != nil {
		return err
	}
	if value == "" {
		return web.Redirect(w, r, path+"/"+c.purpose)
	}
	return h.Site.Page(w, r, status, "data/code", ContactView{Errors: errs, What: c.purpose, Value: value})
}

// takeCode changes the attribute once the new address answered. // REG 19, L08
func (h *Handler) takeCode(c contact) func(http.ResponseWriter, *http.Request, *identity.Identity) error {
	return func(w http.ResponseWriter, r *http.Request, who *identity.Identity) error {
		f, err := web.ReadForm(r)
		if err != nil {
			return err
		}
		if err := h.open(r, c, who); err != nil {
			return err
		}
		code := f.Digits("code", otp.Digits)
		if !f.OK() {
			return h.codePage(w, r, c, who, http.StatusUnprocessableEntity, f.Errors)
		}
		outcome, left, value, err := h.Codes.Try(r.Context(), who.ID, c.purpose, code)
		if err != nil {
			return err
		}
		if outcome != secondfactor.Right {
			if outcome == secondfactor.Stale || left == 0 {
				return h.codeOver(w, r, c, who)
			}
			h.refused(r, who, "data_code")
			return h.codePage(w, r, c, who, http.StatusUnprocessableEntity, ui.Errors{{Field: "code", Key: "data.code.wrong", Args: []any{"left", left}}})
		}
		if err := h.amend(r, who, c.purpose, func(i *identity.Identity) { c.set(i, value) }, c.field); err != nil {
			return err
		}
		return h.changed(w, r, "data.notice.changed")
	}
}

// justNow is how long a button that was pressed twice is taken for that.
const justNow = time.Minute

// codeOver answers a code that is worth nothing any more: the change is done already, or
// another code has to be asked for.
func (h *Handler) codeOver(w http.ResponseWriter, r *http.Request, c contact, who *identity.Identity) error {
	events, err := h.Life.Store.LifeOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	if len(events) > 0 && slices.Equal(events[0].Fields, []string{c.field}) && h.Now().Sub(events[0].At) < justNow {
		return h.changed(w, r, "data.notice.changed")
	}
	h.refused(r, who, "data_code")
	return h.Site.Page(w, r, http.StatusUnprocessableEntity, "data/contact", ContactView{
		Errors: ui.Errors{{Field: "value", Key: "data.code.over"}}, What: c.purpose, Old: c.old(who),
	})
}

// refused writes the line of a refusal that is a page of its own.
func (h *Handler) refused(r *http.Request, who *identity.Identity, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.Account.Event(r, who.ID, audit.CodeChecked)
	ev.Outcome, ev.Reason = audit.Refused, reason
	h.Site.Refused(r.Context(), ev)
}
