package login

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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
	// patience is how long a login at the gateway may take: a parent may take a day to
	// approve, and the steps before and after take their time. // G2.9
	patience = 26 * time.Hour
	// memory is how long a login that took too long still knows where it wanted to go.
	memory = 48 * time.Hour
	// maxPending is the number of logins that one browser may have open.
	maxPending = 3
	// maxReturn bounds the return address, so that the cookie stays below 2 KB.
	maxReturn = 500
	// flowPrefix begins the names of the cookies.
	flowPrefix = "flow_"
)

// stateForm is the form of a state: the second of its birth, so that names sort
// by age, and 130 random bits.
var stateForm = regexp.MustCompile(`^[0-9a-f]{10}[A-Z2-7]{26}$`)

func newState(now time.Time) string { return fmt.Sprintf("%010x", now.Unix()) + rand.Text() }

// stale reports whether the login of a state took too long. What is sealed under
// the state proves its birth.
func stale(state string, now time.Time) bool {
	born, err := strconv.ParseInt(state[:10], 16, 64)
	return err != nil || now.Sub(time.Unix(born, 0)) >= patience
}

// purpose binds what is sealed to its state: under another name it does not open.
func purpose(state string) string { return "login.pending." + state }

// returnAddress is the local page to go to after the login.
func returnAddress(address string) string {
	const otherwise = "/dashboard"
	if len(address) > maxReturn || strings.ContainsFunc(address, func(r rune) bool { return r > '~' }) {
		return otherwise
	}
	return web.LocalPath(address, otherwise)
}

// remember opens a pending login in this browser.
func (h *Handler) remember(w http.ResponseWriter, r *http.Request, back string) (state string, p pending, err error) {
	p = pending{Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Return: back}
	var data bytes.Buffer
	e := json.NewEncoder(&data)
	e.SetEscapeHTML(false) // an & would take six bytes
	if err := e.Encode(p); err != nil {
		return "", p, err
	}
	now := h.Now()
	state = newState(now)
	sealed, err := h.Keyring.Seal(purpose(state), now.Add(memory), data.Bytes())
	if err != nil {
		return "", p, err
	}
	h.makeRoom(w, r)
	h.Site.SetCookie(w, flowPrefix+state, sealed, web.CookieOptions{MaxAge: int(memory.Seconds())})
	return state, p, nil
}

// makeRoom drops the oldest pending logins of this browser when there are too
// many: they are only ways back, and a header full of them would lock the
// person out.
func (h *Handler) makeRoom(w http.ResponseWriter, r *http.Request) {
	open := slices.Sorted(maps.Keys(h.Site.Cookies(r, flowPrefix)))
	for _, name := range open[:max(0, len(open)-maxPending+1)] {
		h.Site.ClearCookie(w, name, web.CookieOptions{})
	}
}

// take opens the pending login that a callback answers and ends it.
func (h *Handler) take(w http.ResponseWriter, r *http.Request, state string) (pending, error) {
	var p pending
	expired := fault.New(fault.Invalid, "login.lost").For("login_state")
	lost := expired.Offer("login.action.again", "/login/start").Offer("login.action.other", "/login")
	if !stateForm.MatchString(state) {
		return p, lost
	}
	sealed, ok := h.Site.Cookie(r, flowPrefix+state)
	if !ok {
		return p, lost
	}
	h.Site.ClearCookie(w, flowPrefix+state, web.CookieOptions{})
	data, err := h.Keyring.Open(purpose(state), h.Now(), sealed)
	if err != nil {
		return p, lost.Because(err)
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, lost.Because(err)
	}
	if stale(state, h.Now()) {
		return p, withWaysOn(expired, p.Return)
	}
	return p, nil
}
