package tasks

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/web"
	"atrio/web/ui"
)

// KindMailbox is a ticket of somebody who lost their mailbox. It is of no account before
// the desk has found out whose it is, so every clerk sees it. // G3.6
const KindMailbox account.TaskKind = "mailbox"

// The answers to a ticket beside a change of the mailbox, which is a deed.
const (
	Reply Answer = "reply" // in these words, at the address that was given
	Drop  Answer = "drop"  // no answer: nothing to do, or nobody to answer
)

// TicketAnswer closes a ticket.
type TicketAnswer struct {
	ID     string
	Answer Answer
	Reason string
	By     string
	Now    time.Time
	Event  audit.Event
	// Mail makes the message of a Reply; nil sends none.
	Mail func(helpdesk.Ticket) notify.Message
}

// Tickets keeps them.
type Tickets interface {
	// AllTickets are those that wait, oldest first, or those that were answered.
	AllTickets(ctx context.Context, done bool, clerk string) ([]helpdesk.Ticket, error)
	// Ticket is an open one; ErrGone without it.
	Ticket(ctx context.Context, id, clerk string) (helpdesk.Ticket, error)
	// TakeTicket gives it to a clerk; ErrTaken when somebody else has it and over is not set.
	TakeTicket(ctx context.Context, id, clerk string, over bool, ev audit.Event) error
	// AnswerTicket closes a ticket of the clerk.
	AnswerTicket(ctx context.Context, a TicketAnswer) error
}

// withTickets adds the tickets that a filter lets pass, in the order of the list.
func (q *Queue) withTickets(r *http.Request, f Filter, rows []rowView) ([]rowView, error) {
	if f.Kind != "" && f.Kind != KindMailbox {
		return rows, nil
	}
	list, err := q.Tickets.AllTickets(r.Context(), f.Done, f.Clerk)
	if err != nil {
		return nil, err
	}
	now := q.Desk.Site.Now()
	for _, t := range list {
		if f.Whose == Mine && !t.Mine || f.Whose == Free && t.TakenBy != "" {
			continue
		}
		rows = append(rows, ticketRow(t, now))
	}
	slices.SortStableFunc(rows, func(a, b rowView) int {
		if f.Done {
			return b.done.Compare(a.done)
		}
		return a.opened.Compare(b.opened)
	})
	return rows, nil
}

func ticketRow(t helpdesk.Ticket, now time.Time) rowView {
	return rowView{
		ID: string(KindMailbox) + "." + t.ID, Kind: string(KindMailbox), Code: t.Number, Days: int(now.Sub(t.Opened).Hours() / 24),
		TakenBy: t.Taken, Mine: t.Mine, Answer: t.Answer, Reason: t.Reason, opened: t.Opened, done: t.Done,
	}
}

// takeTicket gives a ticket to the clerk, who then reads it.
func (q *Queue) takeTicket(w http.ResponseWriter, r *http.Request, id string) error {
	m, _ := q.Desk.Member(r)
	err := q.Tickets.TakeTicket(r.Context(), id, web.CurrentSession(r).Subject, m.Role == helpdesk.Supervisor, q.Desk.Event(r, nil))
	if err != nil {
		return offer(err)
	}
	return web.Redirect(w, r, ticketPath+"?"+url.Values{"id": {id}}.Encode())
}

// ticketView is the view of "tasks/ticket".
type ticketView struct {
	ui.Errors
	rowView
	ID string
	helpdesk.Said
	// Damaged: what the person wrote does not open any more.
	Damaged           bool
	Chosen, Why, Text string
}

func (q *Queue) ticket(w http.ResponseWriter, r *http.Request) error {
	return q.ticketPage(w, r, http.StatusOK, r.URL.Query().Get("id"), ticketView{})
}

func (q *Queue) ticketPage(w http.ResponseWriter, r *http.Request, status int, id string, v ticketView) error {
	t, err := q.Tickets.Ticket(r.Context(), id, web.CurrentSession(r).Subject)
	if err != nil {
		return offer(err)
	}
	if !t.Mine {
		return offer(ErrTaken)
	}
	v.rowView, v.ID, v.Said, v.Damaged = ticketRow(t, q.Desk.Site.Now()), t.ID, t.Said, t.Damaged
	return q.Desk.Site.Page(w, r, status, "tasks/ticket", v)
}

// answerTicket closes a ticket, with a mail in the clerk's words or without.
func (q *Queue) answerTicket(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	id, v := f.Text("id", web.Required, web.Max(64)), ticketView{Chosen: f.Value("answer")}
	if !slices.Contains([]Answer{Reply, Drop}, Answer(v.Chosen)) {
		return fault.New(fault.Invalid, "error.invalid").For("ticket_answer").Offer("tasks.back", Path)
	}
	v.Why = f.Text("reason", web.Required, web.Max(500), web.Multiline)
	if Answer(v.Chosen) == Reply {
		v.Text = f.Text("words", web.Required, web.Max(1000), web.Multiline)
	}
	if !f.OK() {
		v.Errors = f.Errors
		return q.ticketPage(w, r, http.StatusUnprocessableEntity, id, v)
	}
	a := TicketAnswer{ID: id, Answer: Answer(v.Chosen), Reason: v.Why, By: web.CurrentSession(r).Subject, Now: q.Desk.Site.Now(), Event: q.Desk.Event(r, nil)}
	if a.Answer == Reply {
		a.Mail = q.reply(v.Text)
	}
	if err := q.Tickets.AnswerTicket(r.Context(), a); err != nil {
		return offer(err)
	}
	q.Desk.Site.Notice(w, "tasks.notice.answered")
	return web.Redirect(w, r, Path)
}

// reply writes to the address of a ticket. Nobody has proved to be anybody: it holds the
// clerk's words alone, and nothing of an account.
func (q *Queue) reply(words string) func(helpdesk.Ticket) notify.Message {
	texts := q.Desk.Site.Pages.Catalog()
	return func(t helpdesk.Ticket) notify.Message {
		service := q.Desk.Site.Institution.Service.In(t.Lang)
		return notify.Message{
			Channel: notify.Mail, To: t.Address, Lang: t.Lang, Subject: texts.Text(t.Lang, "tasks.ticket.mail.subject", "service", service, "number", t.Number),
			Text: texts.Text(t.Lang, "tasks.ticket.mail.text", "words", words, "number", t.Number, "service", service, "help", q.Desk.Site.BaseURL+"/help"),
		}
	}
}
