package enrolment

import (
	"net/http"
	"strings"
	"time"

	kinds "atrio/authn/secondfactor"
	"atrio/base/fault"
	"atrio/gateway/secondfactor"
	"atrio/web"
)

// recoveryView is the view of "enrolment/recovery".
type recoveryView struct {
	onwardView
	// Codes are shown once, right after they were made.
	Codes []string
	// Left is how many of the old ones are unused, Made when they were made.
	Left int
	Made time.Time
	// Has is set when the account has a second factor that a code can stand for.
	Has bool
}

// recovery explains what the codes are for; it shows none. // G4.6
func (e *Enrolment) recovery(w http.ResponseWriter, r *http.Request, v visit) error {
	return e.Site.Page(w, r, http.StatusOK, "enrolment/recovery", recoveryView{
		onwardView: e.onward(w, r), Left: v.status.RecoveryLeft, Made: v.status.RecoveryMade, Has: v.status.Has(),
	})
}

// makeRecovery makes new codes and shows them, this once.
func (e *Enrolment) makeRecovery(w http.ResponseWriter, r *http.Request, v visit) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	if !v.status.Has() {
		return fault.New(fault.Conflict, "error.secondfactor.none").For("no_factor").Offer("enrolment.action.list", Path)
	}
	codes, list := kinds.NewRecoveryCodes(), secondfactor.Recovery{
		AccountID: v.session.Subject, Now: e.Now(), Event: e.event(r, v), Tell: e.tell("recovery", "", ""),
	}
	for _, c := range codes {
		list.Digests = append(list.Digests, e.Checker.RecoveryDigest(v.session.Subject, strings.ReplaceAll(c, "-", "")))
	}
	if err := e.Factors.ReplaceRecovery(r.Context(), list); err != nil {
		return err
	}
	return e.Site.Page(w, r, http.StatusOK, "enrolment/recovery", recoveryView{onwardView: e.onward(w, r), Codes: codes, Has: true})
}
