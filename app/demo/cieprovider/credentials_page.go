package cieprovider

import (
	"net/http"

	"atrio/app/demo/simulator"
	"atrio/authn/otp"
	"atrio/federation/spid"
	"atrio/web"
	"atrio/web/ui"
)

// CredentialsView is the view of "cie/credentials". The fields hold what is right, for
// nobody owns these secrets; whoever wants to see an error types something else.
type CredentialsView struct {
	Errors             ui.Errors
	Level              spid.Level
	Name               string
	Login, Password    string
	Code, PIN          string
	Action, End, Trial string
	Other              string
}

// ExpiredView is the view of "cie/expired".
type ExpiredView struct{ Name, End string }

func (c *CIE) credentials(w http.ResponseWriter, r *http.Request, v simulator.Visit) error {
	h, ok := simulator.Find(c.People, v.Person)
	switch {
	case !ok:
		return c.Go(w, r, v, "")
	case v.Passed:
		return c.Go(w, r, v, "consent")
	}
	view := c.credentialsView(v, h)
	view.Login, view.Password, view.PIN = h.Login, h.Password, h.PIN
	if len(h.Secret) > 0 {
		view.Code = otp.Generate(h.Secret, c.Now())
	}
	return c.Site.Page(w, r, http.StatusOK, "cie/credentials", view, web.Plain)
}

func (c *CIE) credentialsView(v simulator.Visit, h simulator.Holder) CredentialsView {
	at := loginPath + v.ID
	return CredentialsView{Level: v.Level, Name: h.Name, Action: at + "/credentials", End: at + "/end", Trial: at + "/trial", Other: at}
}

// given checks what the chosen way asks for. Level 1: user name and password; level 2:
// a code of the app as well; level 3: the card and the second half of its PIN.
// CIE-SAML protocolli
func (c *CIE) given(w http.ResponseWriter, r *http.Request, v simulator.Visit) error {
	h, ok := simulator.Find(c.People, v.Person)
	if !ok {
		return c.Go(w, r, v, "")
	}
	form, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	view := c.credentialsView(v, h)
	if v.Level == spid.L3 {
		if view.PIN = form.Digits("pin", 4); view.PIN != h.PIN && form.OK() {
			form.Fail("pin", "demo.cie.pin.error")
		}
	} else {
		c.checkAccount(form, &view, h)
	}
	if !form.OK() {
		view.Errors = form.Errors
		return c.Site.Page(w, r, http.StatusUnprocessableEntity, "cie/credentials", view, web.Plain)
	}
	if h.Expired {
		// The person learns it here and the service by nr 23. CIE-SAML codiciErrore
		return c.Site.Page(w, r, http.StatusForbidden, "cie/expired", ExpiredView{Name: h.Name, End: loginPath + v.ID + "/end"}, web.Plain)
	}
	v.Passed = true
	c.Visits.Save(v)
	return c.Go(w, r, v, "consent")
}

// checkAccount checks user name and password, and at level 2 the code of the app.
func (c *CIE) checkAccount(form *web.Form, view *CredentialsView, h simulator.Holder) {
	view.Login = form.Text("username", web.Required, web.Max(64))
	view.Password = form.Secret("password")
	if form.OK() && (view.Login != h.Login || view.Password != h.Password) {
		form.Fail("password", "demo.cie.password.error")
	}
	if view.Level != spid.L2 {
		return
	}
	view.Code = form.Digits("code", otp.Digits)
	if _, right := otp.Verify(h.Secret, view.Code, c.Now(), 1); view.Code != "" && !right {
		form.Fail("code", "demo.cie.code.error")
	}
}
