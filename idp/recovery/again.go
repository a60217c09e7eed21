package recovery

import (
	"net/http"

	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/idp/identity"
	"atrio/web"
)

// again leads a holder back to the request to be identified anew: the link proves the
// mailbox, and once the request has an answer it is asked for too.
func (h *Handler) again(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	_, who, err := h.proven(r)
	if err != nil {
		return err
	}
	q, err := h.Store.Regaining(r.Context(), who.ID)
	switch {
	case fault.Is(err, fault.Gone):
		return web.Redirect(w, r, lostPath)
	case err != nil:
		return err
	case q.Data.Answer == "":
		return h.enter(w, r, q)
	}
	typed := identity.Answer(f.Text("answer", web.Required, web.Max(mostAnswer)))
	if !f.OK() {
		return h.lostPage(w, r, http.StatusUnprocessableEntity, LostView{Errors: f.Errors})
	}
	right := false
	if err = h.Limiter.Allow(r.Context(), perReturn, q.ID); err == nil {
		right, _, err = h.Hasher.Verify(r.Context(), q.Data.Answer, typed)
	}
	if busy := fault.From(err); err != nil && busy.Kind == fault.TooMany {
		h.refused(r, who.ID, busy.AuditReason())
		return h.lostPage(w, r, http.StatusTooManyRequests, LostView{Notice: "enrol.wait", Minutes: secondfactor.Minutes(busy.RetryAfter)})
	}
	if err != nil {
		return err
	}
	if !right {
		h.refused(r, who.ID, "regaining_answer")
		f.Fail("answer", "recover.again.wrong")
		return h.lostPage(w, r, http.StatusUnprocessableEntity, LostView{Errors: f.Errors})
	}
	return h.enter(w, r, q)
}

// enter begins a session of the request alone, in place of the one that the browser has.
func (h *Handler) enter(w http.ResponseWriter, r *http.Request, q enrolment.Request) error {
	next, secret := h.Site.Sessions.New(r, q.Holder, "recovery", "", nil, h.Now())
	next.Data = map[string]string{"name": q.Data.Email}
	ev := h.event(r, q.Holder, audit.LoginSucceeded, map[string]string{"by": "recovery", "request": string(q.Number)})
	if err := h.Store.OpenSession(r.Context(), next, ev); err != nil {
		return err
	}
	if err := h.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	h.Site.Sessions.SetCookie(w, secret)
	return web.Redirect(w, r, way.Next(q))
}
