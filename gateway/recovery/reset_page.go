package recovery

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/gateway/credential"
	"atrio/web"
	"atrio/web/ui"
)

// resetView is the view of "recovery/reset".
type resetView struct {
	ui.Errors
	Token, Code string
	Least       int
	// First is set for an account that nobody has entered yet.
	First bool
}

// purpose binds the link to its use.
const purpose = "recovery.link"

// errLink: the link is not (any more) one that sets a password. Why is not told.
var errLink = fault.New(fault.Gone, "error.recovery.link").For("recovery_link")

// seal makes the secret of a link: whose password, which one, and for which address, so
// that a message to an address that the person gave up opens nothing.
func (v *Recovery) seal(c credential.Credential) (string, error) {
	inside := strings.Join([]string{c.Account.ID, strconv.FormatInt(c.SetAt.UnixMicro(), 10), c.Account.Email}, "\n")
	return v.Site.Keyring.Seal(purpose, v.Now().Add(linkLife), []byte(inside))
}

// open finds the account of a link whose password is still the one of the message.
func (v *Recovery) open(r *http.Request, token string) (credential.Credential, error) {
	inside, err := v.Site.Keyring.Open(purpose, v.Now(), token)
	if err != nil {
		return credential.Credential{}, v.refuse(err)
	}
	parts := strings.SplitN(string(inside), "\n", 3)
	if len(parts) != 3 {
		return credential.Credential{}, v.refuse(nil)
	}
	micros, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return credential.Credential{}, v.refuse(err)
	}
	c, err := v.Chooser.Store.CredentialOf(r.Context(), parts[0])
	if err != nil {
		return c, err
	}
	if c.PHC == "" && !c.First || !c.SetAt.Equal(time.UnixMicro(micros)) || c.Account.Email != parts[2] {
		return c, v.refuse(nil)
	}
	return c, nil
}

func (v *Recovery) refuse(cause error) error {
	return errLink.Because(cause).Offer("recovery.again", AskPath).Offer("gateway.action.login", "/login").Offer("gateway.action.help", "/help")
}

// link shows the form of a new password. Opening it changes nothing: programs that look
// at mail open links too.
func (v *Recovery) link(w http.ResponseWriter, r *http.Request) error {
	token := r.URL.Query().Get("token")
	c, err := v.open(r, token)
	if err != nil {
		return err
	}
	return v.showReset(w, r, http.StatusOK, c, token, nil)
}

func (v *Recovery) showReset(w http.ResponseWriter, r *http.Request, status int, c credential.Credential, token string, errs ui.Errors) error {
	return v.Site.Page(w, r, status, "recovery/reset", resetView{
		Errors: errs, Token: token, Code: string(c.Account.Code), Least: v.Chooser.Rules.Least, First: c.First,
	}, web.Plain)
}

// reset sets the new password, ends all sessions of the account and leads to the login
// page: the way in is the same as for everybody, second factor included. // ASVS 6.4.3
func (v *Recovery) reset(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	token := f.Value("token")
	c, err := v.open(r, token)
	if err != nil {
		return err
	}
	secret := credential.NewPassword(f)
	if !f.OK() {
		return v.showReset(w, r, http.StatusUnprocessableEntity, c, token, f.Errors)
	}
	set, err := v.Chooser.Choose(r.Context(), credential.Choice{
		Before: c, Password: secret, By: "mail", Ends: true, Event: v.Event(r, map[string]string{"by": "mail"}), Tell: v.Tell,
	})
	switch {
	case err == nil:
	case credential.Broken(f, err):
		return v.showReset(w, r, http.StatusUnprocessableEntity, c, token, f.Errors)
	case fault.Is(err, fault.Conflict):
		return v.refuse(err)
	default:
		return fault.From(err).Offer("gateway.action.login", "/login").Offer("gateway.action.help", "/help")
	}
	v.Browsers.Remember(w, r, set)
	v.Site.Notice(w, "recovery.notice.set")
	return web.Redirect(w, r, "/login")
}
