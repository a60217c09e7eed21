package lifedesk

import (
	"net/http"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/backoffice/operator"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

// taskView is the view of "lifedesk/task".
type taskView struct {
	ui.Errors
	ID, Kind, Code, Name, Act, Cause, Why, By string
	Made                                      time.Time
	// Old and New are documents, to be compared with the pictures.
	Old, New identity.Document
	Pictures []string
	// State and StateCause are how the identity stands now, Stale that something was done to
	// it since the proposal, which is worth nothing any more.
	State, StateCause string
	Stale             bool
	// Mine says that another operator has to agree.
	Mine   bool
	Reason string
}

// tasked finds a task that waits, and its identity.
func (c *Counter) tasked(r *http.Request) (operator.Operator, life.Task, *identity.Identity, error) {
	me, _ := c.Desk.Who(r)
	t, err := c.Store.Task(r.Context(), r.PathValue("task"))
	if err != nil {
		return me, t, nil, fault.From(err).Offer("lifedesk.back", operator.LifePath)
	}
	who, err := c.Life.Store.Identity(r.Context(), t.Identity)
	if err == nil && me.FiscalCode != "" && me.FiscalCode == string(who.Holder.FiscalCode) {
		err = errOwn
	}
	return me, t, who, err
}

func (c *Counter) task(w http.ResponseWriter, r *http.Request) error {
	me, t, who, err := c.tasked(r)
	if err != nil {
		return err
	}
	return c.taskPage(w, r, http.StatusOK, me, t, who, taskView{})
}

func (c *Counter) taskPage(w http.ResponseWriter, r *http.Request, status int, me operator.Operator, t life.Task, who *identity.Identity, v taskView) error {
	line := c.Desk.Event(r, audit.DataRead, who.ID, map[string]string{"what": "spid_identity", "purpose": "task " + t.Kind})
	if err := c.Store.NoteRead(r.Context(), line); err != nil { // also after a form that was refused
		return err
	}
	v.ID, v.Kind, v.Code, v.Name, v.Made, v.By, v.Mine = t.ID, t.Kind, string(who.SPIDCode), who.Holder.GivenName+" "+who.Holder.FamilyName, t.Made, c.name(t.Author), t.Author == me.ID
	v.Act, v.Cause, v.Why, v.Old = string(t.Data.Act), string(t.Data.Cause), t.Data.Reason, who.Holder.Document
	v.State, v.StateCause, v.Stale = string(who.State), string(who.Cause), stale(t, who)
	if t.Data.Document != nil {
		v.New = *t.Data.Document
	}
	for _, id := range t.Data.Evidence {
		v.Pictures = append(v.Pictures, identityPath+v.Code+"/evidence/"+id)
	}
	return c.Desk.Site.Page(w, r, status, "lifedesk/task", v)
}

// close does what was proposed, by a second person, or refuses it.
func (c *Counter) close(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	me, t, who, err := c.tasked(r)
	if err != nil {
		return err
	}
	v := taskView{Reason: f.Text("reason", web.Required, web.Max(maxReason), web.Multiline)}
	outcome := f.Choice("outcome", "accept", "refuse")
	if outcome == "accept" && stale(t, who) {
		return identity.ErrMay.Offer("lifedesk.back", operator.LifePath)
	}
	if outcome == "accept" && t.Data.Document != nil && !f.Bool("same") {
		f.Fail("same", "lifedesk.same.missing")
	}
	if v.Errors = f.Errors; !f.OK() {
		return c.taskPage(w, r, http.StatusUnprocessableEntity, me, t, who, v)
	}
	if err := me.Trained(c.Desk.Now()); err != nil {
		return err
	}
	ok, err := c.Desk.Confirm(w, r, f, fault.Field{Name: "outcome", Value: outcome}, fault.Field{Name: "reason", Value: v.Reason}, fault.Field{Name: "same", Value: f.Value("same")})
	if err != nil || !ok {
		return err
	}
	if outcome == "accept" {
		_, err = c.Life.Do(r.Context(), who, agreed(t, who, me, v.Reason), c.Desk.Event(r, audit.IdentityChanged, who.ID, nil), life.Also{Task: t.ID})
	} else {
		err = c.Store.RefuseTask(r.Context(), t.ID, me.ID, c.refusal(t, who, v.Reason), c.Desk.Event(r, audit.IdentityTask, who.ID, nil))
	}
	if err != nil {
		return fault.From(err).Offer("lifedesk.back", operator.LifePath)
	}
	c.Desk.Site.Notice(w, "lifedesk.notice.done")
	return web.Redirect(w, r, operator.LifePath)
}

// stale tells whether something was done to an identity since two operators were to decide: a
// proposal to lift one suspension must not lift another, graver one. // A30
func stale(t life.Task, who *identity.Identity) bool {
	return t.Kind == life.AgreeTask && t.Data.Version != who.Version
}

// agreed is what a task asks for: of two operators, or a document that one has checked.
func agreed(t life.Task, who *identity.Identity, me operator.Operator, reason string) identity.Change {
	if d := t.Data.Document; d != nil {
		c := identity.Change{
			Act: identity.Amend, By: identity.By{Role: identity.AsDesk, ID: me.ID}, Reason: reason, Evidence: t.Data.Evidence, Fields: []string{"document"},
			Edit: func(i *identity.Identity) { i.Holder.Document = *d },
		}
		if who.State == identity.Suspended && who.Cause == identity.DocumentExpired {
			c.Act = identity.Lift // L01
		}
		return c
	}
	return identity.Change{
		Act: t.Data.Act, Cause: t.Data.Cause, By: identity.By{Role: identity.AsDesk, ID: t.Author, Second: me.ID}, Reason: t.Data.Reason + "\n" + reason, Evidence: t.Data.Evidence,
	}
}

// refusal tells a holder why a document was not accepted; proposals of operators tell nobody.
func (c *Counter) refusal(t life.Task, who *identity.Identity, reason string) []notify.Message {
	if t.Kind != life.DocumentTask || who.Holder.Email == "" {
		return nil
	}
	return []notify.Message{c.Life.Mail(who.Holder.Email, who.Language, "document_refused", "name", who.Holder.GivenName, "reason", reason, "site", c.Life.Site)}
}
