package exit

import (
	"encoding/json"
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid/spidsaml"
	"atrio/web"
)

// waiting is a logout whose answer has not come; it is sealed into the browser that
// takes the request along, so that nobody else can bring the answer.
type waiting struct {
	spidsaml.PendingLogout
	// To is where the person wanted to go after the logout; "" is our own page.
	To string `json:"then,omitempty"`
}

const (
	waitingCookie  = "leaving"
	waitingPurpose = "exit.waiting"
	// waitingLife is how late an answer is still told to the person.
	waitingLife = 30 * time.Minute
)

// errNotWaiting: nobody in this browser waits for that answer.
var errNotWaiting = fault.New(fault.Denied, "error.exit.not_waiting").For("logout_not_pending")

// crossSite: the provider may bring its answer by a form of its own site.
func crossSite() web.CookieOptions { return web.CookieOptions{CrossSite: true} }

// remember seals what is pending. A later logout of the same browser replaces it: the
// session that the first one was about has ended all the same.
func (e *Exit) remember(w http.ResponseWriter, p waiting) error {
	plain, err := json.Marshal(p)
	if err != nil {
		return fault.New(fault.Internal, "error.internal").Because(err)
	}
	sealed, err := e.Site.Keyring.Seal(waitingPurpose+e.Path, e.Now().Add(waitingLife), plain)
	if err != nil {
		return err
	}
	e.Site.SetCookie(w, waitingCookie, sealed, crossSite())
	return nil
}

// recall opens what this browser waits for.
func (e *Exit) recall(r *http.Request) (waiting, error) {
	var p waiting
	sealed, held := e.Site.Cookie(r, waitingCookie)
	if !held {
		return p, errNotWaiting
	}
	plain, err := e.Site.Keyring.Open(waitingPurpose+e.Path, e.Now(), sealed)
	if err != nil {
		return p, errNotWaiting.Because(err)
	}
	if err := json.Unmarshal(plain, &p); err != nil {
		return p, errNotWaiting.Because(err)
	}
	return p, nil
}

func (e *Exit) forget(w http.ResponseWriter) { e.Site.ClearCookie(w, waitingCookie, crossSite()) }
