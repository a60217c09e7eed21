package console

import (
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/web"
	"atrio/web/ui"
)

// Sign is the purpose of a code that signs a contract. // E24
const Sign apply.Purpose = "sign"

// perRequest and perOperator bound the codes that are sent from desks, beside the caps that
// all codes of requests have. // A03
var (
	perRequest  = ratelimit.Limit{Name: "point.sms.request", Burst: 5, Per: 24 * time.Hour}
	perOperator = ratelimit.Limit{Name: "point.sms.operator", Burst: 60, Per: time.Hour}
)

// signer is acting for a contract that may be signed by code: the number is one that the
// applicant confirmed; nobody types another at the desk.
func (c *Console) signer(r *http.Request) (visit, error) {
	v, err := c.acting(r)
	if err != nil {
		return v, err
	}
	switch d := v.request.Data; {
	case !v.request.May(enrolment.Check, enrolment.Collector):
		return v, v.moved(enrolment.ErrState)
	case d.Contract == nil, d.Phone == "", d.PhoneAt.IsZero():
		return v, v.moved(enrolment.ErrMissing)
	}
	return v, nil
}

// sendCode sends a code to the confirmed telephone of the applicant.
func (c *Console) sendCode(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	v, err := c.signer(r)
	if err != nil {
		return err
	}
	wait, err := c.send(r, v)
	if err != nil {
		return err
	}
	if wait == 0 {
		c.Desk.Site.Notice(w, "console.notice.code")
		return web.Redirect(w, r, pathOf(v.request.Number))
	}
	c.refused(r, v, audit.CodeSent, "throttled")
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	return c.page(w, r, http.StatusTooManyRequests, v, requestView{Errors: ui.Errors{{Key: "console.code.wait", Args: []any{"minutes", minutes(wait)}}}})
}

func (c *Console) send(r *http.Request, v visit) (time.Duration, error) {
	code, now, q := otp.NumericCode(otp.Digits), c.Desk.Now(), v.request
	to, lang, until := q.Data.Phone, q.Data.Language, now.Add(c.Limits.Valid)
	return c.Codes.SendRequestCode(r.Context(), apply.Sending{
		Request: q.ID, Purpose: Sign, Digest: c.digest(v, code), At: now, Expires: until, Pause: c.Limits.Pause,
		Caps: []ratelimit.Bucket{
			c.Limiter.Bucket(perRequest, q.ID), c.Limiter.Bucket(c.Limits.Number, to), c.Limiter.Bucket(perOperator, v.who.ID),
			c.Limiter.Bucket(c.Limits.Prefix, to[:min(6, len(to))]), c.Limiter.Bucket(c.Limits.All),
		},
		Message: notify.Message{
			Channel: notify.SMS, To: to, Lang: lang, Expires: until,
			Text: c.Desk.Site.Pages.Catalog().Text(lang, "console.sms", "sender", c.SMSSender, "code", code, "number", string(q.Number), "minutes", minutes(c.Limits.Valid)),
		},
		Audit: c.Desk.Event(r, audit.CodeSent, q.Holder, map[string]string{"channel": "sms", "purpose": string(Sign), "request": string(q.Number)}),
	})
}

// digest binds a code to the request, the number, the contract and the operator at whose
// desk it is typed: it signs nothing else. // A01
func (c *Console) digest(v visit, code string) []byte {
	q := v.request
	return c.Desk.Keyring.MAC("point.sign", q.ID, q.Data.Phone, q.Data.Contract.SHA256, v.who.ID, code)
}

// checkCode signs the contract with the code that the applicant typed on the operator's
// screen.
func (c *Console) checkCode(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	v, err := c.signer(r)
	if err != nil {
		return err
	}
	code := f.Digits("code", otp.Digits)
	if !f.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, v, requestView{Errors: f.Errors})
	}
	now, d := c.Desk.Now(), v.request.Data
	signed := enrolment.Signing{At: now, Contract: d.Contract.SHA256, Phone: hex.EncodeToString(c.Desk.Keyring.MAC("point.sign.phone", d.Phone)), Operator: v.who.ID}
	step, err := c.step(r, v, enrolment.Change{Act: enrolment.Check, Edit: func(q *enrolment.Request) { q.Data.Signed = &signed }})
	if err != nil {
		return err
	}
	verdict, err := c.Codes.TryRequestCode(r.Context(), apply.CodeTry{Request: v.request.ID, Purpose: Sign, Digest: c.digest(v, code), At: now, Tries: c.Limits.Tries}, step)
	if err != nil {
		return v.moved(err)
	}
	switch {
	case verdict.Outcome == secondfactor.Right:
		c.Desk.Site.Notice(w, "console.notice.signed")
		return web.Redirect(w, r, pathOf(v.request.Number))
	case verdict.Outcome == secondfactor.Stale || verdict.Left == 0:
		c.refused(r, v, audit.CodeChecked, "stale_code")
		f.Fail("code", "console.code.stale")
	default:
		c.refused(r, v, audit.CodeChecked, "wrong_code")
		f.Fail("code", "console.code.wrong", "left", verdict.Left)
	}
	return c.page(w, r, http.StatusUnprocessableEntity, v, requestView{Errors: f.Errors})
}

// refused writes the line of a refusal that is a page of its own.
func (c *Console) refused(r *http.Request, v visit, action, reason string) {
	if c.Desk.Site.Refused == nil {
		return
	}
	ev := c.Desk.Event(r, action, v.request.Holder, map[string]string{"request": string(v.request.Number), "purpose": string(Sign)})
	ev.Outcome, ev.Reason = audit.Refused, reason
	c.Desk.Site.Refused(r.Context(), ev)
}
