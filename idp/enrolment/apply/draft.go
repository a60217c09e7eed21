package apply

import (
	"encoding/json"
	"net/http"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/web"
)

const (
	draftCookie  = "enrol"
	draftPurpose = "enrolment.draft"
	// draftLife is as long as the link in the mail works.
	draftLife = 24 * time.Hour
	maxSealed = 2048
)

// draft is what was chosen before there is an account, and afterwards which account this
// browser made.
type draft struct {
	Area enrolment.Area `json:"a,omitempty"`
	// Has are the answers "yes" and "no" to the three questions.
	Has     map[string]string `json:"h,omitempty"`
	Method  enrolment.Method  `json:"m,omitempty"`
	Circuit string            `json:"c,omitempty"`
	// Request is the request that was opened in this browser, Email its User ID, Until
	// the end of its link.
	Request string    `json:"r,omitempty"`
	Email   string    `json:"e,omitempty"`
	Until   time.Time `json:"u,omitzero"`
	// Customer was recognised by the shop and has to choose another password. // E20
	Customer *recognised `json:"s,omitempty"`
}

// next is the page that is due.
func (d draft) next() string {
	switch {
	case d.Request != "":
		return createdPath
	case !d.Area.Personal():
		return way.Start
	case !d.ready():
		return needsPath
	case d.Method == "":
		return methodPath
	case d.Customer != nil:
		return renewPath
	}
	return accountPath
}

// ready tells whether everything that is needed is there.
func (d draft) ready() bool {
	for _, q := range questions() {
		if d.Has[q] != "yes" {
			return false
		}
	}
	return true
}

// find opens what this browser holds; an empty draft when it holds none.
func (h *Handler) find(r *http.Request) (d draft) {
	sealed, ok := h.Site.Cookie(r, draftCookie)
	if !ok || len(sealed) > maxSealed {
		return draft{}
	}
	raw, err := h.Site.Keyring.Open(draftPurpose, h.Now(), sealed)
	if err != nil || json.Unmarshal(raw, &d) != nil {
		return draft{}
	}
	return d
}

func (h *Handler) keep(w http.ResponseWriter, d draft) error {
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	sealed, err := h.Site.Keyring.Seal(draftPurpose, h.Now().Add(draftLife), raw)
	if err != nil {
		return err
	}
	h.Site.SetCookie(w, draftCookie, sealed, web.CookieOptions{})
	return nil
}

func (h *Handler) forget(w http.ResponseWriter) {
	h.Site.ClearCookie(w, draftCookie, web.CookieOptions{})
}

// chosen opens the draft for the pages of the account; one that has not come so far
// leads to the page that is due.
func (h *Handler) chosen(w http.ResponseWriter, r *http.Request) (d draft, there bool, err error) {
	d = h.find(r)
	if next := d.next(); next != accountPath && next != renewPath {
		return d, false, web.Redirect(w, r, next)
	}
	if !h.offers(d.Method, d.Circuit) {
		return d, false, web.Redirect(w, r, methodPath)
	}
	return d, true, nil
}
