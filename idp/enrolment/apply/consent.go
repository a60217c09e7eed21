package apply

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/retention"
	"atrio/web"
)

// The consents. The first is the acknowledgement of what has to be done with the data and
// is needed; the others are wishes, each by itself and unticked, and say nothing about
// the identity. // E14
const privacyConsent = "privacy"

func marketing() []string { return []string{"marketing_own", "marketing_group", "marketing_third"} }

// textVersion names the words that stand beside a box, in the language in which they were
// read: a consent is to exactly these.
func (h *Handler) textVersion(lang, consent string) string {
	sum := sha256.Sum256([]byte(h.text(lang, "enrol.consent."+consent)))
	return lang + "-" + hex.EncodeToString(sum[:8])
}

// readConsents takes what was ticked.
func (h *Handler) readConsents(f *web.Form, lang string, now time.Time) (list []enrolment.Consent) {
	for _, key := range append([]string{privacyConsent}, marketing()...) {
		list = append(list, enrolment.Consent{Key: key, Given: f.Bool(key), Version: h.textVersion(lang, key), At: now})
	}
	if !list[0].Given && f.Errors.Err(privacyConsent) == nil {
		f.Fail(privacyConsent, "enrol.consent.needed")
	}
	return list
}

// ticked tells a page which boxes were.
func ticked(list []enrolment.Consent) map[string]bool {
	out := map[string]bool{}
	for _, c := range list {
		out[c.Key] = c.Given
	}
	return out
}

// privacyView is the view of "apply/privacy".
type privacyView struct {
	Provider, Support string
	Kept              retention.Config
	// Lapses is after how many days a request closes that nobody carries on.
	Lapses int
}

// privacy is the notice on the data of a request. // REG 6 c
func (h *Handler) privacy(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "apply/privacy", privacyView{h.Provider, h.Config.SupportMail, h.Kept.WithDefaults(), enrolment.LapseDays})
}
