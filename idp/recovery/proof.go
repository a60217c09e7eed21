package recovery

import (
	"net/http"
	"strconv"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

// CodeView is the view of "recovery/code".
type CodeView struct {
	ui.Errors
	Phone string
	// Sent: a code is on its way. Lost: the way for who has no such telephone is open.
	Sent    bool
	Notice  string
	Minutes int
}

// complete tells whether a holder has all that a recovery asks for.
func complete(who *identity.Identity, s Security) bool {
	return who.Factors.SMS && who.Holder.MobilePhone != "" && s.Answer != ""
}

func (h *Handler) code(w http.ResponseWriter, r *http.Request, v Recovery, who *identity.Identity) error {
	s, err := h.Store.SecurityOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	if !complete(who, s) {
		return web.Redirect(w, r, lostPath)
	}
	return h.codePage(w, r, http.StatusOK, v, who, CodeView{})
}

func (h *Handler) codePage(w http.ResponseWriter, r *http.Request, status int, v Recovery, who *identity.Identity, view CodeView) error {
	about, err := h.Codes.Asked(r.Context(), who, life.ToRecover)
	if err != nil {
		return err
	}
	view.Phone, view.Sent = secondfactor.Masked(who.Holder.MobilePhone), about == v.ID
	return h.Site.Page(w, r, status, "recovery/code", view, web.Plain)
}

// send sends a code of this purpose alone to the confirmed number. // E24, A03
func (h *Handler) send(w http.ResponseWriter, r *http.Request, v Recovery, who *identity.Identity) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	ctx := r.Context()
	s, err := h.Store.SecurityOf(ctx, who.ID)
	if err != nil {
		return err
	}
	if !complete(who, s) {
		return web.Redirect(w, r, lostPath)
	}
	wait, err := h.Codes.Send(ctx, life.Letter{
		Identity: who.ID, Purpose: life.ToRecover, Value: v.ID, From: web.ClientNetwork(web.ClientAddr(r)),
		Audit: h.event(r, who.ID, audit.CodeSent, map[string]string{"channel": "sms", "purpose": life.ToRecover, "recovery": v.ID}),
		Message: func(code string, minutes int) notify.Message {
			return h.sms(who.Holder.MobilePhone, who.Language, "code", "code", code, "minutes", minutes)
		},
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		h.refused(r, who.ID, "recovery_code_wait")
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return h.codePage(w, r, http.StatusTooManyRequests, v, who, CodeView{Notice: "recover.code.wait", Minutes: secondfactor.Minutes(wait)})
	}
	return web.Redirect(w, r, codePath)
}

// takeCode compares the code; one of another purpose, or of another recovery, fits not. // E24
func (h *Handler) takeCode(w http.ResponseWriter, r *http.Request, v Recovery, who *identity.Identity) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	code := f.Digits("code", otp.Digits)
	if !f.OK() {
		return h.codePage(w, r, http.StatusUnprocessableEntity, v, who, CodeView{Errors: f.Errors})
	}
	outcome, left, about, err := h.Codes.Try(r.Context(), who.ID, life.ToRecover, code)
	if err != nil {
		return err
	}
	if outcome == secondfactor.Right && about == v.ID {
		if err := h.Store.RecoveryCode(r.Context(), v, h.stepEvent(r, v, "code")); err != nil {
			return over(err)
		}
		return web.Redirect(w, r, answerPath)
	}
	key := "recover.code.wrong"
	if outcome == secondfactor.Stale || left == 0 {
		key = "recover.code.over"
	}
	h.refused(r, who.ID, "recovery_code")
	f.Fail("code", key, "left", left)
	return h.codePage(w, r, http.StatusUnprocessableEntity, v, who, CodeView{Errors: f.Errors})
}

// over tells that a recovery ended meanwhile.
func over(err error) error {
	if fault.Is(err, fault.Conflict) {
		return errOver.Because(err)
	}
	return err
}

// AnswerView is the view of "recovery/answer".
type AnswerView struct {
	ui.Errors
	Question string
	Notice   string
	Minutes  int
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, _ Recovery, who *identity.Identity) error {
	return h.answerPage(w, r, http.StatusOK, who, AnswerView{})
}

func (h *Handler) answerPage(w http.ResponseWriter, r *http.Request, status int, who *identity.Identity, view AnswerView) error {
	s, err := h.Store.SecurityOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	view.Question = s.Question
	return h.Site.Page(w, r, status, "recovery/answer", view, web.Plain)
}

// mostAnswer bounds what is hashed.
const mostAnswer = 100

// takeAnswer compares the answer as it is stored: normalised and hashed like a password. Each
// try is counted before it is compared, and the fifth wrong one ends the recovery. // E31, A27
func (h *Handler) takeAnswer(w http.ResponseWriter, r *http.Request, v Recovery, who *identity.Identity) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	typed := identity.Answer(f.Text("answer", web.Required, web.Max(mostAnswer)))
	if !f.OK() {
		return h.answerPage(w, r, http.StatusUnprocessableEntity, who, AnswerView{Errors: f.Errors})
	}
	ctx := r.Context()
	if err := h.Limiter.Admits(ctx, perAnswers, who.ID); err != nil {
		return h.answerWait(w, r, who, err)
	}
	wrong, err := h.Store.ChargeRecovery(ctx, v.ID, mostWrong, h.Now())
	if err != nil {
		return err
	}
	if wrong == 0 {
		return errOver.For("recovery_failed")
	}
	right, err := h.compare(r, who, typed)
	if err != nil {
		return h.answerWait(w, r, who, err)
	}
	if right {
		if err := h.Store.RecoveryAnswer(ctx, v, h.stepEvent(r, v, "answer")); err != nil {
			return over(err)
		}
		return web.Redirect(w, r, passwordPath)
	}
	h.refused(r, who.ID, "recovery_answer")
	if err := h.Limiter.Allow(ctx, perAnswers, who.ID); err != nil && !fault.Is(err, fault.TooMany) {
		return err
	}
	if wrong < mostWrong {
		f.Fail("answer", "recover.answer.wrong", "left", mostWrong-wrong)
		return h.answerPage(w, r, http.StatusUnprocessableEntity, who, AnswerView{Errors: f.Errors})
	}
	if _, err := h.Store.EndRecovery(ctx, v.ID, Failed, h.told(who, "failed"), h.stepEvent(r, v, "failed")); err != nil {
		return err
	}
	return web.Redirect(w, r, lostPath)
}

func (h *Handler) compare(r *http.Request, who *identity.Identity, typed string) (bool, error) {
	s, err := h.Store.SecurityOf(r.Context(), who.ID)
	if err != nil || s.Answer == "" {
		return false, err
	}
	ok, _, err := h.Hasher.Verify(r.Context(), s.Answer, typed)
	return ok, err
}

// answerWait shows the page again when the answer cannot be compared now.
func (h *Handler) answerWait(w http.ResponseWriter, r *http.Request, who *identity.Identity, why error) error {
	busy := fault.From(why)
	if busy.Kind != fault.TooMany {
		return why
	}
	h.refused(r, who.ID, busy.AuditReason())
	w.Header().Set("Retry-After", strconv.Itoa(int(busy.RetryAfter.Seconds())+1))
	return h.answerPage(w, r, http.StatusTooManyRequests, who, AnswerView{Notice: "enrol.wait", Minutes: secondfactor.Minutes(busy.RetryAfter)})
}

// told are the notices to the holder by every channel that there is.
func (h *Handler) told(who *identity.Identity, what string) (list []notify.Message) {
	date := h.Site.Pages.Catalog().DateTime(who.Language, h.Now())
	if to := who.Holder.Email; to != "" {
		list = append(list, h.mail(to, who.Language, what, "name", who.Holder.GivenName, "date", date))
	}
	if to := who.Holder.MobilePhone; to != "" {
		list = append(list, h.sms(to, who.Language, what, "date", date))
	}
	return list
}
