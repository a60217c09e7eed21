package journey

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/web"
)

// Limits of the cookies that carry journeys. Browsers keep at least 4096 bytes
// per cookie, servers read at least 8 KiB of header: three journeys fit.
const (
	maxJourneys = 3
	maxSealed   = 2048
	// maxEntering is more, because a first entry, and an identity that waits to be
	// linked, carry the asserted attributes.
	maxEntering = 3072
	// maxResume leaves room for the pending request beside it.
	maxResume = 1024
	// maxEvicted is how many handles of closed journeys are remembered.
	maxEvicted = 5
	// maxRead bounds the work that a hostile Cookie header can cause.
	maxRead = 12
)

// keep is how long a sealed journey can still be opened. It is longer than Life,
// so that an expired login can start again with its destination. // G1.4
const keep = 24 * time.Hour

// parentLife is how long a request may wait at a door when a parent has to approve it;
// keepWaiting is keep for such a journey. // G2.9
const (
	parentLife  = 24 * time.Hour
	keepWaiting = parentLife + keep
)

// waits tells that a journey may stand at a door for a day.
func (j Journey) waits() bool { return j.Step == AtDoor && j.To.Minors }

// life is how long the step of a journey may last.
func (k *Keeper) life(j Journey) time.Duration {
	if j.waits() {
		return max(parentLife, k.Life)
	}
	return k.Life
}

// purpose binds sealed values to this use. seal adds the role.
const purpose = "journey"

// Jar reads and writes cookies by their short names; *web.Site is one.
type Jar interface {
	SetCookie(w http.ResponseWriter, name, value string, opt web.CookieOptions)
	ClearCookie(w http.ResponseWriter, name string, opt web.CookieOptions)
	Cookie(r *http.Request, name string) (string, bool)
	Cookies(r *http.Request, prefix string) map[string]string
}

// Short names of the cookies.
const (
	prefix       = "flow_"
	closedCookie = "closed"
)

// crossSite lets the cookie come back with the provider's POST.
func crossSite() web.CookieOptions { return web.CookieOptions{CrossSite: true} }

// Keeper reads and writes journeys.
type Keeper struct {
	Keyring *seal.Keyring
	Jar     Jar
	Now     func() time.Time
	// Life is how long a step may last, at least 30 minutes. // G1.4
	Life time.Duration
}

// Faults of this package. Each page offers the way on (see gateway/flow.go).
var (
	// ErrOtherBrowser: this browser does not hold the journey.
	ErrOtherBrowser = fault.New(fault.Denied, "error.journey.other_browser").For("journey_other_browser")
	// ErrEvicted: it was closed because too many were open.
	ErrEvicted = fault.New(fault.Gone, "error.journey.evicted").For("journey_evicted")
	// ErrExpired: the step took too long; Find returns the journey beside it.
	ErrExpired = fault.New(fault.Gone, "error.journey.expired").For("journey_expired")
	// ErrTooLarge: the service's request does not fit.
	ErrTooLarge = fault.New(fault.Invalid, "error.journey.too_large").For("journey_too_large")
	// ErrWrongStep: the page belongs to another step, for example after a reload.
	ErrWrongStep = fault.New(fault.Conflict, "error.journey.wrong_step").For("journey_wrong_step")
)

// Begin opens a journey and leaves it in the browser.
func (k *Keeper) Begin(w http.ResponseWriter, r *http.Request, to Destination) (Journey, error) {
	if len(to.Resume) > maxResume {
		return Journey{}, ErrTooLarge
	}
	j := Journey{Handle: NewHandle(), Step: Choosing, To: to}
	return j, k.Save(w, r, &j)
}

// Save seals the journey into its cookie, beginning its step now. The oldest
// journey of the browser is closed when there would be more than three.
func (k *Keeper) Save(w http.ResponseWriter, r *http.Request, j *Journey) error {
	j.At = k.Now()
	packed, err := j.pack()
	if err != nil {
		return err
	}
	until, cookie := j.At.Add(keep), crossSite()
	if j.waits() {
		// The browser may be closed meanwhile: this cookie outlives it.
		until, cookie.MaxAge = j.At.Add(keepWaiting), int(keepWaiting.Seconds())
	}
	sealed, err := k.Keyring.Seal(purpose, until, packed)
	if err != nil {
		return err
	}
	limit := maxSealed
	if j.Step == Entering || j.Step == Recognized || j.Step == Linking || j.Link != nil {
		limit = maxEntering
	}
	if len(sealed) > limit {
		return ErrTooLarge
	}
	k.evict(w, r, j.Handle)
	k.Jar.SetCookie(w, prefix+j.Handle, sealed, cookie)
	return nil
}

// Find returns the journey of that handle. Beside ErrExpired the journey is
// valid for its destination only.
func (k *Keeper) Find(r *http.Request, handle string, steps ...Step) (Journey, error) {
	if !IsHandle(handle) {
		return Journey{}, ErrOtherBrowser
	}
	sealed, ok := k.Jar.Cookie(r, prefix+handle)
	if !ok {
		if slices.Contains(k.evicted(r), handle) {
			return Journey{}, ErrEvicted
		}
		return Journey{}, ErrOtherBrowser
	}
	j, err := k.open(sealed)
	if err != nil || j.Handle != handle {
		return Journey{}, ErrOtherBrowser.Because(err)
	}
	if k.Now().Sub(j.At) > k.life(j) || (j.Asserted != nil || j.Account != "") && k.Now().Sub(j.Passed) > k.Life {
		return j, ErrExpired
	}
	if j.Link != nil && k.Now().Sub(j.Passed) > k.Life {
		j.Link = nil // the login goes on without it
	}
	if len(steps) > 0 && !slices.Contains(steps, j.Step) {
		return j, ErrWrongStep
	}
	return j, nil
}

// Drop forgets a journey that has arrived.
func (k *Keeper) Drop(w http.ResponseWriter, handle string) {
	k.Jar.ClearCookie(w, prefix+handle, crossSite())
}

func (k *Keeper) open(sealed string) (Journey, error) {
	packed, err := k.Keyring.Open(purpose, k.Now(), sealed)
	if err != nil {
		return Journey{}, err
	}
	return unpack(packed)
}

// waiting sorts the journeys that wait for a parent behind all others.
func waiting(j Journey) int {
	if j.waits() {
		return 1
	}
	return 0
}

// evict closes the oldest journeys so that one more fits, and remembers their
// handles: the tab that comes back is told what happened.
func (k *Keeper) evict(w http.ResponseWriter, r *http.Request, keepHandle string) {
	others := k.others(r, keepHandle)
	if len(others) < maxJourneys {
		return
	}
	slices.SortFunc(others, func(a, b Journey) int { return cmp.Or(waiting(a)-waiting(b), a.At.Compare(b.At)) })
	closed := k.evicted(r)
	for _, j := range others[:len(others)-maxJourneys+1] {
		k.Jar.ClearCookie(w, prefix+j.Handle, crossSite())
		closed = append(closed, j.Handle)
	}
	closed = closed[max(0, len(closed)-maxEvicted):]
	k.Jar.SetCookie(w, closedCookie, strings.Join(closed, "."), crossSite())
}

// others lists the journeys of the browser beside one; a cookie that cannot be
// opened counts as the oldest.
func (k *Keeper) others(r *http.Request, except string) []Journey {
	var list []Journey
	for name, sealed := range k.Jar.Cookies(r, prefix) {
		handle := strings.TrimPrefix(name, prefix)
		if handle == except || !IsHandle(handle) || len(list) == maxRead {
			continue
		}
		j, err := k.open(sealed)
		if err != nil {
			j = Journey{}
		}
		j.Handle = handle
		list = append(list, j)
	}
	return list
}

// evicted reads the handles of closed journeys. The list is a hint for a kinder
// page and needs no seal.
func (k *Keeper) evicted(r *http.Request) []string {
	value, ok := k.Jar.Cookie(r, closedCookie)
	if !ok {
		return nil
	}
	parts := strings.Split(value, ".")
	parts = parts[max(0, len(parts)-maxEvicted):]
	return slices.DeleteFunc(parts, func(s string) bool { return !IsHandle(s) })
}
