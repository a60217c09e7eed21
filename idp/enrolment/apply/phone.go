package apply

import (
	"net/http"
	"strconv"
	"time"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/web"
	"atrio/web/ui"
)

// phoneView is the view of "apply/phone".
type phoneView struct {
	ui.Errors
	Phone string
	// Sent: a code is on its way. Again is how many seconds to wait before another.
	Sent    bool
	Again   int
	Life    int
	Notice  string
	Minutes int
}

func (h *Handler) phone(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return h.phonePage(w, r, http.StatusOK, request, phoneView{})
}

func (h *Handler) phonePage(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, v phoneView) error {
	sent, err := h.Codes.RequestCodeSent(r.Context(), request.ID, Registration)
	if err != nil {
		return err
	}
	v.Phone, v.Life, v.Sent = secondfactor.Masked(request.Data.Phone), minutes(h.Limits.Valid), !sent.IsZero()
	v.Again = secondfactor.Seconds(sent, h.Limits.Pause, h.Now())
	return h.Site.Page(w, r, status, "apply/phone", v)
}

// codeAgain is "Non hai ricevuto l'SMS?". // E26
func (h *Handler) codeAgain(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	return h.sendAndShow(w, r, request, true)
}

// sendAndShow sends a code and leads to its page. Where it must wait, the page says so
// and keeps its button.
func (h *Handler) sendAndShow(w http.ResponseWriter, r *http.Request, request enrolment.Request, again bool) error {
	wait, err := h.send(r, request)
	if err != nil {
		return err
	}
	if wait == 0 {
		if again {
			h.Site.Notice(w, "enrol.notice.sent")
		}
		return web.Redirect(w, r, way.Phone)
	}
	h.refused(r, audit.CodeSent, request.Holder, "throttled")
	v := phoneView{Notice: "enrol.phone.pause", Minutes: minutes(wait)}
	if wait > h.Limits.Pause {
		v.Notice = "enrol.phone.cap"
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	return h.phonePage(w, r, http.StatusTooManyRequests, request, v)
}

// send draws a code and queues it, within the caps. // E25, A03
func (h *Handler) send(r *http.Request, request enrolment.Request) (time.Duration, error) {
	code, now, to, lang := otp.NumericCode(otp.Digits), h.Now(), request.Data.Phone, web.Lang(r)
	until := now.Add(h.Limits.Valid)
	return h.Codes.SendRequestCode(r.Context(), Sending{
		Request: request.ID, Purpose: Registration, Digest: h.digest(request, Registration, code), At: now, Expires: until,
		Pause: h.Limits.Pause,
		Caps: []ratelimit.Bucket{
			h.Limiter.Bucket(h.Limits.Request, request.ID), h.Limiter.Bucket(h.Limits.Number, to),
			h.Limiter.Bucket(h.Limits.Network, web.ClientNetwork(web.ClientAddr(r))),
			h.Limiter.Bucket(h.Limits.Prefix, beginning(to)), h.Limiter.Bucket(h.Limits.All),
		},
		Message: notify.Message{
			Channel: notify.SMS, To: to, Lang: lang, Expires: until,
			Text: h.text(lang, "enrol.sms", "sender", h.SMSSender, "code", code, "minutes", minutes(h.Limits.Valid)),
		},
		Audit: h.event(r, audit.CodeSent, request.Holder, map[string]string{"channel": "sms", "purpose": string(Registration), "request": string(request.Number)}),
	})
}

// beginning is how many numbers begin alike: country and operator.
func beginning(number string) string { return number[:min(6, len(number))] }

// digest binds a code to its request, its purpose and its number: a code that went to
// another number, or for something else, fits not. Six digits are quickly tried through,
// so the stored form needs the key. // E24, A01
func (h *Handler) digest(request enrolment.Request, p Purpose, code string) []byte {
	return h.Site.Keyring.MAC("enrolment.code", request.ID, string(p), request.Data.Phone, code)
}

// checkCode compares the typed code. // E25, A01
func (h *Handler) checkCode(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	code := f.Digits("code", otp.Digits)
	if !f.OK() {
		return h.phonePage(w, r, http.StatusUnprocessableEntity, request, phoneView{Errors: f.Errors})
	}
	now := h.Now()
	step, err := h.Way.Step(r, request, enrolment.Change{Act: enrolment.ConfirmPhone, Edit: func(e *enrolment.Request) { e.Data.PhoneAt = now }})
	if err != nil {
		return err
	}
	v, err := h.Codes.TryRequestCode(r.Context(), CodeTry{
		Request: request.ID, Purpose: Registration, Digest: h.digest(request, Registration, code), At: now, Tries: h.Limits.Tries,
	}, step)
	if fault.Is(err, fault.Conflict) {
		return web.Redirect(w, r, way.Phone) // another tab was faster
	}
	if err != nil {
		return err
	}
	if v.Outcome == secondfactor.Right {
		return web.Redirect(w, r, phoneDonePath)
	}
	if v.Outcome == secondfactor.Stale {
		if now, err := h.Way.Store.Request(r.Context(), request.ID); err == nil && !now.May(enrolment.ConfirmPhone, enrolment.Applicant) {
			return web.Redirect(w, r, way.Next(now)) // pressed twice
		}
	}
	reason := "wrong_code"
	if f.Fail("code", "enrol.code.wrong", "left", v.Left); v.Outcome == secondfactor.Stale || v.Left == 0 {
		reason = "stale_code"
		f.Errors = nil
		f.Fail("code", "enrol.code.stale")
	}
	h.refused(r, audit.CodeChecked, request.Holder, reason)
	return h.phonePage(w, r, http.StatusUnprocessableEntity, request, phoneView{Errors: f.Errors})
}
