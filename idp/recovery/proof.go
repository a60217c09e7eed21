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
	Place
	Phone string
	// Sent: a code is on its way. Lost: the way for who has no such telephone is open.
	Sent    bool
	Notice  string
	Minutes int
}

// complete tells whether somebody has all that a recovery asks for.
func complete(who person, s Security) bool {
	code, answer := who.asks()
	return (!code || who.Factors.SMS && who.Holder.MobilePhone != "") && (!answer || s.Answer != "")
}

func (h *Handler) code(w http.ResponseWriter, r *http.Request, v Recovery, who person) error {
	s, err := h.Store.SecurityOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	if !complete(who, s) {
		return web.Redirect(w, r, lostPath)
	}
	return h.codePage(w, r, http.StatusOK, v, who, CodeView{})
}

func (h *Handler) codePage(w http.ResponseWriter, r *http.Request, status int, v Recovery, who person, view CodeView) error {
	about, err := h.Codes.Asked(r.Context(), who.Identity, life.ToRecover)
	if err != nil {
		return err
	}
	view.Place = who.place(codePath)
	view.Phone, view.Sent = secondfactor.Masked(who.Holder.MobilePhone), about == v.ID
	return h.Site.Page(w, r, status, "recovery/code", view, web.Plain)
}

// send sends a code of this purpose alone to the confirmed number. // E24, A03
func (h *Handler) send(w http.ResponseWriter, r *http.Request, v Recovery, who person) error {
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
func (h *Handler) takeCode(w http.ResponseWriter, r *http.Request, v Recovery, who person) error {
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
		v.CodeAt = h.Now()
		return web.Redirect(w, r, v.step(h.Now()))
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
	Place
	Question string
	Notice   string
	Minutes  int
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, _ Recovery, who person) error {
	return h.answerPage(w, r, http.StatusOK, who, AnswerView{})
}

func (h *Handler) answerPage(w http.ResponseWriter, r *http.Request, status int, who person, view AnswerView) error {
	s, err := h.Store.SecurityOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	view.Question, view.Place = s.Question, who.place(answerPath)
	return h.Site.Page(w, r, status, "recovery/answer", view, web.Plain)
}

// mostAnswer bounds what is hashed.
const mostAnswer = 100

// takeAnswer compares the answer as it is stored: normalised and hashed like a password. The
// fifth wrong one ends the recovery. // E31, A27
func (h *Handler) takeAnswer(w http.ResponseWriter, r *http.Request, v Recovery, who person) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	typed := identity.Answer(f.Text("answer", web.Required, web.Max(mostAnswer)))
	if !f.OK() {
		return h.answerPage(w, r, http.StatusUnprocessableEntity, who, AnswerView{Errors: f.Errors})
	}
	right, left, err := h.tried(r, v, who, typed)
	switch {
	case err != nil:
		return h.answerWait(w, r, who, err)
	case right:
		if err := h.Store.RecoveryAnswer(r.Context(), v, h.stepEvent(r, v, "answer")); err != nil {
			return over(err)
		}
		return web.Redirect(w, r, passwordPath)
	case left == 0:
		return web.Redirect(w, r, lostPath)
	}
	f.Fail("answer", "recover.answer.wrong", "left", left)
	return h.answerPage(w, r, http.StatusUnprocessableEntity, who, AnswerView{Errors: f.Errors})
}

// tried compares an answer within the limits: of the recovery, whose last wrong one ends it, and
// of whose it is over all of them. Each try is counted before it is compared. // A01, A27
func (h *Handler) tried(r *http.Request, v Recovery, who person, typed string) (right bool, left int, err error) {
	ctx := r.Context()
	if err := h.Limiter.Admits(ctx, perAnswers, who.ID); err != nil {
		return false, 0, err
	}
	wrong, err := h.Store.ChargeRecovery(ctx, v.ID, mostWrong, h.Now())
	if err != nil {
		return false, 0, err
	}
	if wrong == 0 {
		return false, 0, errOver.For("recovery_failed")
	}
	s, err := h.Store.SecurityOf(ctx, who.ID)
	if err == nil && s.Answer != "" {
		right, _, err = h.Hasher.Verify(ctx, s.Answer, typed)
	}
	if err != nil || right {
		return right, mostWrong, err
	}
	h.refused(r, who.ID, "recovery_answer")
	if err := h.Limiter.Allow(ctx, perAnswers, who.ID); err != nil && !fault.Is(err, fault.TooMany) {
		return false, 0, err
	}
	if wrong == mostWrong {
		_, err = h.Store.EndRecovery(ctx, v.ID, Failed, h.told(who, "failed"), h.stepEvent(r, v, "failed"))
	}
	return false, mostWrong - wrong, err
}

// answerWait shows the page again when the answer cannot be compared now.
func (h *Handler) answerWait(w http.ResponseWriter, r *http.Request, who person, why error) error {
	busy := fault.From(why)
	if busy.Kind != fault.TooMany {
		return why
	}
	h.refused(r, who.ID, busy.AuditReason())
	w.Header().Set("Retry-After", strconv.Itoa(int(busy.RetryAfter.Seconds())+1))
	return h.answerPage(w, r, http.StatusTooManyRequests, who, AnswerView{Notice: "enrol.wait", Minutes: secondfactor.Minutes(busy.RetryAfter)})
}

// told are the notices by every channel that there is.
func (h *Handler) told(who person, what string) (list []notify.Message) {
	what = who.words(what)
	args := []any{"name", who.Holder.GivenName, "date", h.Site.Pages.Catalog().DateTime(who.Language, h.Now()), "number", string(who.Request.Number), "support", h.Support}
	if to := who.Holder.Email; to != "" {
		list = append(list, h.mail(to, who.Language, what, args...))
	}
	if to := who.Holder.MobilePhone; to != "" {
		list = append(list, h.sms(to, who.Language, what, args...))
	}
	return list
}
