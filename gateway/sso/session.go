package sso

import (
	"net/http"
	"time"

	"atrio/base/fault"
	"atrio/web"
)

// sessionView is the JSON of /session. // DESIGN 1
type sessionView struct {
	CodicePersona string    `json:"codice_persona"`
	Name          string    `json:"name"`
	Method        string    `json:"method"`
	ACR           string    `json:"acr"`
	AMR           []string  `json:"amr"`
	AuthTime      time.Time `json:"auth_time"`
	Expires       time.Time `json:"expires"`
}

// session tells scripts of our own pages who is signed in, how and until when.
// Other origins get nothing: no CORS header is sent, and a browser that says it
// asks for another site is refused.
func (s *SSO) session(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" || site == "same-site" {
		return s.refuseJSON(w, http.StatusForbidden, "cross_origin")
	}
	current := web.CurrentSession(r)
	if current == nil {
		return s.refuseJSON(w, http.StatusUnauthorized, "unauthenticated")
	}
	return s.Site.JSON(w, http.StatusOK, sessionView{
		CodicePersona: Code(current), Name: Name(current), Method: current.Method, ACR: current.ACR, AMR: current.AMR,
		AuthTime: current.AuthTime.UTC(), Expires: current.ExpiresAt.UTC(),
	})
}

// refuseJSON answers in JSON whatever the Accept header says. That nobody is
// signed in is an answer, not a refusal: it leaves no audit line.
func (s *SSO) refuseJSON(w http.ResponseWriter, status int, word string) error {
	return s.Site.JSON(w, status, map[string]string{"error": word})
}

// current is the session of the request, or a fault.
func current(r *http.Request) (*web.Session, error) {
	if s := web.CurrentSession(r); s != nil {
		return s, nil
	}
	return nil, fault.New(fault.Unauthenticated, "error.unauthenticated").For("no_session")
}
