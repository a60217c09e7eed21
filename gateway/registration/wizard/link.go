package wizard

import (
	"encoding/json"
	"errors"
	"net/http"

	"atrio/base/fault"
	"atrio/gateway/registration/draft"
	"atrio/web"
)

// What a link is good for in this browser.
const (
	linkConfirms  = "confirm"  // the draft waits here for its address
	linkContinues = "continue" // the draft is stored: it goes on here
	linkElsewhere = "elsewhere"
)

// linkView is the view of "wizard/link".
type linkView struct {
	// Case is one of the constants above.
	Case  string
	Token string
	Email string
	// Code is shown where the draft waits in another browser; "" when it is too old.
	Code string
}

// opened is a link that was followed.
type opened struct {
	invitation
	kept
	use string
}

// link shows a button and does nothing: programs that look into mail follow links, and
// must neither confirm an address nor use a link up. // G3.4
func (z *Wizard) link(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	o, err := z.openLink(r, token)
	if err != nil {
		return err
	}
	return z.showLink(w, r, token, o)
}

func (z *Wizard) showLink(w http.ResponseWriter, r *http.Request, token string, o opened) error {
	v := linkView{Case: o.use, Token: token, Email: o.invitation.Email}
	if o.use == linkElsewhere && z.Now().Before(o.Until) {
		v.Code = o.Code
	}
	return z.Site.Page(w, r, http.StatusOK, "wizard/link", v, web.Plain)
}

// follow is the press of the button. In a browser that did not begin the registration
// the link confirms nothing: who owns the mailbox would else lend their address to
// whoever typed it.
func (z *Wizard) follow(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	token := f.Value("token")
	o, err := z.openLink(r, token)
	if err != nil {
		return err
	}
	switch o.use {
	case linkConfirms:
		return z.confirm(w, r, o.kept)
	case linkContinues:
		if err := z.point(w, o.kept.ID); err != nil {
			return err
		}
		return z.onward(w, r, o.kept)
	}
	return z.showLink(w, r, token, o)
}

// errLink: a link that is none of ours, or too old.
var errLink = fault.New(fault.Gone, "wizard.link.gone").For("registration_link").
	Offer("wizard.action.restart", StartPath).Offer("gateway.action.help", "/help")

// openLink reads a link and finds what it is good for here.
func (z *Wizard) openLink(r *http.Request, token string) (opened, error) {
	var o opened
	plain, err := z.Site.Keyring.Open(linkPurpose, z.Now(), token)
	if err != nil {
		return o, errLink.Because(err)
	}
	if err := json.Unmarshal(plain, &o.invitation); err != nil {
		return o, errLink.Because(err)
	}
	o.kept, err = z.stored(r, o.invitation.ID)
	switch {
	case err == nil && o.Confirmed == o.invitation.Email:
		o.use = linkContinues
		return o, nil
	case err != nil && !fault.Is(err, fault.Gone):
		return o, err
	}
	isStored := err == nil
	here, err := z.find(r)
	switch {
	case err == nil && here.ID == o.invitation.ID && here.Next() == draft.StepCode && here.Identity.Email == o.invitation.Email:
		o.kept, o.use = here, linkConfirms
	case err != nil && !errors.Is(err, errNone) && !errors.Is(err, ErrGone):
		return o, err
	case isStored && o.kept.Identity.Email != o.invitation.Email:
		return o, errLink.For("registration_link_other_address")
	default:
		// Perhaps it waits in another browser, perhaps it is finished: who holds the
		// link alone is not told.
		o.use = linkElsewhere
	}
	return o, nil
}
