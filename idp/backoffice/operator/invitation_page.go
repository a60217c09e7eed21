package operator

import (
	"errors"
	"net/http"

	"atrio/authn/passkey"
	"atrio/base/audit"
	"atrio/web"
	"atrio/web/ui"
)

// newKeyView is the view of "operator/new_key": for an invitation, or beside other keys.
type newKeyView struct {
	ui.Errors
	Name              string
	Action            string
	Link              string
	Question, Options string
	Label             string
}

// maxLabel is what a list has room for.
const maxLabel = 40

// invited gives whom the link of a request invites.
func (d *Desk) invited(r *http.Request, link string) (Operator, error) {
	if d.Passkeys == nil {
		return Operator{}, errNoKeys
	}
	id, err := d.Store.InvitedOperator(r.Context(), linkMAC(d.Keyring, link), d.Now())
	if err != nil {
		return Operator{}, err
	}
	who, ok := d.Roster.Find(id)
	if !ok {
		return who, ErrLink
	}
	return who, nil
}

// invitation shows the page behind the mailed link. It changes nothing: programs open
// links too. // A04
func (d *Desk) invitation(w http.ResponseWriter, r *http.Request) error {
	link := r.URL.Query().Get("link")
	who, err := d.invited(r, link)
	if err != nil {
		return err
	}
	return d.showNewKey(w, r, http.StatusOK, who, newKeyView{Action: invitationPath, Link: link})
}

func (d *Desk) showNewKey(w http.ResponseWriter, r *http.Request, status int, who Operator, v newKeyView) error {
	keys, err := d.Store.OperatorKeys(r.Context(), who.ID)
	if err != nil {
		return err
	}
	q, err := d.ask("new", who.ID)
	if err != nil {
		return err
	}
	options, err := d.Passkeys.Create(owner(who, keys), d.challenge("new", q))
	if err != nil {
		return err
	}
	v.Name, v.Question, v.Options = who.Name, q.sealed, string(options)
	return d.Site.Page(w, r, status, "operator/new_key", v, web.Plain)
}

// accept stores the key that an invitation allows. No session comes of the link: the
// operator signs in with the key.
func (d *Desk) accept(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v := newKeyView{Action: invitationPath, Link: f.Value("link")}
	who, err := d.invited(r, v.Link)
	if err != nil {
		return err
	}
	done, err := d.takeKey(w, r, f, who, v, linkMAC(d.Keyring, v.Link))
	if err != nil || !done {
		return err
	}
	return web.Redirect(w, r, loginPath)
}

// takeKey stores a key that the browser made; false when the page was shown again.
func (d *Desk) takeKey(w http.ResponseWriter, r *http.Request, f *web.Form, who Operator, v newKeyView, link []byte) (bool, error) {
	v.Label = f.Text("label", web.Required, web.Max(maxLabel))
	q := d.read("new", f.Value("question"), who.ID)
	answer := f.Text("answer", web.Max(maxAnswer))
	if q == nil {
		f.Fail("", "operator.key.late")
	}
	if !f.OK() {
		v.Errors = f.Errors
		return false, d.showNewKey(w, r, http.StatusUnprocessableEntity, who, v)
	}
	keys, err := d.Store.OperatorKeys(r.Context(), who.ID)
	if err != nil {
		return false, err
	}
	made, err := d.Passkeys.Created(owner(who, keys), d.challenge("new", *q), answer)
	if errors.Is(err, passkey.ErrAnswer) {
		d.refused(r, who.ID, "operator_new_key")
		v.Errors = ui.Errors{{Key: "operator.key.wrong"}}
		return false, d.showNewKey(w, r, http.StatusUnprocessableEntity, who, v)
	}
	if err != nil {
		return false, err
	}
	now := d.Now()
	key := Key{ID: keyID(made.ID), Operator: who.ID, Label: v.Label, Key: made, Added: now}
	ev := d.Event(r, audit.OperatorKeyAdded, who.ID, map[string]string{"key": key.ID})
	ev.Actor = who.ID
	err = d.Store.AddOperatorKey(r.Context(), Addition{Key: key, Link: link, Mail: d.mail(who, "added", v.Label), Event: ev})
	if err != nil {
		return false, err
	}
	d.Site.Notice(w, "operator.notice.key_added")
	return true, nil
}
