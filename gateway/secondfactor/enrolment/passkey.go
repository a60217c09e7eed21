package enrolment

import (
	"errors"
	"net/http"

	"atrio/authn/passkey"
	kinds "atrio/authn/secondfactor"
	"atrio/base/fault"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/web"
	"atrio/web/ui"
)

// passkeyView is the view of "enrolment/passkey".
type passkeyView struct {
	ui.Errors
	// Options are what the browser is asked for, as JSON.
	Options, Label string
}

// maxAnswer bounds the answer of a browser, in characters.
const maxAnswer = 16 << 10

// passkey offers to make a passkey. // G4.5
func (e *Enrolment) passkey(w http.ResponseWriter, r *http.Request, v visit) error {
	switch {
	case e.Checker.Passkeys == nil:
		return fault.New(fault.NotFound, "error.not_found").For("no_passkeys").Offer("enrolment.action.list", Path)
	case len(v.status.Of(kinds.Passkey)) >= secondfactor.MostOfAKind:
		return secondfactor.ErrTooMany.Offer("enrolment.action.list", Path)
	}
	o, ok := e.offered(r, kinds.Passkey, v)
	if !ok {
		var err error
		if o, err = e.begin(w, kinds.Passkey, v, offer{}); err != nil {
			return err
		}
	}
	return e.showPasskey(w, r, http.StatusOK, v, o, passkeyView{})
}

func (e *Enrolment) showPasskey(w http.ResponseWriter, r *http.Request, status int, v visit, o offer, view passkeyView) error {
	options, err := e.Checker.NewPasskey(e.owner(v), o.ID)
	if err != nil {
		return err
	}
	view.Options = string(options)
	return e.Site.Page(w, r, status, "enrolment/passkey", view)
}

func (e *Enrolment) owner(v visit) passkey.Owner {
	return secondfactor.OwnerOf(v.session.Subject, sso.Code(v.session), v.status)
}

// takePasskey stores the passkey that the browser made.
func (e *Enrolment) takePasskey(w http.ResponseWriter, r *http.Request, v visit) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	o, ok := e.offered(r, kinds.Passkey, v)
	if e.Checker.Passkeys == nil || !ok {
		e.Site.Notice(w, "enrolment.notice.late")
		return web.Redirect(w, r, Path)
	}
	view := passkeyView{Label: f.Text("label", web.Max(secondfactor.MaxLabel))}
	answer := f.Text("answer", web.Max(maxAnswer))
	if f.OK() {
		key, err := e.Checker.Created(e.owner(v), o.ID, answer)
		if err == nil {
			return e.addPasskey(w, r, v, o, key, view.Label)
		}
		if !errors.Is(err, passkey.ErrAnswer) {
			return err
		}
		e.refused(r, v, kinds.Passkey, "passkey_answer")
		f.Fail("", "enrolment.passkey.wrong")
	}
	view.Errors = f.Errors
	return e.showPasskey(w, r, http.StatusUnprocessableEntity, v, o, view)
}

func (e *Enrolment) addPasskey(w http.ResponseWriter, r *http.Request, v visit, o offer, key passkey.Key, label string) error {
	used := secondfactor.Used{Kind: kinds.Passkey, Factor: secondfactor.PasskeyID(key), Synced: key.Synced, At: e.Now()}
	err := e.Factors.AddFactor(r.Context(), secondfactor.Addition{
		Factor: factor{ID: used.Factor, AccountID: v.session.Subject, Kind: kinds.Passkey, Label: label, Key: key, CreatedAt: e.Now()},
		Step:   int64(key.Count), Event: e.event(r, v), Tell: e.tell("added", kinds.Passkey, label),
	})
	if err != nil {
		return listOffered(err)
	}
	e.forget(w, kinds.Passkey)
	return e.done(w, r, v, "enrolment.notice.passkey", used, o.ID)
}
