package review

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/web"
	"atrio/web/ui"
)

// onPage is how many requests one page of the queue shows.
const onPage = 50

// queueView is the view of "review/queue".
type queueView struct {
	ui.Errors
	Mine, Rows             []rowView
	All                    int
	States, Methods        []string
	Circuits               []option
	State, Method, Circuit string
	// MayTake: there is a role that decides; MayHand: that of a supervisor.
	MayTake, MayHand bool
	Operators        []option
	// Number and Operator are what was typed to hand one over.
	Number, Operator string
	Previous, Next   string
	// Again is how many approved requests wait for this operator's second look.
	Again int
}

type option struct{ Code, Name string }

// rowView is a request in the queue: no name. // I11
type rowView struct {
	Number, State, Method, Circuit, Point string
	// Hours is how long it waits.
	Hours int
	// By is the name of who has it.
	By    string
	Until time.Time
	URL   string
}

// queue shows what waits.
func (v *Review) queue(w http.ResponseWriter, r *http.Request) error {
	return v.showQueue(w, r, http.StatusOK, queueView{})
}

func (v *Review) showQueue(w http.ResponseWriter, r *http.Request, status int, view queueView) error {
	who, _ := v.Desk.Who(r)
	now := v.Desk.Now()
	f, page := v.filter(r, who, &view)
	mine, err := v.Store.Mine(r.Context(), who.ID, now)
	if err != nil {
		return err
	}
	list, all, err := v.Store.Queue(r.Context(), f, now)
	if err != nil {
		return err
	}
	for _, one := range mine {
		row := v.row(one, now)
		if row.URL = pathOf(one.Number); one.State == enrolment.Activated {
			row.URL = lookPath + "/" + string(one.Number)
		}
		view.Mine = append(view.Mine, row)
	}
	for _, one := range list {
		view.Rows = append(view.Rows, v.row(one, now))
	}
	view.All = all
	view.MayTake, view.MayHand = who.Has(operator.Approver, operator.Fraud), who.Has(operator.Supervisor)
	if who.Has(operator.Approver) {
		if view.Again, err = v.Store.Unlooked(r.Context(), who.ID); err != nil {
			return err
		}
	}
	if view.MayHand {
		for _, o := range v.Desk.Roster.List() {
			if o.Has(operator.Approver, operator.Fraud) && o.ID != who.ID {
				view.Operators = append(view.Operators, option{o.ID, o.Name})
			}
		}
	}
	if page > 0 {
		view.Previous = pageURL(view, page-1)
	}
	if (page+1)*onPage < all {
		view.Next = pageURL(view, page+1)
	}
	return v.Desk.Site.Page(w, r, status, "review/queue", view)
}

// filter reads the query; what it does not know it leaves out.
func (v *Review) filter(r *http.Request, who operator.Operator, view *queueView) (f Filter, page int) {
	q := r.URL.Query()
	f = Filter{States: statesOf(who), Limit: onPage}
	for _, s := range f.States {
		view.States = append(view.States, string(s))
	}
	for _, m := range enrolment.Methods() {
		view.Methods = append(view.Methods, string(m))
	}
	for _, c := range v.Circuits {
		view.Circuits = append(view.Circuits, option{c, v.CircuitName(c)})
	}
	if s := enrolment.State(q.Get("state")); slices.Contains(f.States, s) {
		f.States, view.State = []enrolment.State{s}, string(s)
	}
	if m := enrolment.Method(q.Get("method")); m.Known() {
		f.Method, view.Method = m, string(m)
	}
	if c := q.Get("circuit"); slices.Contains(v.Circuits, c) {
		f.Circuit, view.Circuit = c, c
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 && n < 10000 {
		page, f.Skip = n, n*onPage
	}
	return f, page
}

func pageURL(view queueView, page int) string {
	q := url.Values{"page": {strconv.Itoa(page)}}
	for name, value := range map[string]string{"state": view.State, "method": view.Method, "circuit": view.Circuit} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return Path + "?" + q.Encode()
}

func (v *Review) row(one Waiting, now time.Time) rowView {
	row := rowView{Number: string(one.Number), State: string(one.State), Method: string(one.Method), Hours: int(now.Sub(one.Since) / time.Hour), Until: one.Until}
	if one.Circuit != "" {
		row.Circuit = v.CircuitName(one.Circuit)
	}
	if one.Point != "" {
		row.Point = v.PointName(one.Point)
	}
	if o, ok := v.Desk.Roster.Find(one.By); ok {
		row.By = o.Name
	}
	return row
}

// taking begins one for an operator, of what their deciding roles look at.
func (v *Review) taking(r *http.Request, to operator.Operator) Taking {
	now := v.Desk.Now()
	t := Taking{Operator: to.ID, FiscalCode: to.FiscalCode, Now: now, Until: now.Add(held), Event: v.Desk.Event(r, audit.RequestTaken, "", nil)}
	for _, s := range []enrolment.State{enrolment.OperatorCheck, enrolment.FraudReview} {
		if decides(to, s) {
			t.Filter.States = append(t.Filter.States, s)
		}
	}
	return t
}

// next gives the oldest request that nobody has. Nobody chooses whom to decide on. // A16
func (v *Review) next(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	who, _ := v.Desk.Who(r)
	if err := v.Limiter.Allow(r.Context(), pace, who.ID); err != nil {
		return fault.From(err).Offer("review.back", Path)
	}
	n, err := v.Store.Take(r.Context(), v.taking(r, who))
	if fault.Is(err, fault.NotFound) {
		v.Desk.Site.Notice(w, "review.notice.none")
		return web.Redirect(w, r, Path)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, pathOf(n))
}

// handOver lets a supervisor give a request to somebody. // A16
func (v *Review) handOver(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	view := queueView{Number: f.Text("number", web.Required, web.Max(32)), Operator: f.Value("operator")}
	n, ok := enrolment.ParseNumber(view.Number)
	if view.Number != "" && !ok {
		f.Fail("number", "review.hand.number.wrong")
	}
	to, ok := v.Desk.Roster.Find(view.Operator)
	if !ok || !to.Has(operator.Approver, operator.Fraud) {
		f.Fail("operator", "form.choice")
	}
	if me, _ := v.Desk.Who(r); to.ID == me.ID { // nobody chooses whom to decide on
		f.Fail("operator", "review.hand.self")
	}
	if f.OK() {
		t := v.taking(r, to)
		t.Number = n
		if _, err = v.Store.Take(r.Context(), t); err == nil {
			v.Desk.Site.Notice(w, "review.notice.handed")
			return web.Redirect(w, r, Path)
		}
		if !fault.Is(err, fault.Conflict) {
			return err
		}
		f.Fail("number", "error.review.not_theirs")
	}
	view.Errors = f.Errors
	return v.showQueue(w, r, http.StatusUnprocessableEntity, view)
}

// release gives a request back to the queue.
func (v *Review) release(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	who, _ := v.Desk.Who(r)
	if n, ok := enrolment.ParseNumber(f.Value("number")); ok {
		if err := v.Store.Release(r.Context(), who.ID, n, v.Desk.Event(r, audit.RequestTaken, "", nil)); err != nil {
			return err
		}
		v.Desk.Site.Notice(w, "review.notice.released")
	}
	return web.Redirect(w, r, Path)
}
