package recovery

import (
	"errors"
	"net/http"
	"strconv"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

const (
	// leavePath withdraws the request of an applicant who cannot get the password back.
	leavePath     = lostPath + "/withdraw"
	withdrawnPath = AskPath + "/withdrawn"
)

// leave withdraws a request by link and answer at once, or by the link alone after a wait of
// which mailbox and telephone are told: who reads a mailbox destroys nothing unseen. // A27, I14
func (h *Handler) leave(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, who, err := h.proven(r)
	if err != nil {
		return err
	}
	if !who.applies() || !who.Request.May(enrolment.Withdraw, enrolment.Applicant) {
		return web.Redirect(w, r, lostPath)
	}
	if !f.Bool("sure") {
		f.Fail("sure", "enrolment.withdraw.missing")
	}
	if f.Choice("when", "later", "now") == "now" {
		return h.leaveNow(w, r, f, v, who)
	}
	if !f.OK() {
		return h.lostPage(w, r, http.StatusUnprocessableEntity, LostView{Errors: f.Errors})
	}
	return h.leaveLater(w, r, who)
}

func (h *Handler) leaveNow(w http.ResponseWriter, r *http.Request, f *web.Form, v Recovery, who person) error {
	typed := identity.Answer(f.Text("answer", web.Required, web.Max(mostAnswer)))
	if f.OK() && (v.State != Open || who.Request.Data.Answer == "") {
		f.Fail("answer", "recover.leave.over")
	}
	if !f.OK() {
		return h.lostPage(w, r, http.StatusUnprocessableEntity, LostView{Errors: f.Errors})
	}
	right, left, err := h.tried(r, v, who, typed)
	if busy := fault.From(err); err != nil && busy.Kind == fault.TooMany {
		h.refused(r, who.ID, busy.AuditReason())
		w.Header().Set("Retry-After", strconv.Itoa(int(busy.RetryAfter.Seconds())+1))
		return h.lostPage(w, r, http.StatusTooManyRequests, LostView{Notice: "enrol.wait", Minutes: secondfactor.Minutes(busy.RetryAfter)})
	}
	switch {
	case err != nil:
		return err
	case right:
		return h.end(w, r, v, who, true)
	}
	f.Fail("answer", "recover.answer.wrong", "left", left)
	return h.lostPage(w, r, http.StatusUnprocessableEntity, LostView{Errors: f.Errors})
}

// leaveLater begins the wait, or goes on after it.
func (h *Handler) leaveLater(w http.ResponseWriter, r *http.Request, who person) error {
	ctx, now := r.Context(), h.Now()
	v, err := h.Store.OpenRecovery(ctx, who.ID, ToWithdraw, now)
	switch {
	case err == nil && now.Before(v.Ready):
		return web.Redirect(w, r, lostPath)
	case err == nil:
		if err := h.hold(w, v); err != nil {
			return err
		}
		return web.Redirect(w, r, withdrawPath)
	case !errors.Is(err, identity.ErrUnknown):
		return err
	}
	if err := h.Limiter.Allow(ctx, perAnew, who.ID); err != nil {
		return err
	}
	v = who.begin(identity.NewID(), ToWithdraw, now)
	v.Ready = now.Add(Patience)
	v.Until = v.Ready.Add(backLife)
	t := ticket{Recovery: v.ID, Identity: who.ID, PasswordAt: who.PasswordAt.UnixMicro(), Email: who.Holder.Email, Use: v.Uses, Withdraw: true}
	messages, err := h.waiting(v, t, who, nil)
	if err != nil {
		return err
	}
	err = h.Store.BeginRecovery(ctx, v, messages, h.stepEvent(r, v, "waits"))
	if err != nil && !fault.Is(err, fault.Conflict) { // another tab was faster, or the request went on: the page says so
		return err
	}
	return web.Redirect(w, r, lostPath)
}

// WithdrawView is the view of "recovery/withdraw".
type WithdrawView struct {
	ui.Errors
	Number string
}

func (h *Handler) withdraw(w http.ResponseWriter, r *http.Request, _ Recovery, who person) error {
	return h.Site.Page(w, r, http.StatusOK, "recovery/withdraw", WithdrawView{Number: string(who.Request.Number)}, web.Plain)
}

// takeWithdraw ends the request whose wait is over.
func (h *Handler) takeWithdraw(w http.ResponseWriter, r *http.Request, v Recovery, who person) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if !f.Bool("sure") {
		f.Fail("sure", "enrolment.withdraw.missing")
		return h.Site.Page(w, r, http.StatusUnprocessableEntity, "recovery/withdraw", WithdrawView{f.Errors, string(who.Request.Number)}, web.Plain)
	}
	return h.end(w, r, v, who, false)
}

// end withdraws the request: mailbox and telephone are free at once, and both are told. What was
// collected stays as long as that of any request that was withdrawn. // I14
func (h *Handler) end(w http.ResponseWriter, r *http.Request, v Recovery, who person, answered bool) error {
	after, event, err := who.Request.Do(enrolment.Change{Act: enrolment.Withdraw, By: enrolment.Author{Role: enrolment.Applicant, ID: who.ID}, At: h.Now()})
	if err != nil {
		return over(err)
	}
	line := h.stepEvent(r, v, "withdrawn")
	step := enrolment.Step{After: after, Event: event, Messages: h.told(who, "withdrawn"), Audit: h.event(r, who.ID, audit.RequestStep, nil)}
	if err := h.Store.WithdrawByRecovery(r.Context(), Withdrawal{Recovery: v.ID, Answered: answered, Step: step, Audit: line}); err != nil {
		return over(err)
	}
	h.Site.ClearCookie(w, walkCookie, web.CookieOptions{})
	return web.Redirect(w, r, withdrawnPath)
}

func (h *Handler) withdrawn(w http.ResponseWriter, r *http.Request) error {
	return h.Site.Page(w, r, http.StatusOK, "recovery/withdrawn", nil)
}
