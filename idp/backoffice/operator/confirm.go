package operator

import (
	"errors"
	"net/http"
	"time"

	"atrio/authn/passkey"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/web"
	"atrio/web/ui"
)

// Fresh is how old the last answer of a key may be when something is decided. // A17
const Fresh = 5 * time.Minute

// confirmView is the view of "operator/confirm".
type confirmView struct {
	ui.Errors
	Question, Options string
	// Action is where the form goes, Fields what it said.
	Action string
	Fields []fault.Field
}

// Confirm makes sure that the operator's key answered within the last minutes. When it did
// not, it shows a page that asks for the key and keeps what was sent; the page sends it
// again to the same address with the answer, so that the handler calls Confirm again. ok
// is false when a page was shown: the handler has nothing more to do.
//
// Fields are those of the form that have to come again; "question" and "answer" are the
// names of the page's own. // A17
func (d *Desk) Confirm(w http.ResponseWriter, r *http.Request, f *web.Form, fields ...fault.Field) (ok bool, err error) {
	s := web.CurrentSession(r)
	who, known := d.Who(r)
	switch {
	case !known:
		return false, fault.New(fault.Denied, "error.operator.gone").For("operator_gone")
	case d.Passkeys == nil:
		return false, errNoKeys
	case d.fresh(s):
		return true, nil
	}
	keys, err := d.Store.OperatorKeys(r.Context(), who.ID)
	if err != nil {
		return false, err
	}
	v := confirmView{Action: r.URL.Path, Fields: fields}
	if f.Has("answer") {
		q := d.read("confirm", f.Value("question"), who.ID)
		if q != nil {
			a, err := d.Passkeys.Answered(owner(who, keys), d.challenge("confirm", *q), f.Value("answer"))
			if err == nil {
				return true, d.open(w, r, who, d.use(who, *q, a), audit.StepUp)
			}
			if !errors.Is(err, passkey.ErrAnswer) {
				return false, err
			}
		}
		d.refused(r, who.ID, "operator_confirm")
		v.Errors = ui.Errors{{Key: "operator.confirm.wrong"}}
	}
	return false, d.askAgain(w, r, who, keys, v)
}

// fresh tells whether the key of a session answered within the last minutes.
func (d *Desk) fresh(s *web.Session) bool { return d.Now().Sub(s.AuthTime) < Fresh }

func (d *Desk) askAgain(w http.ResponseWriter, r *http.Request, who Operator, keys []Key, v confirmView) error {
	q, err := d.ask("confirm", who.ID)
	if err != nil {
		return err
	}
	options, err := d.Passkeys.Ask(owner(who, keys), d.challenge("confirm", q))
	if err != nil {
		return err
	}
	v.Question, v.Options = q.sealed, string(options)
	status := http.StatusOK
	if len(v.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return d.Site.Page(w, r, status, "operator/confirm", v, web.Plain)
}
