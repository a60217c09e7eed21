package review

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment"
	"atrio/idp/identity"
	"atrio/web"
	"atrio/web/ui"
)

// maxReason is what a mail and a page have room for.
const maxReason = 500

// acts are what may be decided.
var acts = []string{string(enrolment.Approve), string(enrolment.AskAgain), string(enrolment.Reject), string(enrolment.Suspect), string(enrolment.Clear)}

func inOrder(list []seenView) {
	slices.SortFunc(list, func(a, b seenView) int { return cmp.Compare(a.Key, b.Key) })
}

// decision is what an operator says about a request.
type decision struct {
	act    enrolment.Act
	reason string
	items  []enrolment.Item
	// fields are the form, to be sent again with the key.
	fields []fault.Field
}

// decide takes a decision: of an operator who has the request, whose training holds and
// whose key answered just now, about the version that they saw. // A07, A16, A17
func (v *Review) decide(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	if err = v.deciding(w, r, f); err != nil && v.decided(r, f) {
		v.Desk.Site.Notice(w, "review.notice.already")
		return web.Redirect(w, r, Path)
	}
	return err
}

func (v *Review) deciding(w http.ResponseWriter, r *http.Request, f *web.Form) error {
	who, request, err := v.taken(r)
	if err != nil {
		return err
	}
	if f.Value("version") != strconv.Itoa(request.Version) {
		return ErrMoved
	}
	if err := who.Trained(v.Desk.Now()); err != nil {
		return err
	}
	checks, err := v.checks(r, request)
	if err != nil {
		return err
	}
	view := requestView{}
	d, err := read(f, request, checks, &view)
	if err != nil {
		return err
	}
	if !f.OK() {
		view.Errors = f.Errors
		return v.again(w, r, http.StatusUnprocessableEntity, who, request, view)
	}
	ok, err := v.Desk.Confirm(w, r, f, d.fields...)
	if err != nil || !ok {
		return err
	}
	switch err := v.take(r, who, request, d); {
	case fault.Is(err, fault.Conflict) && isExists(err):
		view.Errors = ui.Errors{{Key: "review.exists"}}
		return v.again(w, r, http.StatusConflict, who, request, view)
	case err != nil:
		return err
	}
	v.Desk.Site.Notice(w, "review.notice."+string(d.act))
	return web.Redirect(w, r, Path)
}

// decided tells whether the operator took just this decision on this page before: a button
// that was pressed twice, or a line that broke before the answer came.
func (v *Review) decided(r *http.Request, f *web.Form) bool {
	who, _ := v.Desk.Who(r)
	n, _ := enrolment.ParseNumber(r.PathValue("number"))
	request, err := v.Requests.RequestByNumber(r.Context(), n)
	if err != nil {
		return false
	}
	events, err := v.Requests.Events(r.Context(), request.ID)
	return err == nil && slices.ContainsFunc(events, func(e enrolment.Event) bool {
		return strconv.Itoa(e.N-1) == f.Value("version") && e.By.ID == who.ID && string(e.Act) == f.Value("act") && slices.Contains(acts, string(e.Act))
	})
}

// again shows the request once more, which is another look; not when it has gone on since
// it was read.
func (v *Review) again(w http.ResponseWriter, r *http.Request, status int, who operator.Operator, request enrolment.Request, view requestView) error {
	if now, err := v.Requests.Request(r.Context(), request.ID); err != nil || now.Version != request.Version {
		return cmp.Or(err, error(ErrMoved))
	}
	if err := v.note(r, request); err != nil {
		return err
	}
	return v.page(w, r, status, who, request, view)
}

// read reads what the form says, and finds what is missing.
func read(f *web.Form, request enrolment.Request, checks []screening.Check, view *requestView) (decision, error) {
	act := f.Value("act")
	if !slices.Contains(acts, act) {
		return decision{}, fault.New(fault.Invalid, "error.invalid").For("review_act").Offer("review.back", Path)
	}
	d := decision{act: enrolment.Act(act)}
	if !request.May(d.act, roleIn(request.State)) {
		return d, ErrMoved
	}
	d.keep("act", act)
	d.keep("version", f.Value("version"))
	view.Act = act
	switch d.act {
	case enrolment.Approve:
		d.approval(f, request, checks, view)
	case enrolment.AskAgain:
		d.asking(f, view)
	default:
		d.reason = f.Text("reason", web.Required, web.Max(maxReason), web.Multiline)
		view.Reason = d.reason
		d.keep("reason", d.reason)
	}
	return d, nil
}

func (d *decision) keep(name, value string) {
	d.fields = append(d.fields, fault.Field{Name: name, Value: value})
}

// approval needs every tick, and nothing that bars.
func (d *decision) approval(f *web.Form, request enrolment.Request, checks []screening.Check, view *requestView) {
	view.Ticks = tickList(request, checks)
	for i := range view.Ticks {
		t := &view.Ticks[i]
		if t.Set = f.Bool(t.Name); !t.Set {
			f.Fail(t.Name, "review.tick.missing")
			continue
		}
		d.keep(t.Name, "on")
	}
	for _, c := range checks {
		if c.Outcome == screening.Bar {
			f.Fail("", "review.barred")
			break
		}
	}
	d.reason = f.Text("reason", web.Max(maxReason), web.Multiline)
	view.Reason = d.reason
	d.keep("reason", d.reason)
}

// asking needs at least one item, and words for each.
func (d *decision) asking(f *web.Form, view *requestView) {
	var why []string
	for _, what := range enrolment.Whats() {
		one := askView{What: string(what), Set: f.Bool("item_" + string(what)), Why: f.Text("why_"+string(what), web.Max(maxReason), web.Multiline)}
		view.Items = append(view.Items, one)
		switch {
		case one.Set && one.Why == "":
			f.Fail("why_"+one.What, "review.why.missing")
		case one.Set:
			d.items = append(d.items, enrolment.Item{What: what, Why: one.Why})
			why = append(why, one.Why)
			d.keep("item_"+one.What, "on")
			d.keep("why_"+one.What, one.Why)
		case one.Why != "":
			f.Fail("item_"+one.What, "review.item.unticked")
		}
	}
	if len(d.items) == 0 && f.OK() {
		f.Fail("item_"+string(enrolment.Whats()[0]), "review.item.none")
	}
	d.reason = strings.Join(why, "\n")
}

// take does what was decided: the step, what it makes and who is told, in one commit.
func (v *Review) take(r *http.Request, who operator.Operator, request enrolment.Request, d decision) error {
	now := v.Desk.Now()
	after, event, err := request.Do(enrolment.Change{
		Act: d.act, By: enrolment.Author{Role: roleIn(request.State), ID: who.ID}, At: now, Reason: d.reason,
		Edit: func(q *enrolment.Request) {
			if d.act == enrolment.AskAgain {
				q.Data.Wanted = d.items
			}
		},
	})
	if err != nil {
		return moved(err)
	}
	step := enrolment.Step{After: after, Event: event, Audit: v.Desk.Event(r, "", request.Holder, nil)}
	switch d.act {
	case enrolment.Approve:
		if after.Regains != "" {
			back, err := v.Activation.Regain(r.Context(), after, who.ID, v.Desk.Event(r, "", after.Regains, nil))
			if err != nil {
				return moved(err)
			}
			step.Regain, step.Messages, step.Stop = &back.Step, back.Messages, back.Stop
			break
		}
		if step.Identity, err = v.Activation.Identity(r.Context(), after, now); err != nil {
			return err
		}
		if step.Messages, step.Stop, err = v.Activation.Notices(r.Context(), after, step.Identity); err != nil {
			return err
		}
	case enrolment.AskAgain:
		step.Messages = []notify.Message{v.mail(request, d)}
	case enrolment.Reject:
		if step.Messages, err = v.warnings(r, request); err != nil {
			return err
		}
		step.Messages = append(step.Messages, v.mail(request, d))
	}
	return moved(v.Requests.Save(r.Context(), step))
}

// warnings are for who has an identity already, whoever asked for the second one. // L09
func (v *Review) warnings(r *http.Request, request enrolment.Request) ([]notify.Message, error) {
	known, err := v.Store.Known(r.Context(), request)
	if err != nil || !known.Identity {
		return nil, err
	}
	return v.Activation.Warnings(r.Context(), request)
}

// moved tells the loser of two at once what happened. // A07
func moved(err error) error {
	switch {
	case err == nil, isExists(err):
		return err
	case fault.Is(err, fault.Conflict) && fault.From(err).Is(enrolment.ErrState):
		return ErrMoved.Because(err)
	}
	return fault.From(err).Offer("review.back", Path)
}

func isExists(err error) bool { return err != nil && fault.From(err).Is(identity.ErrExists) }

// mail tells the applicant what is asked for again, or why not.
func (v *Review) mail(request enrolment.Request, d decision) notify.Message {
	texts, lang := v.Desk.Site.Pages.Catalog(), request.Data.Language
	var list strings.Builder
	for _, item := range d.items {
		list.WriteString("– " + texts.Text(lang, "review.what."+string(item.What)) + ": " + item.Why + "\n")
	}
	key := "review.mail." + string(d.act)
	login := "/account/login"
	if request.Regains != "" {
		login = "/account/recover" // their session begins with a link
	}
	return notify.Message{
		Channel: notify.Mail, To: request.Data.Email, Lang: lang, Subject: texts.Text(lang, key+".subject", "service", v.Service(lang)),
		Text: texts.Text(lang, key+".text", "number", string(request.Number), "items", list.String(), "reason", d.reason,
			"link", v.Desk.Site.BaseURL+login, "service", v.Service(lang)),
	}
}
