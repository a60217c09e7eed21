package tasks

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/web"
)

// listView is the view of "tasks/list".
type listView struct {
	Kind, Whose string
	Done        bool
	Kinds       []string
	Tasks       []rowView
	// Clerks are whom a supervisor may give a task to; nobody for others.
	Clerks []clerkView
}

type clerkView struct{ Code, Name string }

// rowView is a task in the queue; it names nobody.
type rowView struct {
	ID, Kind, Code, Other string
	Fields                []string
	Days                  int
	Due                   time.Time
	Late                  bool
	TakenBy               string
	Mine                  bool
	Answer, Reason        string
	opened, done          time.Time
}

// list shows what waits, oldest first.
func (q *Queue) list(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	f := Filter{Kind: kindOf(query.Get("kind")), Done: query.Get("done") != "", Clerk: web.CurrentSession(r).Subject}
	if whose := query.Get("whose"); whose == Mine || whose == Free {
		f.Whose = whose
	}
	found, err := q.Store.Tasks(r.Context(), f, q.Desk.Sight(r))
	if err != nil {
		return err
	}
	v := listView{Kind: string(f.Kind), Whose: f.Whose, Done: f.Done}
	for _, k := range Kinds() {
		v.Kinds = append(v.Kinds, string(k))
	}
	for _, t := range found {
		v.Tasks = append(v.Tasks, row(t, q.Desk.Site.Now()))
	}
	if v.Tasks, err = q.withTickets(r, f, v.Tasks); err != nil {
		return err
	}
	if m, _ := q.Desk.Member(r); m.Role == helpdesk.Supervisor {
		for _, code := range q.Desk.Colleagues() {
			v.Clerks = append(v.Clerks, clerkView{string(code), string(code)})
		}
	}
	return q.Desk.Site.Page(w, r, http.StatusOK, "tasks/list", v)
}

func row(t Task, now time.Time) rowView {
	v := rowView{
		ID: string(t.Kind) + "." + string(t.Code), Kind: string(t.Kind), Code: string(t.Code), Other: string(t.Other),
		Days: int(now.Sub(t.Opened).Hours() / 24), Due: t.Due, Late: !t.Due.IsZero() && now.After(t.Due),
		TakenBy: string(t.TakenBy), Mine: t.Mine, Answer: string(t.Answer), Reason: t.Reason,
		opened: t.Opened, done: t.Done,
	}
	if t.Kind == account.TaskCheck {
		v.Fields = strings.Fields(t.Detail)
	}
	return v
}

// take gives the task to the clerk, who then sees it, or to a colleague.
func (q *Queue) take(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	kind, digits, _ := strings.Cut(f.Text("task", web.Required, web.Max(100)), ".")
	if f.OK() && account.TaskKind(kind) == KindMailbox {
		return q.takeTicket(w, r, digits)
	}
	code, err := account.ParseCode(digits)
	t := Taking{Kind: kindOf(kind), By: web.CurrentSession(r).Subject, Now: q.Desk.Site.Now(), Event: q.Desk.Event(r, nil)}
	if !f.OK() || err != nil || t.Kind == "" {
		return fault.New(fault.Invalid, "error.invalid").For("task").Offer("tasks.back", Path)
	}
	// Not in sight and not there are one answer. // G5.4
	found, err := q.Desk.Desk.FindAccounts(r.Context(), helpdesk.Key{Code: code}, q.Desk.Sight(r))
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return offer(ErrGone)
	}
	t.AccountID = found[0].ID
	waiting, err := q.Store.Task(r.Context(), t.AccountID, t.Kind, t.By)
	if err != nil {
		return offer(err)
	}
	if err := own(r, waiting); err != nil {
		return err
	}
	m, _ := q.Desk.Member(r)
	t.Over = m.Role == helpdesk.Supervisor
	if to := f.Value("to"); to != "" && t.Over {
		t.To = account.Code(f.Choice("to", codes(q.Desk.Colleagues())...))
		if !f.OK() {
			return fault.New(fault.Invalid, "error.invalid").For("task_clerk").Offer("tasks.back", Path)
		}
	}
	if t.To == "" {
		if err := q.Desk.AllowSearch(r.Context(), t.By); err != nil {
			return err
		}
	}
	if err := q.Store.TakeTask(r.Context(), t); err != nil {
		return offer(err)
	}
	if t.To != "" {
		q.Desk.Site.Notice(w, "tasks.notice.given")
		return web.Redirect(w, r, Path)
	}
	pass, err := q.Desk.Pass(r, t.AccountID)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, taskPath+"?"+url.Values{"kind": {kind}, "pass": {pass}}.Encode())
}

func codes(list []account.Code) []string {
	var out []string
	for _, c := range list {
		out = append(out, string(c))
	}
	return out
}
