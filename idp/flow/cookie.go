package flow

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"regexp"
	"sort"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid/spidsaml"
	"atrio/web"
)

const (
	// purpose of the sealed value.
	purpose = "idp.flow"
	// maxFlows is how many logins one browser may have open; the oldest gives way.
	maxFlows = 3
	// maxCookie is the most that a sealed state may take, in bytes: three of them
	// fit into the header limits of common proxies.
	maxCookie = 2048
	// Grace is how long after the deadline the state can still be opened, so
	// that a late person is led back to the service (nr 21) and not to a wall.
	Grace = 2 * time.Hour
)

// handleForm is the only form of a handle; anything else in an address is not
// looked up.
var handleForm = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)

// ErrTooLarge says that the request of the service cannot be carried.
var ErrTooLarge = fault.New(fault.TooLarge, "error.idp.request_too_large").For("flow_too_large")

func newHandle() string {
	var raw [16]byte
	rand.Read(raw[:]) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// cookieName is the short name of the cookie of one flow.
func cookieName(handle string) string { return "flow_" + handle }

// crossSite: the service may send the person here by a form of another site.
var crossSite = web.CookieOptions{CrossSite: true}

// seal binds the state to its handle: a cookie renamed is a cookie refused.
func (d *Desk) seal(s *State) (string, error) {
	raw, err := s.marshal()
	if err != nil {
		return "", fault.New(fault.Internal, "error.internal").Because(err)
	}
	return d.Keyring.Seal(purpose+"."+s.Handle, s.Deadline.Add(Grace), raw)
}

// Fits reports with ErrTooLarge when a request is too long to be carried.
func (d *Desk) Fits(request *spidsaml.Authn) error {
	now := d.Now()
	// Everything that later steps add is in place, so that no step can fail.
	sealed, err := d.seal(&State{
		Handle: strings.Repeat("h", 22), Request: request, StartedAt: now, Deadline: now, PasswordAt: now, SecondAt: now,
		Identity: strings.Repeat("i", 22), Session: strings.Repeat("s", 22), Method: TOTP, Fresh: true, Prolonged: true,
	})
	switch {
	case err != nil:
		return err
	case len(sealed) > maxCookie:
		return ErrTooLarge
	}
	return nil
}

func (d *Desk) save(w http.ResponseWriter, s *State) error {
	sealed, err := d.seal(s)
	if err != nil {
		return err
	}
	d.Site.SetCookie(w, cookieName(s.Handle), sealed, crossSite)
	return nil
}

// load opens the flow of this browser with that handle.
func (d *Desk) load(r *http.Request, handle string) (*State, error) {
	if !handleForm.MatchString(handle) {
		return nil, ErrClosed
	}
	sealed, held := d.Site.Cookie(r, cookieName(handle))
	if !held {
		return nil, ErrClosed
	}
	return d.open(handle, sealed)
}

func (d *Desk) open(handle, sealed string) (*State, error) {
	raw, err := d.Keyring.Open(purpose+"."+handle, d.Now(), sealed)
	if err != nil {
		return nil, ErrClosed.Because(err)
	}
	s, err := unmarshal(raw)
	if err != nil {
		return nil, ErrClosed.Because(err)
	}
	s.Handle = handle
	return s, nil
}

func (d *Desk) drop(w http.ResponseWriter, handle string) {
	d.Site.ClearCookie(w, cookieName(handle), crossSite)
}

// evict makes room for one more flow: what cannot be opened goes, and then the
// oldest. Its tab gets the page of ErrClosed, which names this reason too.
func (d *Desk) evict(w http.ResponseWriter, r *http.Request) {
	var open []*State
	for name, sealed := range d.Site.Cookies(r, cookieName("")) {
		handle := strings.TrimPrefix(name, cookieName(""))
		s, err := d.open(handle, sealed)
		if err != nil {
			d.drop(w, handle)
			continue
		}
		open = append(open, s)
	}
	sort.Slice(open, func(i, k int) bool { return open[i].StartedAt.After(open[k].StartedAt) })
	for n := maxFlows - 1; n < len(open); n++ {
		d.drop(w, open[n].Handle)
	}
}
