package operator

import (
	"errors"
	"net/http"
	"strings"

	"atrio/authn/passkey"
	"atrio/base/audit"
	"atrio/web"
	"atrio/web/ui"
)

// loginView is the view of "operator/login".
type loginView struct {
	ui.Errors
	// Question is this page, Options what the browser is asked for, as JSON.
	Question, Options string
	// To is the page that the operator wanted.
	To string
}

// login asks for a key. Nothing is typed: the key says whose it is.
func (d *Desk) login(w http.ResponseWriter, r *http.Request) error {
	if _, ok := d.Who(r); ok {
		return web.Redirect(w, r, ownPath(r.URL.Query().Get("to")))
	}
	return d.showLogin(w, r, http.StatusOK, loginView{To: r.URL.Query().Get("to")})
}

func (d *Desk) showLogin(w http.ResponseWriter, r *http.Request, status int, v loginView) error {
	if d.Passkeys == nil {
		return errNoKeys
	}
	q, err := d.ask("enter")
	if err != nil {
		return err
	}
	options, err := d.Passkeys.AskAnybody(d.challenge("enter", q))
	if err != nil {
		return err
	}
	v.Question, v.Options, v.To = q.sealed, string(options), ownPath(v.To)
	return d.Site.Page(w, r, status, "operator/login", v, web.Plain)
}

// ownPath admits the pages of operators alone.
func ownPath(to string) string {
	if to = web.LocalPath(to, Path); strings.HasPrefix(to, Path+"/") {
		return to
	}
	return Path
}

// enter opens a session for whoever's key answered.
func (d *Desk) enter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if d.Passkeys == nil {
		return errNoKeys
	}
	v := loginView{To: f.Value("to")}
	q := d.read("enter", f.Value("question"))
	answer := f.Text("answer", web.Required, web.Max(maxAnswer))
	if q == nil || !f.OK() {
		return d.noEntry(w, r, v, "", "operator_question")
	}
	var who Operator
	_, a, err := d.Passkeys.AnsweredBy(d.challenge("enter", *q), answer, func(handle []byte) (passkey.Owner, error) {
		var known bool
		if who, known = d.Roster.Find(string(handle)); !known {
			return passkey.Owner{}, passkey.ErrAnswer
		}
		keys, err := d.Store.OperatorKeys(r.Context(), who.ID)
		return owner(who, keys), err
	})
	if errors.Is(err, passkey.ErrAnswer) {
		return d.noEntry(w, r, v, who.ID, "operator_key")
	}
	if err != nil {
		return err
	}
	if err := d.open(w, r, who, d.use(who, *q, a), audit.LoginSucceeded); err != nil {
		return err
	}
	return web.Redirect(w, r, ownPath(v.To))
}

func (d *Desk) noEntry(w http.ResponseWriter, r *http.Request, v loginView, subject, reason string) error {
	d.refused(r, subject, reason)
	v.Errors = ui.Errors{{Key: "operator.login.wrong"}}
	return d.showLogin(w, r, http.StatusUnprocessableEntity, v)
}

// amr: a key in hardware, and two factors. RFC 8176
var amr = []string{"hwk", "mfa"}

// open starts a session in place of whatever this browser had. One that is renewed by a
// confirmation ends when the one before would have ended.
func (d *Desk) open(w http.ResponseWriter, r *http.Request, who Operator, u Use, action string) error {
	next, secret := d.Site.Sessions.New(r, who.ID, "operator", "", amr, u.At)
	var roles []string
	for _, role := range who.Roles {
		roles = append(roles, string(role))
	}
	next.Data = map[string]string{"name": who.Name, "roles": strings.Join(roles, " ")}
	e := Entry{Use: u, Event: d.Event(r, action, who.ID, map[string]string{"door": "operator", "method": "passkey"})}
	if before := web.CurrentSession(r); before != nil && before.Subject == who.ID {
		next.CreatedAt, next.ExpiresAt, e.Replaces = before.CreatedAt, before.ExpiresAt, before.Handle
	}
	e.Session, e.Event.Actor, e.Event.Detail["session"] = next, who.ID, next.Handle
	if err := d.Store.EnterOperator(r.Context(), e); err != nil {
		return err
	}
	return d.Site.Sessions.Begin(w, r, next, secret) // also for that of a holder, which is none here
}

// logout ends the session.
func (d *Desk) logout(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if err := d.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	d.Site.Notice(w, "operator.notice.out")
	return web.Redirect(w, r, loginPath)
}
