package selfcare

import (
	"errors"
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/web"
)

// identitiesView is the view of "selfcare/identities".
type identitiesView struct {
	Identities []identityView
	// Only is set when a single road leads here: it cannot be removed.
	Only bool
}

type identityView struct {
	ID, Door, Issuer string
	Linked, LastUsed time.Time
}

func (s *Selfcare) identityViews(list []account.Identity) (out []identityView) {
	for _, one := range list {
		out = append(out, identityView{
			ID: one.ID, Door: string(one.Door), Issuer: s.ProviderName(one.Issuer), Linked: one.LinkedAt, LastUsed: one.LastUsed,
		})
	}
	return out
}

// identities lets the person take an identity away. // G3.7, G5.1
func (s *Selfcare) identities(w http.ResponseWriter, r *http.Request) error {
	list, err := s.Accounts.Identities(r.Context(), web.CurrentSession(r).Subject)
	if err != nil {
		return err
	}
	return s.Site.Page(w, r, http.StatusOK, "selfcare/identities", identitiesView{Identities: s.identityViews(list), Only: len(list) < 2})
}

// unlink takes one identity away; the last one stays.
func (s *Selfcare) unlink(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id := f.Text("identity", web.Required, web.Max(64))
	if !f.OK() {
		return fault.New(fault.Invalid, "error.invalid").For("identity").Offer("selfcare.identities.back", identitiesPath)
	}
	err = s.Changes.Unlink(r.Context(), s.change(r, "selfcare.mail.unlinked"), id)
	switch {
	case fault.Is(err, fault.NotFound): // in another tab
	case err != nil:
		return offer(err, "selfcare.identities.back", identitiesPath)
	default:
		s.Site.Notice(w, "selfcare.notice.unlinked")
	}
	return web.Redirect(w, r, identitiesPath)
}

// change is what the person does now; mail names the texts by which they learn of it.
func (s *Selfcare) change(r *http.Request, mail string) account.Change {
	here, lang, texts := web.CurrentSession(r), web.Lang(r), s.Site.Pages.Catalog()
	return account.Change{
		AccountID: here.Subject, Session: here.Handle, Now: s.Site.Now(), Event: s.Event(r, nil),
		Tell: func(a account.Account) notify.Message {
			return notify.Message{
				Channel: notify.Mail, To: a.Email, Lang: lang, Subject: texts.Text(lang, mail+".subject"),
				Text: texts.Text(lang, mail+".text", "name", a.Called(), "account", s.Site.BaseURL+AccountPath, "help", s.Site.BaseURL+"/help",
					"days", int(account.ClosedFor.Hours())/24),
			}
		},
	}
}

// offer adds a way on to a refusal.
func offer(err error, key, url string) error {
	var f *fault.Error
	if !errors.As(err, &f) {
		return err
	}
	return f.Offer(key, url).Offer("gateway.action.help", "/help")
}
