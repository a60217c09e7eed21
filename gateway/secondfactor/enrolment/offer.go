package enrolment

import (
	"encoding/json"
	"net/http"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/gateway/account"
	"atrio/gateway/secondfactor"
	"atrio/web"
)

type factor = secondfactor.Factor

// offerLife is how long something may be under way to be set up.
const offerLife = 30 * time.Minute

// offer is a factor that is being set up. It lives in the browser, sealed to account
// and session: a reload shows the same QR code, a second tab too.
type offer struct {
	// ID becomes that of the factor: sent twice it is still one.
	ID     string `json:"i"`
	Key    []byte `json:"k,omitempty"`
	Number string `json:"n,omitempty"`
	Label  string `json:"l,omitempty"`
}

func offerCookie(k kinds.Kind) string { return "factor_" + string(k) }

func offerPurpose(k kinds.Kind, s *web.Session) string {
	return "factor.offer." + string(k) + "." + s.Subject + "." + s.Handle
}

// offered is what is being set up in this browser; ok is false when nothing is.
func (e *Enrolment) offered(r *http.Request, k kinds.Kind, v visit) (o offer, ok bool) {
	sealed, found := e.Site.Cookie(r, offerCookie(k))
	if !found {
		return o, false
	}
	plain, err := e.Site.Keyring.Open(offerPurpose(k, v.session), e.Now(), sealed)
	if err != nil || json.Unmarshal(plain, &o) != nil {
		return offer{}, false
	}
	return o, o.ID != ""
}

// begin puts a new offer into the browser.
func (e *Enrolment) begin(w http.ResponseWriter, k kinds.Kind, v visit, o offer) (offer, error) {
	o.ID = account.NewID()
	plain, err := json.Marshal(o)
	if err != nil {
		return o, err
	}
	sealed, err := e.Site.Keyring.Seal(offerPurpose(k, v.session), e.Now().Add(offerLife), plain)
	if err != nil {
		return o, err
	}
	e.Site.SetCookie(w, offerCookie(k), sealed, web.CookieOptions{MaxAge: int(offerLife.Seconds())})
	return o, nil
}

func (e *Enrolment) forget(w http.ResponseWriter, k kinds.Kind) {
	e.Site.ClearCookie(w, offerCookie(k), web.CookieOptions{})
}
