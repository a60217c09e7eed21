// Package passkeydoor is the door of passkeys: a device of the person, with a PIN or a
// look at them, in the place of Codice Persona, password and second factor. G4.5
//
// Whether the answer of the browser fits is said by secondfactor.Checker; what comes
// after is decided by gateway/flow.go.
package passkeydoor

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"atrio/authn/passkey"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/gateway/secondfactor"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "passkeydoor", FS: files} }

// Path is the address of the door.
const Path = "/passkey/login"

// Accounts finds who a passkey belongs to.
type Accounts interface {
	Account(ctx context.Context, id string) (account.Account, error)
	FactorStatus(ctx context.Context, accountID string) (secondfactor.Status, error)
}

// Door serves the page.
type Door struct {
	Site     *web.Site
	Journeys *journey.Keeper
	Accounts Accounts
	Checker  *secondfactor.Checker
	// ServiceName gives the display name of a service in a language.
	ServiceName func(id, lang string) string
	// Passed goes on after the right answer: gateway/flow.go.
	Passed func(w http.ResponseWriter, r *http.Request, j journey.Journey, e secondfactor.Entry) error
	// Limit guards form posts against floods.
	Limit web.Guard
	Now   func() time.Time
}

// Mount gives the page its address.
func (d *Door) Mount(m *web.Mux) {
	m.Get(Path, d.show)
	m.Post(Path, d.enter, d.Limit)
}

// view is the view of "passkeydoor/enter".
type view struct {
	ui.Errors
	// Flow names the journey, Options are what the browser is asked for, as JSON.
	Flow, Options string
	// Service is where the person is going; may be empty.
	Service string
	// Login leads back to the other doors.
	Login string
}

// show asks the browser for a passkey. Each page has a journey of its own to be bound to.
func (d *Door) show(w http.ResponseWriter, r *http.Request) error {
	flow := r.URL.Query().Get("flow")
	j, err := d.Journeys.Find(r, flow, journey.Choosing)
	switch {
	case err == nil:
		return d.page(w, r, http.StatusOK, j, nil)
	case flow == "", errors.Is(err, journey.ErrExpired), errors.Is(err, journey.ErrWrongStep):
		// Begun anew with its destination; one at another door keeps its cookie.
		fresh := journey.Journey{Handle: journey.NewHandle(), Step: journey.Choosing, To: j.To, Link: j.Link, LinkLogin: j.LinkLogin, Passed: j.Passed}
		if err := d.Journeys.Save(w, r, &fresh); err != nil {
			return journey.Explain(err, flow)
		}
		return web.Redirect(w, r, Path+"?flow="+fresh.Handle)
	}
	return journey.Explain(err, flow)
}

func (d *Door) page(w http.ResponseWriter, r *http.Request, status int, j journey.Journey, errs ui.Errors) error {
	if d.Checker.Passkeys == nil {
		return fault.New(fault.NotFound, "error.not_found").For("no_passkeys").Offer("gateway.action.other", journey.LoginURL(j.Handle))
	}
	options, err := d.Checker.AskAnybody(j.Handle)
	if err != nil {
		return err
	}
	return d.Site.Page(w, r, status, "passkeydoor/enter", view{
		Errors: errs, Flow: j.Handle, Options: string(options), Service: d.ServiceName(j.To.Service, web.Lang(r)), Login: journey.LoginURL(j.Handle),
	}, web.Plain, web.NoFormAction) // the answer leads on to the service, which is another origin
}

// enter takes the answer of the browser.
func (d *Door) enter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	j, err := d.Journeys.Find(r, f.Value("flow"), journey.Choosing)
	if err != nil {
		return journey.Explain(err, f.Value("flow"))
	}
	answer := f.Text("answer", web.Required, web.Max(maxAnswer))
	if d.Checker.Passkeys == nil || !f.OK() {
		return d.refuse(w, r, j, "", "passkey_missing")
	}
	var subject string
	entry, err := d.Checker.Anybody(j.Handle, answer, func(handle []byte) (passkey.Owner, error) {
		o, id, err := d.owner(r.Context(), handle)
		subject = id
		return o, err
	})
	if errors.Is(err, passkey.ErrAnswer) {
		return d.refuse(w, r, j, subject, "passkey_answer")
	}
	if err != nil {
		return err
	}
	if s := web.CurrentSession(r); s != nil {
		j.Replaces = s.Handle
	}
	return d.Passed(w, r, j, entry)
}

// maxAnswer bounds the answer of a browser, in characters.
const maxAnswer = 16 << 10

// owner finds the account of a handle. One that there is not is no other answer than a
// key that does not fit.
func (d *Door) owner(ctx context.Context, handle []byte) (o passkey.Owner, id string, err error) {
	a, err := d.Accounts.Account(ctx, string(handle))
	if fault.Is(err, fault.NotFound) {
		return o, "", passkey.ErrAnswer
	}
	if err != nil {
		return o, "", err
	}
	s, err := d.Accounts.FactorStatus(ctx, a.ID)
	return secondfactor.OwnerOf(a.ID, string(a.Code), s), a.ID, err
}

func (d *Door) refuse(w http.ResponseWriter, r *http.Request, j journey.Journey, subject, reason string) error {
	if d.Site.Refused != nil {
		ev := audit.Event{
			At: d.Now(), Role: d.Site.Role, Action: audit.LoginRefused, Outcome: audit.Refused, Reason: reason, Subject: subject,
			Reference: web.RequestID(r), Detail: map[string]string{"door": "passkey", "service": j.To.Service},
		}
		if a := web.ClientAddr(r); a.IsValid() {
			ev.Address = a.String()
		}
		d.Site.Refused(r.Context(), ev)
	}
	return d.page(w, r, http.StatusUnprocessableEntity, j, ui.Errors{{Key: "passkeydoor.wrong"}})
}
