package credential

import (
	"embed"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "credential", FS: files} }

// Addresses of the password.
const (
	ChoosePath = "/password"
	ChangePath = "/account/password"
)

// Passwords serves the pages on which the owner of an account chooses a password.
type Passwords struct {
	Site     *web.Site
	Journeys *journey.Keeper
	Checker  *Checker
	Chooser  *Chooser
	Browsers Browsers
	// Event makes the common part of an audit line.
	Event func(r *http.Request, detail map[string]string) audit.Event
	// Arrive ends a journey whose session is open: gateway/flow.go.
	Arrive func(w http.ResponseWriter, r *http.Request, j journey.Journey) error
	// Renewed goes on with a login that had to wait for a new password.
	Renewed func(w http.ResponseWriter, r *http.Request, j journey.Journey, p Proof) error
	// SignIn leads somebody who is not signed in to the login page.
	SignIn web.Guard
	// Limit guards form posts against floods.
	Limit web.Guard
	Now   func() time.Time
}

// Mount gives the pages their addresses.
func (p *Passwords) Mount(m *web.Mux) {
	m.Get(ChoosePath, p.choose)
	m.Post(ChoosePath, p.chosen, p.Limit)
	m.Get(ChangePath, p.change, p.SignIn)
	m.Post(ChangePath, p.changed, p.SignIn, p.Limit)
}

// NewPassword reads the two fields of a new password.
func NewPassword(f *web.Form) string {
	chosen := f.Secret("password")
	switch again := f.Value("again"); {
	case f.Errors.Err("password") != nil:
		name(f, "password", "credential.password.required")
	case again != chosen:
		f.Fail("again", "credential.again.differs")
	}
	return chosen
}

// name gives the error of an empty field words that say which field is meant.
func name(f *web.Form, field, key string) {
	for i, e := range f.Errors {
		if e.Field == field && e.Key == "form.required" {
			f.Errors[i].Key = key
		}
	}
}

// Broken puts the refusal of a rule beside its field; false for other errors.
func Broken(f *web.Form, err error) bool {
	if !fault.Is(err, fault.Invalid) {
		return false
	}
	rule := fault.From(err)
	f.Fail("password", rule.Key, rule.Args...)
	return true
}

// ways adds the ways on to an error that the pages of a login cannot show themselves.
func ways(err error, j journey.Journey) error {
	if err == nil {
		return nil
	}
	return fault.From(err).Offer("gateway.action.restart", journey.LoginURL(j.Handle)).Offer("gateway.action.help", "/help")
}

// Tell writes the mail about a new password. // ASVS 6.3.7
func (p *Passwords) Tell(a account.Account) notify.Message {
	texts, lang := p.Site.Pages.Catalog(), a.Language
	return notify.Message{
		Channel: notify.Mail, To: a.Email, Lang: lang, Subject: texts.Text(lang, "credential.mail.set.subject"),
		Text: texts.Text(lang, "credential.mail.set.text", "name", a.Called(), "login", p.Site.BaseURL+"/login",
			"help", p.Site.BaseURL+"/help"),
	}
}
