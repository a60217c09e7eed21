package review

import (
	"context"
	"encoding/binary"
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/jobs"
	"atrio/base/notify"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/web"
)

// percent of approved requests that somebody else looks at again. // A13, A16
const percent = 5

// sampled is how long an approval may still come into the sample.
const sampled = 7 * 24 * time.Hour

// Jobs draw the sample.
func (v *Review) Jobs() []jobs.Job {
	return []jobs.Job{{Name: "idp.second_look", Every: time.Hour, Run: func(ctx context.Context, now time.Time) error {
		return v.Store.Sample(ctx, now.Add(-sampled), now, v.picked)
	}}}
}

// picked draws with a key that operators do not have: nobody knows which of their
// decisions is looked at again, and asking twice gives the same answer.
func (v *Review) picked(request string) bool {
	return binary.BigEndian.Uint32(v.Desk.Keyring.MAC("operator.second_look", request))%100 < percent
}

// looksAgain tells whether a request is one to look at again.
func looksAgain(o operator.Operator, in enrolment.State) bool {
	return in == enrolment.Activated && o.Has(operator.Approver)
}

// nextLook gives the oldest of the sample that somebody else approved.
func (v *Review) nextLook(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.ReadForm(r); err != nil {
		return err
	}
	who, _ := v.Desk.Who(r)
	if err := v.Limiter.Allow(r.Context(), pace, who.ID); err != nil {
		return fault.From(err).Offer("review.back", Path)
	}
	t := v.taking(r, who)
	t.Again, t.Filter.States = true, []enrolment.State{enrolment.Activated}
	n, err := v.Store.Take(r.Context(), t)
	if fault.Is(err, fault.NotFound) {
		v.Desk.Site.Notice(w, "review.notice.none")
		return web.Redirect(w, r, Path)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, lookPath+"/"+string(n))
}

// showLook shows the request as who approved it saw it.
func (v *Review) showLook(w http.ResponseWriter, r *http.Request) error {
	_, request, err := v.has(r, looksAgain)
	if err != nil {
		return err
	}
	return v.lookPage(w, r, http.StatusOK, request, requestView{})
}

func (v *Review) lookPage(w http.ResponseWriter, r *http.Request, status int, request enrolment.Request, view requestView) error {
	if err := v.note(r, request); err != nil {
		return err
	}
	if err := v.fill(r, request, lookPath+"/", &view); err != nil {
		return err
	}
	return v.Desk.Site.Page(w, r, status, "review/second_look", view, web.Media)
}

// exhibitLook gives something that was kept of it.
func (v *Review) exhibitLook(w http.ResponseWriter, r *http.Request) error {
	who, request, err := v.has(r, looksAgain)
	if err != nil {
		return err
	}
	return v.serve(w, r, who.ID, request, "second look")
}

// filmLook gives a film of it.
func (v *Review) filmLook(w http.ResponseWriter, r *http.Request) error {
	who, request, err := v.has(r, looksAgain)
	if err != nil {
		return err
	}
	return v.serveFilm(w, r, who.ID, request, "second look")
}

// look notes what came of it. What is wrong goes to the supervisors at once: what becomes
// of the identity is theirs.
func (v *Review) look(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	who, request, err := v.has(r, looksAgain)
	if err != nil {
		return err
	}
	if err := who.Trained(v.Desk.Now()); err != nil {
		return err
	}
	view := requestView{Act: f.Choice("outcome", "right", "wrong"), Reason: f.Text("note", web.Max(maxReason), web.Multiline)}
	if view.Act == "wrong" && view.Reason == "" {
		f.Fail("note", "review.why.missing")
	}
	if !f.OK() {
		view.Errors = f.Errors
		return v.lookPage(w, r, http.StatusUnprocessableEntity, request, view)
	}
	ok, err := v.Desk.Confirm(w, r, f, fault.Field{Name: "outcome", Value: view.Act}, fault.Field{Name: "note", Value: view.Reason})
	if err != nil || !ok {
		return err
	}
	l := Look{
		Request: request.ID, Looker: who.ID, Right: view.Act == "right", Note: view.Reason, At: v.Desk.Now(),
		Event: v.Desk.Event(r, audit.SecondLook, request.Holder, map[string]string{"request": string(request.Number), "outcome": view.Act}),
	}
	if !l.Right {
		l.Messages = v.alarm(request)
	}
	if err := v.Store.NoteLook(r.Context(), l); err != nil {
		return fault.From(err).Offer("review.back", Path)
	}
	v.Desk.Site.Notice(w, "review.notice.looked")
	return web.Redirect(w, r, Path)
}

// alarm writes to every supervisor; the mail names the request and nobody.
func (v *Review) alarm(request enrolment.Request) (list []notify.Message) {
	texts := v.Desk.Site.Pages.Catalog()
	for _, o := range v.Desk.Roster.With(operator.Supervisor) {
		list = append(list, notify.Message{
			Channel: notify.Mail, To: o.Email, Lang: o.Language, Subject: texts.Text(o.Language, "review.mail.look.subject", "service", v.Service(o.Language), "number", string(request.Number)),
			Text: texts.Text(o.Language, "review.mail.look.text", "name", o.Name, "number", string(request.Number), "link", v.Desk.Site.BaseURL+operator.ReportsPath),
		})
	}
	return list
}
