package lifedesk

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/backoffice/operator"
	"atrio/idp/evidence"
	"atrio/idp/evidence/exhibit"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

// maxReason is what a page and a mail have room for.
const maxReason = 500

// identityView is the view of "lifedesk/identity".
type identityView struct {
	ui.Errors
	Code, Name, FiscalCode, UserID, Phone string
	State, Cause                          string
	StateAt, Created, Expires, Document   time.Time
	Version                               int
	// Suspensions, Revocations are the causes that can be chosen now.
	Suspensions, Revocations []string
	MayLift, MayDecide       bool
	Tasks                    []taskRow
	Evidence                 []paperView
	History                  []historyView
	Act, Chosen, Reason      string
	Most                     int64
}

type paperView struct {
	ID, Kind, URL string
	At            time.Time
	Set           bool
}

type historyView struct {
	At                              time.Time
	Act, Cause, By, Second, As, Why string
}

// show shows how the identity stands.
func (c *Counter) show(w http.ResponseWriter, r *http.Request, me operator.Operator, who *identity.Identity) error {
	return c.page(w, r, http.StatusOK, me, who, identityView{})
}

// page notes that somebody looks before it shows anything, also after a form that was
// refused, and within the bounds of looks. // A16, A34
func (c *Counter) page(w http.ResponseWriter, r *http.Request, status int, me operator.Operator, who *identity.Identity, v identityView) error {
	if err := c.Limiter.Allow(r.Context(), looks, me.ID); err != nil {
		return fault.From(err).Offer("lifedesk.back", operator.LifePath)
	}
	line := c.Desk.Event(r, audit.DataRead, who.ID, map[string]string{"what": "spid_identity", "purpose": "life"})
	if err := c.Store.NoteRead(r.Context(), line); err != nil {
		return err
	}
	h := who.Holder
	v.Code, v.Name, v.FiscalCode, v.UserID, v.Phone = string(who.SPIDCode), h.GivenName+" "+h.FamilyName, string(h.FiscalCode), who.UserID, h.MobilePhone
	v.State, v.Cause, v.StateAt, v.Created, v.Expires, v.Document = string(who.State), string(who.Cause), who.StateAt, who.CreatedAt, who.ExpiresAt, h.Document.ExpiresOn
	if c.Life.Extend > 0 { // the date is not the end of anything
		v.Expires = time.Time{}
	}
	v.Version, v.MayDecide, v.Most = who.Version, decides(me), evidence.MaxItem>>20
	v.Suspensions = causes(who, identity.Suspend)
	if v.MayDecide {
		v.Revocations, v.MayLift = causes(who, identity.Revoke), who.Needs(identity.Lift, "")
		chosen := v.Evidence
		items, err := c.Evidence.List(r.Context(), who.ID)
		if err != nil {
			return err
		}
		v.Evidence = nil
		for _, i := range items {
			set := slices.ContainsFunc(chosen, func(p paperView) bool { return p.ID == i.ID })
			v.Evidence = append(v.Evidence, paperView{i.ID, string(i.Kind), identityPath + v.Code + "/evidence/" + i.ID, i.At, set})
		}
	}
	events, err := c.Store.LifeOf(r.Context(), who.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		v.History = append(v.History, historyView{e.At, e.Word(), string(e.Cause), c.name(e.By.ID), c.name(e.By.Second), string(e.By.Role), e.Reason})
	}
	tasks, err := c.Store.WaitingTasks(r.Context(), who.ID, shownTasks)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		v.Tasks = append(v.Tasks, c.row(t, me))
	}
	return c.Desk.Site.Page(w, r, status, "lifedesk/identity", v)
}

func causes(who *identity.Identity, act identity.Act) (list []string) {
	for _, cause := range identity.Causes(act) {
		if who.May(act, cause, identity.AsDesk) {
			list = append(list, string(cause))
		}
	}
	return list
}

// act suspends at once, or asks a second operator. // A30
func (c *Counter) act(w http.ResponseWriter, r *http.Request, me operator.Operator, who *identity.Identity) error {
	f, err := web.ReadForm(r, web.Repeated("evidence"))
	if err != nil {
		return err
	}
	v := identityView{Act: f.Choice("act", string(identity.Suspend), string(identity.Lift), string(identity.Revoke)), Chosen: f.Value("cause")}
	v.Reason = f.Text("reason", web.Required, web.Max(maxReason), web.Multiline)
	fields := []fault.Field{{Name: "act", Value: v.Act}, {Name: "cause", Value: v.Chosen}, {Name: "reason", Value: v.Reason}, {Name: "version", Value: f.Value("version")}}
	change := identity.Change{Act: identity.Act(v.Act), Cause: identity.Cause(v.Chosen), Reason: v.Reason}
	for _, id := range f.List("evidence") {
		v.Evidence = append(v.Evidence, paperView{ID: id})
		change.Evidence = append(change.Evidence, id)
		fields = append(fields, fault.Field{Name: "evidence", Value: id})
	}
	if change.Act != identity.Suspend && !decides(me) {
		return fault.New(fault.Denied, "error.operator.role").For("operator_role").Offer("lifedesk.back", operator.LifePath) // A30
	}
	switch {
	case f.Value("version") != strconv.Itoa(who.Version):
		return identity.ErrMay.Offer("lifedesk.back", operator.LifePath)
	case f.OK() && !who.May(change.Act, change.Cause, identity.AsDesk):
		f.Fail("cause_"+v.Act, "lifedesk.cause.missing")
	}
	if err := c.belongs(r, who, change.Evidence); err != nil {
		return err
	}
	if v.Errors = f.Errors; !f.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, me, who, v)
	}
	if err := me.Trained(c.Desk.Now()); err != nil {
		return err
	}
	ok, err := c.Desk.Confirm(w, r, f, fields...)
	if err != nil || !ok {
		return err
	}
	if err := c.Limiter.Allow(r.Context(), deeds, me.ID); err != nil {
		return fault.From(err).Offer("lifedesk.back", operator.LifePath)
	}
	notice := "lifedesk.notice.done"
	if change.Act == identity.Suspend {
		change.By = identity.By{Role: identity.AsDesk, ID: me.ID}
		_, err = c.Life.Do(r.Context(), who, change, c.Desk.Event(r, audit.IdentityChanged, who.ID, nil), life.Also{})
	} else {
		notice = "lifedesk.notice.second"
		err = c.Store.PutTask(r.Context(), life.Task{
			ID: rand.Text(), Identity: who.ID, Kind: life.AgreeTask, Author: me.ID, Made: c.Desk.Now(),
			Data: life.TaskData{Act: change.Act, Cause: change.Cause, Reason: change.Reason, Evidence: change.Evidence, Version: who.Version},
		}, nil, c.Desk.Event(r, audit.IdentityTask, who.ID, nil))
	}
	if err != nil {
		return fault.From(err).Offer("lifedesk.back", operator.LifePath)
	}
	c.Desk.Site.Notice(w, notice)
	return web.Redirect(w, r, identityPath+string(who.SPIDCode))
}

// belongs refuses papers of others.
func (c *Counter) belongs(r *http.Request, who *identity.Identity, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	items, err := c.Evidence.List(r.Context(), who.ID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(items, func(i evidence.Item) bool { return i.ID == id }) {
			return fault.New(fault.Invalid, "error.invalid").For("lifedesk_evidence").Offer("lifedesk.back", operator.LifePath)
		}
	}
	return nil
}

// upload keeps a paper that came by post, PEC or over the counter. // DPCM 24/10/2014 art. 9(1)
func (c *Counter) upload(w http.ResponseWriter, r *http.Request, me operator.Operator, who *identity.Identity) error {
	f, file, err := web.ReadUpload(r, "paper", evidence.MaxItem)
	if err != nil {
		return err
	}
	content, media := file, "application/pdf"
	switch {
	case len(file) == 0:
		f.Fail("paper", "lifedesk.paper.missing")
	case len(file) > evidence.MaxItem:
		f.Fail("paper", "lifedesk.paper.large")
	case !bytes.HasPrefix(file, []byte("%PDF-")):
		taken, err := c.Pictures.Take(r.Context(), file)
		if wrong := fault.From(err); err != nil && wrong.Kind != fault.Unavailable && wrong.Kind != fault.Internal {
			f.Fail("paper", wrong.Key, wrong.Args...)
		} else if err != nil {
			return err
		}
		content, media = taken.JPEG, "image/jpeg"
	}
	if !f.OK() {
		return c.page(w, r, http.StatusUnprocessableEntity, me, who, identityView{Errors: f.Errors})
	}
	if _, err := c.Evidence.Put(r.Context(), evidence.New{Request: who.ID, Kind: evidence.HolderReport, MediaType: media, Author: me.ID, Content: content}); err != nil {
		return err
	}
	c.Desk.Site.Notice(w, "lifedesk.notice.paper")
	return web.Redirect(w, r, identityPath+string(who.SPIDCode))
}

// exhibit shows a paper of an identity; the look is in the audit log first.
func (c *Counter) exhibit(w http.ResponseWriter, r *http.Request, me operator.Operator, who *identity.Identity) error {
	id := r.PathValue("item")
	if err := c.belongs(r, who, []string{id}); err != nil {
		return err
	}
	opened, err := c.Evidence.Open(r.Context(), id, exhibit.Access(r, me.ID, "life "+string(who.SPIDCode)))
	if err != nil {
		return err
	}
	exhibit.Write(w, opened, "")
	return nil
}
