package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/pictures"
	"atrio/idp/enrolment/sign"
	"atrio/idp/evidence"
	"atrio/idp/proofing/point"
	"atrio/web"
)

// maxReason is what a mail and a page have room for.
const maxReason = 500

// wantable is what the applicant may be sent away for.
var wantable = []enrolment.What{enrolment.WantedPerson, enrolment.WantedDocument, enrolment.WantedPictures}

// outcome is the end of a session at the desk: what the form said, to be sent again with
// the key.
type outcome struct {
	visit
	form   *web.Form
	fields []fault.Field
}

func (o *outcome) keep(name, value string) {
	o.fields = append(o.fields, fault.Field{Name: name, Value: value})
}

// ending reads the form of an outcome, about the version that the operator saw.
func (c *Console) ending(r *http.Request) (o outcome, err error) {
	if o.form, err = web.ReadForm(r); err != nil {
		return o, err
	}
	if o.visit, err = c.acting(r); err != nil {
		return o, err
	}
	o.keep("version", o.form.Value("version"))
	return o, o.seen(o.form)
}

// end asks for the key and takes the step, with its mails. // A17
func (c *Console) end(w http.ResponseWriter, r *http.Request, o outcome, change enrolment.Change, prove func() ([]string, error), mails ...notify.Message) error {
	// Whether the step is there is known before the key is asked for, and evidence is made.
	step, err := c.step(r, o.visit, change)
	if err != nil {
		return err
	}
	if ok, err := c.Desk.Confirm(w, r, o.form, o.fields...); err != nil || !ok {
		return err
	}
	if prove != nil {
		if step.Event.Evidence, err = prove(); err != nil {
			return err
		}
	}
	step.Messages = mails
	if err := c.save(r, o.visit, step); err != nil {
		return err
	}
	c.Desk.Site.Notice(w, "console.notice."+string(change.Act))
	return web.Redirect(w, r, Path)
}

// identify says that the person was recognised: with every tick, every picture and the
// signature, by an operator whose key answered just now. // REG 7, 2.c
func (c *Console) identify(w http.ResponseWriter, r *http.Request) error {
	o, err := c.ending(r)
	if err != nil {
		return err
	}
	if !o.request.May(enrolment.Identify, enrolment.Collector) {
		return o.moved(enrolment.ErrState)
	}
	checks, list := readTicks(o.form)
	for _, t := range list {
		if o.keep(t.Name, "on"); !t.Set && o.form.Errors.Err(t.Name) == nil {
			o.form.Fail(t.Name, "console.tick.missing")
		}
	}
	if pictures.Missing(o.request) {
		o.form.Fail("", "console.pictures.missing")
	}
	if !o.request.Data.SignedNow() {
		o.form.Fail("", "console.signature.missing")
	}
	if !o.form.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, o.visit, requestView{Errors: o.form.Errors, Ticks: list})
	}
	odd := c.odd(r, o.at)
	change := enrolment.Change{Act: enrolment.Identify, Edit: func(q *enrolment.Request) {
		q.Data.Checks, q.Data.CheckedBy = checks, o.who.ID
		if len(odd) > 0 {
			q.Data.Verdict = &enrolment.Verdict{At: c.Desk.Now(), Doubts: odd}
		}
		q.Point, q.Data.Booking = o.at.ID, nil // where it was, and the appointment is over
	}}
	return c.end(w, r, o, change, func() ([]string, error) {
		if err := c.Limiter.Allow(r.Context(), Pace(), o.who.ID); err != nil {
			return nil, fault.From(err).Offer("console.reload", pathOf(o.request.Number))
		}
		return c.prove(r, o.visit, checks)
	})
}

// Pace bounds how many people one operator recognises: a session takes its minutes. // A16
func Pace() ratelimit.Limit {
	return ratelimit.Limit{Name: "operator.identify", Burst: 30, Per: time.Hour}
}

// The doubts about where and when somebody was recognised; whoever decides has to look.
const (
	oddHours = "point_hours"
	oddPlace = "point_place"
)

// odd tells what is unusual about a session: a Point that is closed, a screen that is
// elsewhere. An operator who serves somebody late is not stopped for it. // A16
func (c *Console) odd(r *http.Request, at point.Point) (doubts []string) {
	if !at.Open(c.Desk.Now()) {
		doubts = append(doubts, oddHours)
	}
	if !at.Here(web.ClientAddr(r)) {
		doubts = append(doubts, oddPlace)
	}
	return doubts
}

// checklist is the evidence of what was seen.
type checklist struct {
	Request  enrolment.Number `json:"request"`
	Point    string           `json:"point"`
	Circuit  string           `json:"circuit"`
	Operator string           `json:"operator"`
	At       time.Time        `json:"at"`
	Checks   map[string]bool  `json:"checks"`
	Contract string           `json:"contract_sha256"`
	// Signature is "paper" or "code".
	Signature string `json:"signature"`
}

// signing is the evidence of a signature by code.
type signing struct {
	Request  enrolment.Number `json:"request"`
	At       time.Time        `json:"at"`
	Contract string           `json:"contract_sha256"`
	Phone    string           `json:"phone_mac"`
	Operator string           `json:"operator"`
}

// prove keeps the evidence of an identification and gives its references.
func (c *Console) prove(r *http.Request, v visit, checks map[string]bool) (ids []string, err error) {
	keep := func(kind evidence.Kind, content any) {
		if err != nil {
			return
		}
		var raw []byte
		if raw, err = json.Marshal(content); err != nil {
			return
		}
		var item evidence.Item
		item, err = c.Keeper.Put(r.Context(), evidence.New{Request: v.request.ID, Kind: kind, MediaType: "application/json", Author: v.who.ID, Content: raw})
		ids = append(ids, item.ID)
	}
	q := v.request
	s := q.Data.Signed
	list := checklist{Request: q.Number, Point: v.at.ID, Circuit: v.at.Circuit, Operator: v.who.ID, At: c.Desk.Now(), Checks: checks, Contract: s.Contract, Signature: "paper"}
	if s.Paper == "" {
		list.Signature = "code"
	}
	keep(evidence.PointChecklist, list)
	if s.Paper != "" {
		return append(ids, s.Paper), err
	}
	keep(sign.Kind, signing{Request: q.Number, At: s.At, Contract: s.Contract, Phone: s.Phone, Operator: s.Operator})
	return ids, err
}

// comeBack sends the applicant away with what is missing, in words, and by mail. // I8
func (c *Console) comeBack(w http.ResponseWriter, r *http.Request) error {
	o, err := c.ending(r)
	if err != nil {
		return err
	}
	view := requestView{Act: string(enrolment.ComeBack)}
	var items []enrolment.Item
	var why []string
	for _, what := range wantable {
		one := askView{What: string(what), Set: o.form.Bool("item_" + string(what)), Why: o.form.Text("why_"+string(what), web.Max(maxReason), web.Multiline)}
		view.Items = append(view.Items, one)
		switch {
		case one.Set && one.Why == "":
			o.form.Fail("why_"+one.What, "console.why.missing")
		case one.Set:
			items, why = append(items, enrolment.Item{What: what, Why: one.Why}), append(why, one.Why)
			o.keep("item_"+one.What, "on")
			o.keep("why_"+one.What, one.Why)
		case one.Why != "":
			o.form.Fail("item_"+one.What, "console.item.unticked")
		}
	}
	if len(items) == 0 && o.form.OK() {
		o.form.Fail("item_"+string(wantable[0]), "console.item.none")
	}
	if view.Errors = o.form.Errors; len(view.Errors) > 0 {
		return c.page(w, r, http.StatusUnprocessableEntity, o.visit, view)
	}
	change := enrolment.Change{Act: enrolment.ComeBack, Reason: strings.Join(why, "\n"), Edit: func(q *enrolment.Request) { q.Data.Wanted = items }}
	return c.end(w, r, o, change, nil, c.mail(o.visit, items))
}

// mail tells the applicant what to come back with.
func (c *Console) mail(v visit, items []enrolment.Item) notify.Message {
	texts, lang := c.Desk.Site.Pages.Catalog(), v.request.Data.Language
	var list strings.Builder
	for _, item := range items {
		list.WriteString("– " + texts.Text(lang, "console.what."+string(item.What)) + ": " + item.Why + "\n")
	}
	service := c.Service(lang)
	return notify.Message{
		Channel: notify.Mail, To: v.request.Data.Email, Lang: lang, Subject: texts.Text(lang, "console.mail.come_back.subject", "service", service),
		Text: texts.Text(lang, "console.mail.come_back.text", "number", string(v.request.Number), "point", v.at.Name, "items", list.String(),
			"link", c.Desk.Site.BaseURL+"/account/login", "service", service),
	}
}

// suspect gives the request to those who look into fraud. The applicant reads only that
// one more check is needed. // A18
func (c *Console) suspect(w http.ResponseWriter, r *http.Request) error {
	o, err := c.ending(r)
	if err != nil {
		return err
	}
	reason := o.form.Text("reason", web.Required, web.Max(maxReason), web.Multiline)
	if !o.form.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, o.visit, requestView{Errors: o.form.Errors, Act: string(enrolment.Suspect), Reason: reason})
	}
	o.keep("reason", reason)
	return c.end(w, r, o, enrolment.Change{Act: enrolment.Suspect, Reason: reason}, nil)
}

// resume takes a request up again for which everything that was missing is there.
func (c *Console) resume(w http.ResponseWriter, r *http.Request) error {
	o, err := c.ending(r)
	if err != nil {
		return err
	}
	if err := c.take(r, &o.visit, enrolment.Change{Act: enrolment.Resubmit}); err != nil {
		return err
	}
	if o.request.State != enrolment.ContractReady { // only pictures were wanted: the back office goes on
		c.Desk.Site.Notice(w, "console.notice.handed_back")
		return web.Redirect(w, r, Path)
	}
	return web.Redirect(w, r, pathOf(o.request.Number))
}
