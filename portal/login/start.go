package login

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"atrio/base/fault"
	"atrio/web"
)

// pending is what the browser carries while the person is at the gateway,
// sealed: a cookie per tab, named by the state.
type pending struct {
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Return   string `json:"r"`
}

const (
	purpose = "login"
	// patience is how long a login at the gateway may take.
	patience = time.Hour
	// maxPending is the number of logins that one browser may have open.
	maxPending = 5
)

func (h *Handler) start(w http.ResponseWriter, r *http.Request) error {
	found, err := h.Provider.discover(r.Context())
	if err != nil {
		return err
	}
	back := web.LocalPath(r.URL.Query().Get("return"), "/dashboard")
	if len(back) > 500 {
		back = "/dashboard"
	}
	p := pending{Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: back}
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	state := rand.Text()
	sealed, err := h.Keyring.Seal(purpose, h.Now().Add(patience), data)
	if err != nil {
		return err
	}
	h.makeRoom(w, r)
	h.Site.SetCookie(w, "flow_"+state, sealed, web.CookieOptions{MaxAge: int(patience.Seconds())})
	return web.Redirect(w, r, h.Provider.oauth(found).AuthCodeURL(state,
		oidc.Nonce(p.Nonce), oauth2.S256ChallengeOption(p.Verifier), oauth2.SetAuthURLParam("ui_locales", web.Lang(r))))
}

// makeRoom drops pending logins of this browser when there are too many: they
// are only ways back, and a header full of them would lock the person out.
func (h *Handler) makeRoom(w http.ResponseWriter, r *http.Request) {
	open := h.Site.Cookies(r, "flow_")
	for name := range open {
		if len(open) < maxPending {
			return
		}
		h.Site.ClearCookie(w, name, web.CookieOptions{})
		delete(open, name)
	}
}

// take opens the pending login that a callback answers and ends it.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, state string) (pending, error) {
	lost := fault.New(fault.Invalid, "login.lost").For("login_state").Offer("login.action.again", "/login/start").Offer("login.action.other", "/login")
	if len(state) == 0 || len(state) > 64 {
		return pending{}, lost
	}
	sealed, ok := h.Site.Cookie(r, "flow_"+state)
	if !ok {
		return pending{}, lost
	}
	h.Site.ClearCookie(w, "flow_"+state, web.CookieOptions{})
	data, err := h.Keyring.Open(purpose, h.Now(), sealed)
	if err != nil {
		return pending{}, lost.Because(err)
	}
	var p pending
	if err := json.Unmarshal(data, &p); err != nil {
		return pending{}, lost.Because(err)
	}
	return p, nil
}
