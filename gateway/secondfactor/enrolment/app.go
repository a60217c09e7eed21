package enrolment

import (
	"html/template"
	"net/http"
	"strings"

	"atrio/authn/otp"
	kinds "atrio/authn/secondfactor"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/web"
	"atrio/web/ui"
)

// appView is the view of "enrolment/app".
type appView struct {
	ui.Errors
	// Drawing is the QR code, Size its edge in modules.
	Drawing template.HTMLAttr
	Size    int
	// Link opens an app on the same device.
	Link template.URL
	// Key is the secret as people type it, Account and Issuer what the app shows.
	Key, Account, Issuer string
	Label                string
	// Off is by how many minutes the telephone's clock is off, Fast which way.
	Off  int
	Fast bool
}

// app shows the QR code of a new key. // G4.3
func (e *Enrolment) app(w http.ResponseWriter, r *http.Request, v visit) error {
	if len(v.status.Of(kinds.TOTP)) >= secondfactor.MostOfAKind {
		return secondfactor.ErrTooMany.Offer("enrolment.action.list", Path)
	}
	o, ok := e.offered(r, kinds.TOTP, v)
	if !ok {
		var err error
		if o, err = e.begin(w, kinds.TOTP, v, offer{Key: otp.NewSecret()}); err != nil {
			return err
		}
	}
	return e.showApp(w, r, http.StatusOK, v, o, appView{})
}

func (e *Enrolment) showApp(w http.ResponseWriter, r *http.Request, status int, v visit, o offer, view appView) error {
	view.Issuer, view.Account, view.Key = e.Site.Institution.Institution.In(web.Lang(r)), sso.Code(v.session), spaced(otp.EncodeSecret(o.Key))
	uri := otp.URI(view.Issuer, view.Account, o.Key)
	view.Link = template.URL(uri) //nolint:gosec // made here
	var err error
	if view.Drawing, view.Size, err = drawing(uri); err != nil {
		return err
	}
	return e.Site.Page(w, r, status, "enrolment/app", view)
}

// takeApp confirms the app with a code that it shows.
func (e *Enrolment) takeApp(w http.ResponseWriter, r *http.Request, v visit) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	o, ok := e.offered(r, kinds.TOTP, v)
	if !ok {
		e.Site.Notice(w, "enrolment.notice.late")
		return web.Redirect(w, r, appPath)
	}
	view := appView{Label: f.Text("label", web.Max(secondfactor.MaxLabel))}
	code, now := f.Digits("code", otp.Digits), e.Now()
	if f.OK() {
		m := secondfactor.MatchApp(o.Key, code, now)
		if m.OK {
			return e.addApp(w, r, v, o, view.Label, m.Step)
		}
		reason := "wrong_code"
		if m.Off != 0 {
			reason, view.Off, view.Fast = "clock_off", kinds.Minutes(m.Off.Abs()), m.Off > 0
		}
		e.refused(r, v, kinds.TOTP, reason)
		f.Fail("code", "enrolment.app.wrong")
	}
	view.Errors = f.Errors
	return e.showApp(w, r, http.StatusUnprocessableEntity, v, o, view)
}

func (e *Enrolment) addApp(w http.ResponseWriter, r *http.Request, v visit, o offer, label string, step int64) error {
	err := e.Factors.AddFactor(r.Context(), secondfactor.Addition{
		Factor: factor{ID: o.ID, AccountID: v.session.Subject, Kind: kinds.TOTP, Label: label, CreatedAt: e.Now()},
		Secret: o.Key, Step: step, Event: e.event(r, v), Tell: e.tell("added", kinds.TOTP, label),
	})
	if err != nil {
		return listOffered(err)
	}
	e.forget(w, kinds.TOTP)
	return e.done(w, r, v, "enrolment.notice.app", secondfactor.Used{Kind: kinds.TOTP, Factor: o.ID, At: e.Now()}, o.ID)
}

// spaced parts a long text into groups of four.
func spaced(s string) string {
	var groups []string
	for ; len(s) > 4; s = s[4:] {
		groups = append(groups, s[:4])
	}
	return strings.Join(append(groups, s), " ")
}
