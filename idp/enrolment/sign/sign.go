// Package sign lets an applicant sign the frozen contract with a code that goes to the
// confirmed telephone, where no operator is there and no key signs: before a card, a chip
// or a video session proves who they are. At a Point the console does the same.
//
// A code signs one contract: frozen anew, it wants another code. // I5, CAD art. 20
package sign

import (
	"context"
	"embed"
	"encoding/hex"
	"encoding/json"
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
	"atrio/idp/enrolment/way"
	"atrio/idp/evidence"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the page of this package and its texts.
func Pages() ui.Pages { return ui.Pages{Name: "sign", FS: files} }

// Own is the purpose of a code that signs from the applicant's own page. // E24
const Own apply.Purpose = "sign_own"

const againPath = way.Sign + "/again"

// Handler serves the page.
type Handler struct {
	Site    *web.Site
	Way     *way.Way
	Codes   apply.Codes
	Limiter *ratelimit.Limiter
	Limits  apply.Limits
	// SMSSender is how messages name the provider.
	SMSSender string
	Limit     web.Guard
	Now       func() time.Time
}

// Mount gives the page its addresses.
func (h *Handler) Mount(m *web.Mux) {
	m.Get(way.Sign, h.Way.At(h.own(h.show), enrolment.Sign))
	m.Post(way.Sign, h.Way.At(h.own(h.check), enrolment.Sign), h.Limit)
	m.Post(againPath, h.Way.At(h.own(h.send), enrolment.Sign), h.Limit)
}

// view is the view of "sign/sign".
type view struct {
	ui.Errors
	Phone, Notice string
	// Sent: a code is on its way. Again is how many seconds to wait before another, Life
	// how many minutes one works, Minutes how long to wait when there were too many.
	Sent bool
	// Identified: nothing but this is missing.
	Identified           bool
	Again, Life, Minutes int
}

// own serves the page for the ways that sign here, while the contract is not signed.
func (h *Handler) own(page way.Handler) way.Handler {
	return func(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
		if !way.SignsByCode(request.Method) || request.Data.SignedNow() {
			return web.Redirect(w, r, h.next(request))
		}
		return page(w, r, request)
	}
}

// next is where it goes on: the way of identification, or the request.
func (h *Handler) next(request enrolment.Request) string {
	if page := h.Way.Identification(request); page != "" && page != way.Sign {
		return page
	}
	return way.Request
}

func (h *Handler) show(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	return h.page(w, r, http.StatusOK, request, view{})
}

func (h *Handler) page(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, v view) error {
	sent, err := h.Codes.RequestCodeSent(r.Context(), request.ID, Own)
	if err != nil {
		return err
	}
	v.Identified = !request.Data.Identified.IsZero()
	v.Phone, v.Life, v.Sent = secondfactor.Masked(request.Data.Phone), minutes(h.Limits.Valid), !sent.IsZero()
	v.Again = secondfactor.Seconds(sent, h.Limits.Pause, h.Now())
	return h.Site.Page(w, r, status, "sign/sign", v)
}

// send sends a code, within the caps of all codes of requests. // A03, E26
func (h *Handler) send(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	code, now, to, lang := otp.NumericCode(otp.Digits), h.Now(), request.Data.Phone, web.Lang(r)
	until := now.Add(h.Limits.Valid)
	ev := h.Way.Event(r, request.Holder)
	ev.Action, ev.Detail = audit.CodeSent, h.detail(request)
	wait, err := h.Codes.SendRequestCode(r.Context(), apply.Sending{
		Request: request.ID, Purpose: Own, Digest: h.digest(request, code), At: now, Expires: until, Pause: h.Limits.Pause,
		Caps: []ratelimit.Bucket{
			h.Limiter.Bucket(perRequest, request.ID), h.Limiter.Bucket(h.Limits.Number, to),
			h.Limiter.Bucket(h.Limits.Network, web.ClientNetwork(web.ClientAddr(r))),
			h.Limiter.Bucket(h.Limits.Prefix, to[:min(6, len(to))]), h.Limiter.Bucket(h.Limits.All),
		},
		Message: notify.Message{
			Channel: notify.SMS, To: to, Lang: lang, Expires: until,
			Text: h.Site.Pages.Catalog().Text(lang, "sign.sms", "sender", h.SMSSender, "code", code, "number", string(request.Number), "minutes", minutes(h.Limits.Valid)),
		},
		Audit: ev,
	})
	if err != nil {
		return err
	}
	if wait == 0 {
		h.Site.Notice(w, "sign.notice.sent")
		return web.Redirect(w, r, way.Sign)
	}
	h.refused(r, request, audit.CodeSent, "throttled")
	v := view{Notice: "sign.pause", Minutes: minutes(wait)}
	if wait > h.Limits.Pause {
		v.Notice = "sign.cap"
	}
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
	return h.page(w, r, http.StatusTooManyRequests, request, v)
}

// perRequest bounds the codes for one contract, beside those that confirm the number.
var perRequest = ratelimit.Limit{Name: "enrol.sms.sign", Burst: 5, Per: 24 * time.Hour}

// digest binds a code to the request, the number and the contract: it signs nothing
// else. // A01, E24
func (h *Handler) digest(request enrolment.Request, code string) []byte {
	return h.Site.Keyring.MAC("enrolment.sign", request.ID, request.Data.Phone, request.Data.Contract.SHA256, code)
}

// check signs the contract with the typed code.
func (h *Handler) check(w http.ResponseWriter, r *http.Request, request enrolment.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	code := f.Digits("code", otp.Digits)
	if !f.OK() {
		return h.page(w, r, http.StatusUnprocessableEntity, request, view{Errors: f.Errors})
	}
	now := h.Now()
	signed := enrolment.Signing{At: now, Contract: request.Data.Contract.SHA256, Phone: hex.EncodeToString(h.Site.Keyring.MAC("enrolment.sign.phone", request.Data.Phone))}
	step, err := h.Way.Step(r, request, enrolment.Change{Act: enrolment.Sign, Edit: func(q *enrolment.Request) { q.Data.Signed = &signed }})
	if err != nil {
		return err
	}
	verdict, err := h.Codes.TryRequestCode(r.Context(), apply.CodeTry{Request: request.ID, Purpose: Own, Digest: h.digest(request, code), At: now, Tries: h.Limits.Tries}, step)
	switch {
	case err != nil:
		return h.Way.Offer(err)
	case verdict.Outcome == secondfactor.Right:
		return web.Redirect(w, r, h.next(step.After))
	case verdict.Outcome == secondfactor.Stale || verdict.Left == 0:
		h.refused(r, request, audit.CodeChecked, "stale_code")
		f.Fail("code", "sign.stale")
	default:
		h.refused(r, request, audit.CodeChecked, "wrong_code")
		f.Fail("code", "sign.wrong", "left", verdict.Left)
	}
	return h.page(w, r, http.StatusUnprocessableEntity, request, view{Errors: f.Errors})
}

// refused writes the line of a refusal that is a page of its own.
func (h *Handler) refused(r *http.Request, request enrolment.Request, action, reason string) {
	if h.Site.Refused == nil {
		return
	}
	ev := h.Way.Event(r, request.Holder)
	ev.Action, ev.Outcome, ev.Reason, ev.Detail = action, audit.Refused, reason, h.detail(request)
	h.Site.Refused(r.Context(), ev)
}

func (h *Handler) detail(request enrolment.Request) map[string]string {
	return map[string]string{"channel": "sms", "purpose": string(Own), "request": string(request.Number)}
}

func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

// Keeper keeps evidence; *evidence.Vault does.
type Keeper interface {
	Put(ctx context.Context, n evidence.New) (evidence.Item, error)
}

// record is the evidence of a signature by code.
type record struct {
	Request  enrolment.Number `json:"request"`
	At       time.Time        `json:"at"`
	Contract string           `json:"contract_sha256"`
	Phone    string           `json:"phone_mac"`
}

// Kind is the evidence of a signature by code.
const Kind evidence.Kind = "sign_record"

// Keep puts the evidence of the signature away, for the step that identifies the
// applicant.
func Keep(ctx context.Context, k Keeper, request enrolment.Request) (id string, err error) {
	s := request.Data.Signed
	raw, err := json.Marshal(record{Request: request.Number, At: s.At, Contract: s.Contract, Phone: s.Phone})
	if err != nil {
		return "", err
	}
	item, err := k.Put(ctx, evidence.New{Request: request.ID, Kind: Kind, MediaType: "application/json", Author: request.Holder, Content: raw})
	return item.ID, err
}
