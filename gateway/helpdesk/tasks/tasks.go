// Package tasks is what waits for the help desk: a codice fiscale that does not fit, one
// that is missing, two accounts with one codice fiscale, an identity that leads to two, an account whose holder says
// "non sono stato io", a mailbox that is lost.
//
// The queue names nobody: who opens a task takes it, which is written into the audit log
// before anything is shown. Decisions are named here (Answer) and done in one commit by
// gatewaydb, with the mail to the holder. Whom a clerk finds is helpdesk's (Sight). G5.4
package tasks

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/gateway/sso"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "tasks", FS: files} }

// Addresses of the queue; the first one stands in the navigation of the desk.
const (
	Path       = helpdesk.TasksPath
	takePath   = "/helpdesk/tasks/take"
	taskPath   = "/helpdesk/task"
	decidePath = "/helpdesk/task/decide"
	ticketPath = "/helpdesk/ticket"
)

// Answer is what the desk decides about a task.
type Answer string

// The answers.
const (
	Accept Answer = "accept" // the codice fiscale was checked and holds
	Again  Answer = "again"  // the person has to look at it again, in these words
	Refuse Answer = "refuse" // it is not theirs: it goes
	Extend Answer = "extend" // the person has more time
	Waive  Answer = "waive"  // the person need not have one
	Apart  Answer = "apart"  // the accounts are of two people
	Settle Answer = "settle" // there is nothing left to do
)

// answers to each kind, in the order of the page. That two accounts are of one person is
// no answer but a merge, with its preview and its second person.
var answers = map[account.TaskKind][]Answer{
	account.TaskCheck:      {Accept, Again, Refuse},
	account.TaskFiscalCode: {Again, Extend, Waive},
	account.TaskMerge:      {Apart},
	account.TaskConflict:   {Settle},
	account.TaskDisputed:   {Settle},
}

// Kinds in the order of the filter.
func Kinds() []account.TaskKind {
	return []account.TaskKind{account.TaskCheck, account.TaskMerge, account.TaskConflict, account.TaskDisputed, KindMailbox, account.TaskFiscalCode}
}

// Deed is the word of an answer in the audit log and in the history of the holder.
func Deed(k account.TaskKind, a Answer) string { return string(k) + "_" + string(a) }

// More is how much time Extend gives, and Again at least leaves.
const More = 30 * 24 * time.Hour

// Task is one of them as the queue shows it.
type Task struct {
	account.Task
	AccountID string
	Code      account.Code
	// Other is the account of a merge, by its Codice Persona.
	Other   account.Code
	Opened  time.Time
	Taken   time.Time
	TakenBy account.Code
	// Mine is set when the clerk who asks has it.
	Mine   bool
	Answer Answer
	Reason string
}

// Filter narrows the queue.
type Filter struct {
	// Kind is one of Kinds; "" for all.
	Kind account.TaskKind
	// Whose is Mine, Free or "" for all.
	Whose string
	// Done shows what was decided, the newest first.
	Done bool
	// Clerk is the account of who asks.
	Clerk string
}

// Whose a task may be.
const (
	Mine = "mine"
	Free = "free"
)

// Taking gives a task to a clerk.
type Taking struct {
	AccountID string
	Kind      account.TaskKind
	// By takes; To is the Codice Persona of the clerk who gets it, "" for By.
	By string
	To account.Code
	// Over lets a task be taken from somebody else.
	Over  bool
	Now   time.Time
	Event audit.Event
}

// Decision is an answer to a task.
type Decision struct {
	AccountID string
	Kind      account.TaskKind
	Answer    Answer
	Reason    string
	By        string
	Now       time.Time
	Event     audit.Event
	// Tell makes the mail to the holder.
	Tell func(account.Account) notify.Message
}

// ErrGone: somebody else has decided, or the task is over.
var ErrGone = fault.New(fault.Conflict, "error.tasks.gone").For("task_gone")

// ErrTaken: somebody else has it.
var ErrTaken = fault.New(fault.Conflict, "error.tasks.taken").For("task_taken")

// Store keeps tasks.
type Store interface {
	// Tasks are those that a filter lets pass and that are in sight, oldest first.
	Tasks(ctx context.Context, f Filter, s helpdesk.Sight) ([]Task, error)
	// Task is one of an account; ErrGone when it is not open.
	Task(ctx context.Context, accountID string, k account.TaskKind, clerk string) (Task, error)
	// TakeTask gives it to a clerk, with its audit lines; ErrTaken when somebody else has
	// it, ErrGone when it is not open.
	TakeTask(ctx context.Context, t Taking) error
	// DecideTask does what was decided, in one commit with the audit line and the mail.
	DecideTask(ctx context.Context, d Decision) error
}

// Queue serves the pages.
type Queue struct {
	Desk    *helpdesk.Helpdesk
	Store   Store
	Tickets Tickets
}

// Mount gives the pages their addresses.
func (q *Queue) Mount(m *web.Mux) {
	m.Get(Path, q.list, q.Desk.Clerks)
	m.Post(takePath, q.take, q.Desk.Clerks, q.Desk.Limit)
	m.Get(taskPath, q.show, q.Desk.Clerks)
	m.Post(decidePath, q.decide, q.Desk.Clerks, q.Desk.Limit)
	m.Get(ticketPath, q.ticket, q.Desk.Clerks)
	m.Post(ticketPath, q.answerTicket, q.Desk.Clerks, q.Desk.Limit)
}

// kindOf reads the kind of a task; "" for a word that is none.
func kindOf(word string) account.TaskKind {
	if k := account.TaskKind(word); slices.Contains(Kinds(), k) {
		return k
	}
	return ""
}

// offer adds the way back to the queue to an error page.
func offer(err error) error {
	if f := fault.From(err); f.Kind != fault.Internal {
		return f.Offer("tasks.back", Path)
	}
	return err
}

// own refuses a clerk in their own matter: that of a merge is the other account too.
func own(r *http.Request, t Task) error {
	me := web.CurrentSession(r)
	if me.Subject == t.AccountID || t.Other != "" && string(t.Other) == sso.Code(me) {
		return fault.New(fault.Denied, "error.helpdesk.same_person").For("own_account").Offer("tasks.back", Path)
	}
	return nil
}
