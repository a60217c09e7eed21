package helpdesk

import (
	"net/http"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/web"
)

// requestView is a request as clerks read it.
type requestView struct {
	ID, Deed, Code, OtherCode string
	Reason, Ticket            string
	At, Due                   time.Time
	State                     string
	// Proof is how the caller was checked, Mailbox the ticket whose address the account
	// would get: what the second person decides on.
	Proof   string
	Mailbox *Ticket
	// Mine is set when the clerk asked for it, May when they may decide it.
	Mine, May bool
	// Undo is set for a merge that was done.
	Undo bool
}

// views are requests as the clerk of this session reads them.
func (h *Helpdesk) views(r *http.Request, list []Request) (views []requestView, err error) {
	m, _ := h.Member(r)
	me := web.CurrentSession(r).Subject
	for _, one := range list {
		v := view(one, m, me)
		if one.Deed == ChangeMailbox && one.State == Waiting {
			t, err := h.Tickets.Ticket(r.Context(), one.Other, me)
			if err != nil && !fault.Is(err, fault.Conflict) {
				return nil, err
			}
			if err == nil {
				v.Mailbox = &t
			}
		}
		views = append(views, v)
	}
	return views, nil
}

func view(r Request, m Member, me string) requestView {
	rule := rules[r.Deed]
	return requestView{
		ID: r.ID, Deed: string(r.Deed), Code: string(r.Code), OtherCode: string(r.OtherCode), Reason: r.Reason, Ticket: r.Ticket, At: r.At, Due: r.Due,
		State: string(r.State), Proof: r.Proof, Mine: r.By == me, May: r.State == Waiting && r.By != me && !r.concerns(me) && m.Role.covers(rule.Role),
		Undo: r.Deed == Merge && r.State == Done && m.Role.covers(Supervisor),
	}
}

// decide is the second person's word.
func (h *Helpdesk) decide(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, answer := f.Text("request", web.Required, web.Max(64)), f.Choice("answer", "approve", "refuse")
	if !f.OK() {
		return fault.New(fault.Invalid, "error.invalid").For("decision").Offer("helpdesk.nav.search", Path)
	}
	if err := h.mayDecide(r, id); err != nil {
		return err
	}
	_, err = h.Desk.Decide(r.Context(), Decision{
		Request: id, Approve: answer == "approve", By: web.CurrentSession(r).Subject, Now: h.Site.Now(), Event: h.Event(r, nil),
		Tell:         func(a account.Account, d Deed) notify.Message { return h.mail("helpdesk.mail.done", d, time.Time{})(a) },
		MailboxAsked: h.MailboxAsked,
		Refused: func(a account.Account, d Deed) notify.Message {
			return h.mail("helpdesk.mail.refused", d, time.Time{})(a)
		},
	})
	if err != nil {
		return offer(err)
	}
	h.Site.Notice(w, "helpdesk.notice.decided")
	return web.Redirect(w, r, Path)
}

// mayDecide refuses a clerk whose role does not cover the deed, and everybody in their
// own matter. A request that is not among those that wait is decided by nobody.
func (h *Helpdesk) mayDecide(r *http.Request, id string) error {
	waiting, err := h.Desk.Requests(r.Context(), "", h.Sight(r))
	if err != nil {
		return err
	}
	m, _ := h.Member(r)
	me := web.CurrentSession(r).Subject
	i := slices.IndexFunc(waiting, func(one Request) bool { return one.ID == id })
	switch {
	case i < 0:
		return fault.New(fault.Conflict, "error.helpdesk.decided").For("request_decided").Offer("helpdesk.nav.search", Path)
	case !m.Role.covers(rules[waiting[i].Deed].Role):
		return fault.New(fault.Denied, "error.helpdesk.role").For("clerk_role").Offer("helpdesk.nav.search", Path)
	case waiting[i].concerns(me):
		return fault.New(fault.Denied, "error.helpdesk.same_person").For("own_account").Offer("helpdesk.nav.search", Path)
	}
	return nil
}

// concerns tells that a request is about somebody's own account.
func (r Request) concerns(accountID string) bool {
	return r.AccountID == accountID || r.Other == accountID || r.Parted == accountID
}

func offer(err error) error {
	if f := fault.From(err); f.Kind != fault.Internal {
		return f.Offer("helpdesk.nav.search", Path)
	}
	return err
}
