package tasks

import (
	"net/http"
	"slices"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/gateway/account"
	"atrio/people/person"
	"atrio/web"
	"atrio/web/ui"
)

// taskView is the view of "tasks/task".
type taskView struct {
	ui.Errors
	rowView
	Pass, Name, State string
	// Person is the page of the account.
	Person string
	// Said is what the holder declared and the codice fiscale is checked against; of all
	// else a clerk sees no values.
	Said    []saidView
	Answers []answerView
	// Chosen is the answer that came back with a mistake.
	Chosen, Why, Words string
}

type saidView struct {
	Name, Kind, Value, Source string
	// Differs is set for a field that does not fit the codice fiscale.
	Differs bool
}

// answerView is a form; Words is set for an answer that writes to the person.
type answerView struct {
	Answer, Deed string
	Words        bool
}

// checked are the facts that a codice fiscale tells, and it.
var checked = []string{person.FiscalNumber, person.FamilyName, person.GivenName, person.Gender, person.BirthDate, person.BirthPlace}

// factOf names an attribute as the doubts of a registration do.
var factOf = map[string]string{
	person.FamilyName: "family_name", person.GivenName: "given_name", person.Gender: "sex", person.BirthDate: "birth_date", person.BirthPlace: "birth_place",
}

// show shows a task to the clerk who has it.
func (q *Queue) show(w http.ResponseWriter, r *http.Request) error {
	return q.page(w, r, http.StatusOK, r.URL.Query().Get("pass"), kindOf(r.URL.Query().Get("kind")), taskView{})
}

func (q *Queue) page(w http.ResponseWriter, r *http.Request, status int, pass string, k account.TaskKind, v taskView) error {
	id, err := q.Desk.Of(r, pass)
	if err != nil {
		return err
	}
	ctx := r.Context()
	t, err := q.Store.Task(ctx, id, k, web.CurrentSession(r).Subject)
	if err != nil {
		return offer(err)
	}
	if !t.Mine {
		return offer(ErrTaken)
	}
	if err := own(r, t); err != nil {
		return err
	}
	a, err := q.Desk.People.Account(ctx, id)
	if err != nil {
		return err
	}
	v.rowView, v.Pass, v.Name, v.State = row(t, q.Desk.Site.Now()), pass, a.Name(), string(a.State)
	if v.Person, err = q.Desk.PersonURL(r, id); err != nil {
		return err
	}
	if k == account.TaskCheck {
		if v.Said, err = q.said(r, id, v.Fields); err != nil {
			return err
		}
	}
	for _, one := range answers[k] {
		v.Answers = append(v.Answers, answerView{string(one), Deed(k, one), one == Again})
	}
	return q.Desk.Site.Page(w, r, status, "tasks/task", v)
}

// said is what has to be compared.
func (q *Queue) said(r *http.Request, id string, doubts []string) (list []saidView, err error) {
	known, err := q.Desk.People.Attributes(r.Context(), id)
	if err != nil {
		return nil, err
	}
	for _, name := range checked {
		if a, found := account.Best(known, name); found {
			list = append(list, saidView{name, a.Kind(), a.Value, string(a.Source), slices.Contains(doubts, factOf[name])})
		}
	}
	return list, nil
}

// decide takes the answer of the clerk who has the task.
func (q *Queue) decide(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	pass, k := f.Value("pass"), kindOf(f.Value("kind"))
	id, err := q.Desk.Of(r, pass)
	if err != nil {
		return err
	}
	answer := Answer(f.Value("answer"))
	if !slices.Contains(answers[k], answer) {
		return fault.New(fault.Invalid, "error.invalid").For("task_answer").Offer("tasks.back", Path)
	}
	t, err := q.Store.Task(r.Context(), id, k, web.CurrentSession(r).Subject)
	if err != nil {
		return offer(err)
	}
	if err := own(r, t); err != nil {
		return err
	}
	why, words := f.Text("reason", web.Required, web.Max(500), web.Multiline), ""
	if answer == Again {
		words = f.Text("words", web.Required, web.Max(1000), web.Multiline)
	}
	if !f.OK() {
		return q.page(w, r, http.StatusUnprocessableEntity, pass, k, taskView{Errors: f.Errors, Chosen: string(answer), Why: why, Words: words})
	}
	now := q.Desk.Site.Now()
	err = q.Store.DecideTask(r.Context(), Decision{
		AccountID: id, Kind: k, Answer: answer, Reason: why, By: web.CurrentSession(r).Subject, Now: now, Event: q.Desk.Event(r, nil),
		Tell: q.mail(k, answer, words, now),
	})
	if err != nil {
		return offer(err)
	}
	q.Desk.Site.Notice(w, "tasks.notice.decided")
	return web.Redirect(w, r, Path)
}

// mail tells the holder what the desk decided, and for Again in its words.
func (q *Queue) mail(k account.TaskKind, answer Answer, words string, now time.Time) func(account.Account) notify.Message {
	texts, base := q.Desk.Site.Pages.Catalog(), q.Desk.Site.BaseURL
	return func(a account.Account) notify.Message {
		key := "tasks.mail." + Deed(k, answer)
		return notify.Message{
			Channel: notify.Mail, To: a.Email, Lang: a.Language,
			Subject: texts.Text(a.Language, "tasks.mail.subject", "service", q.Desk.Site.Institution.Service.In(a.Language)),
			Text: texts.Text(a.Language, "tasks.mail.text", "name", a.Called(), "what", texts.Text(a.Language, key, "words", words,
				"page", base+"/account/fiscal-code", "date", texts.Date(a.Language, now.Add(More))), "help", base+"/help"),
		}
	}
}
