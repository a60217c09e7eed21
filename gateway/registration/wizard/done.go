package wizard

import (
	"encoding/json"
	"net/http"
	"time"

	"atrio/web"
)

// handed is what the page of the new Codice Persona shows; it stands sealed in the
// browser, so that a reload shows it again.
type handed struct {
	Code string `json:"c"`
	Name string `json:"n"`
	Flow string `json:"f,omitempty"`
}

const (
	handedCookie  = "registered"
	handedPurpose = "registration.handed"
	handedLife    = 15 * time.Minute // the next person at this computer need not see it
)

func (z *Wizard) hand(w http.ResponseWriter, h handed) error {
	plain, err := json.Marshal(h)
	if err != nil {
		return err
	}
	sealed, err := z.Site.Keyring.Seal(handedPurpose, z.Now().Add(handedLife), plain)
	if err != nil {
		return err
	}
	z.Site.SetCookie(w, handedCookie, sealed, web.CookieOptions{MaxAge: int(handedLife.Seconds())})
	return nil
}

// doneView is the view of "wizard/done".
type doneView struct {
	Name, Code, Service, Login string
}

// done shows the Codice Persona and what comes next: "Ci sei quasi!". // G3.5
func (z *Wizard) done(w http.ResponseWriter, r *http.Request) error {
	sealed, ok := z.Site.Cookie(r, handedCookie)
	if !ok {
		return web.Redirect(w, r, StartPath)
	}
	plain, err := z.Site.Keyring.Open(handedPurpose, z.Now(), sealed)
	var h handed
	if err == nil {
		err = json.Unmarshal(plain, &h)
	}
	if err != nil {
		return web.Redirect(w, r, StartPath) //nolint:nilerr // too old or not ours: nothing to show
	}
	return z.Site.Page(w, r, http.StatusOK, "wizard/done", doneView{
		Name: h.Name, Code: h.Code, Service: z.ServiceName(r, h.Flow), Login: loginURL(h.Flow),
	}, web.Plain)
}
