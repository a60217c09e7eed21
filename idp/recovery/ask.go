package recovery

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"atrio/authn/proofofwork"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/enrolment/apply"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

// AskView is the view of "recovery/ask" and "recovery/sent".
type AskView struct {
	ui.Errors
	UserID, Support string
	Work            proofofwork.Challenge
	Notice          string
	Minutes, Hours  int
}

func (h *Handler) ask(w http.ResponseWriter, r *http.Request) error {
	return h.askPage(w, r, http.StatusOK, AskView{})
}

func (h *Handler) askPage(w http.ResponseWriter, r *http.Request, status int, v AskView) error {
	var err error
	if v.Work, err = h.Work.New(); err != nil {
		return err
	}
	v.Support = h.Support
	return h.Site.Page(w, r, status, "recovery/ask", v)
}

// asked sends one mail and says the same, whoever has the address. // A02
func (h *Handler) asked(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	who, err := apply.CheckHuman(h.Work, f)
	if err != nil {
		return fault.From(err).Offer("recover.again", AskPath)
	}
	v := AskView{UserID: f.Email("username", web.Required)}
	if strings.ContainsFunc(v.UserID, func(c rune) bool { return c > '~' }) { // no User ID has them: A38
		f.Fail("username", "recover.ascii")
	}
	if v.Errors = f.Errors; !f.OK() {
		return h.askPage(w, r, http.StatusUnprocessableEntity, v)
	}
	userID := identity.Login(v.UserID)
	err = h.admit(r, who, userID)
	if busy := fault.From(err); err != nil && busy.Kind == fault.TooMany {
		h.refused(r, "", busy.AuditReason())
		v.Notice, v.Minutes = "enrol.wait", secondfactor.Minutes(busy.RetryAfter)
		w.Header().Set("Retry-After", strconv.Itoa(int(busy.RetryAfter.Seconds())+1))
		return h.askPage(w, r, http.StatusTooManyRequests, v)
	}
	if err != nil {
		return err
	}
	if err := h.answerByMail(r, userID); err != nil {
		return err
	}
	v.Support, v.Hours = h.Support, int(linkLife.Hours())
	return h.Site.Page(w, r, http.StatusOK, "recovery/sent", v)
}

// admit counts a form: the challenge once, the network and the mailbox within their limits.
func (h *Handler) admit(r *http.Request, who apply.Human, userID string) error {
	ctx, limit := r.Context(), perIdle
	if who.Worked {
		limit = perNetwork
	}
	err := h.Store.UseWork(ctx, who.ID, who.Until)
	if fault.Is(err, fault.Conflict) {
		return apply.ErrChallenge.For("recovery_challenge_again").Because(err).Offer("recover.again", AskPath)
	}
	if err != nil {
		return err
	}
	if err := h.Limiter.Allow(ctx, limit, web.ClientNetwork(web.ClientAddr(r))); err != nil {
		return err
	}
	return h.Limiter.Allow(ctx, perMailbox, userID)
}

// answerByMail tells the truth to who reads the mailbox. The same statements run and a link
// is sealed whoever has the address, so that the answer takes as long. // A02
func (h *Handler) answerByMail(r *http.Request, userID string) error {
	ctx, lang := r.Context(), web.Lang(r)
	id, _, err := h.Store.Password(ctx, userID)
	if err != nil {
		return err
	}
	who, err := h.person(ctx, id)
	known := err == nil
	if err != nil && !errors.Is(err, identity.ErrUnknown) {
		return err
	}
	if !known {
		who.Identity = &identity.Identity{UserID: userID, Holder: identity.Holder{Email: userID}}
	}
	link, err := h.link(ticket{Recovery: identity.NewID(), Identity: who.ID, PasswordAt: who.PasswordAt.UnixMicro(), Email: who.Holder.Email, Use: 1}, h.Now().Add(linkLife))
	if err != nil {
		return err
	}
	what := "unknown"
	switch {
	case known && may(who):
		what = who.words("link")
	case known && who.State == identity.Revoked:
		what = "revoked"
	case known:
		what = "suspended"
	}
	if known {
		lang = who.Language
	}
	m := h.mail(who.Holder.Email, lang, what, "link", link, "hours", int(linkLife.Hours()), "support", h.Support)
	m.Expires = h.Now().Add(linkLife)
	return h.Store.QueueMail(ctx, m, h.event(r, id, audit.RecoveryAsked, map[string]string{"what": what, "channel": "mail"}))
}
