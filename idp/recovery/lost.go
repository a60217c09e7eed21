package recovery

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/form"
	"atrio/idp/identity"
	"atrio/idp/life"
	"atrio/web"
	"atrio/web/ui"
)

const (
	// lostPath is for who has lost the answer or the number, againPath leads back to the
	// request that they made.
	lostPath  = AskPath + "/lost"
	againPath = lostPath + "/again"
)

// LostView is the view of "recovery/lost".
type LostView struct {
	ui.Errors
	Support string
	// Proven: the link was pressed in this browser, so a request can be made.
	Proven bool
	Ways   []enrolment.Method
	Chosen string
	// Circuits are the partners, Circuit the one that is chosen.
	Circuits []form.Circuit
	Circuit  string
	// Number is the request that is under way; Question its security question, "" before.
	Number, Question string
	// Step is the page of the ordinary way, "" where that is closed.
	Step string
	// Applicant: a request is withdrawn, where Withdraw says that it may be. Waits is until when
	// that waits already, Ready that the wait is over.
	Applicant, Withdraw bool
	Waits               time.Time
	Ready               bool
	Notice              string
	Minutes             int
}

// proven is whose mailbox this browser has proved, also when too many answers were wrong.
func (h *Handler) proven(r *http.Request) (Recovery, person, error) {
	v, who, err := h.current(r)
	if err != nil && v.State == Failed && h.Now().Before(v.Until) && who.Identity != nil && who.PasswordAt.Equal(v.PasswordAt) && may(who) {
		return v, who, nil
	}
	return v, who, err
}

func (h *Handler) lost(w http.ResponseWriter, r *http.Request) error {
	return h.lostPage(w, r, http.StatusOK, LostView{})
}

func (h *Handler) lostPage(w http.ResponseWriter, r *http.Request, status int, v LostView) error {
	v.Support, v.Ways = h.Support, h.Offers
	if slices.Contains(h.Offers, enrolment.Point) {
		v.Circuits = h.Circuits
	}
	rec, who, err := h.proven(r)
	if v.Proven = err == nil; err != nil && !fault.Is(err, fault.Gone) && !errors.Is(err, ErrMoved) {
		return err
	}
	if v.Proven {
		if err := h.ways(r, &v, rec, who); err != nil {
			return err
		}
	}
	return h.Site.Page(w, r, status, "recovery/lost", v, web.Plain)
}

// ways fills in what is open to whose mailbox is proven: the ordinary way again, a request that
// is under way, or the end of one.
func (h *Handler) ways(r *http.Request, v *LostView, rec Recovery, who person) error {
	ctx, now := r.Context(), h.Now()
	s, err := h.Store.SecurityOf(ctx, who.ID)
	if err != nil {
		return err
	}
	if rec.State == Open && rec.Aim == ForPassword && complete(who, s) {
		v.Step = rec.step(now)
	}
	if !who.applies() {
		q, err := h.Store.Regaining(ctx, who.ID)
		if err != nil && !fault.Is(err, fault.Gone) {
			return err
		}
		if v.Number = string(q.Number); q.Data.Answer != "" {
			v.Question = q.Data.Question
		}
		return nil
	}
	v.Applicant, v.Number, v.Withdraw = true, string(who.Request.Number), who.Request.May(enrolment.Withdraw, enrolment.Applicant)
	if s.Answer != "" && rec.State == Open {
		v.Question = s.Question
	}
	leaving, err := h.Store.OpenRecovery(ctx, who.ID, ToWithdraw, now)
	if errors.Is(err, identity.ErrUnknown) {
		return nil
	}
	v.Waits, v.Ready = leaving.Ready, !now.Before(leaving.Ready)
	return err
}

// anew makes the request by which a holder is identified anew: it gives back the identity
// that there is, and everybody who was reached is told at once. // I12, A27
func (h *Handler) anew(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	_, who, err := h.proven(r)
	if err != nil {
		return err
	}
	if who.applies() || len(h.Offers) == 0 {
		return web.Redirect(w, r, lostPath)
	}
	v := LostView{Chosen: f.Value("method"), Circuit: f.Value("circuit")}
	m := enrolment.Method(v.Chosen)
	if !slices.Contains(h.Offers, m) {
		f.Fail("method", "enrolment.method.missing")
	}
	i := slices.IndexFunc(h.Circuits, func(c form.Circuit) bool { return c.ID == v.Circuit })
	if m == enrolment.Point && i < 0 { // E07
		f.Fail("circuit", "enrolment.method.circuit.missing")
	}
	if v.Errors = f.Errors; !f.OK() {
		return h.lostPage(w, r, http.StatusUnprocessableEntity, v)
	}
	if err := h.Limiter.Allow(r.Context(), perAnew, who.ID); err != nil {
		return err
	}
	q := enrolment.Request{Method: m}
	if m == enrolment.Point {
		q.Circuit, q.Data.DocumentsFirst = v.Circuit, h.Circuits[i].DocumentsFirst
	}
	if q, err = h.request(r, who, q); err != nil {
		return err
	}
	return h.enter(w, r, q)
}

// request stores the request, with the consents and the area of the first one.
func (h *Handler) request(r *http.Request, who person, q enrolment.Request) (enrolment.Request, error) {
	ctx, now := r.Context(), h.Now()
	first, err := h.Store.RequestOf(ctx, who.ID)
	if err != nil && !fault.Is(err, fault.Gone) { // made by hand
		return q, err
	}
	q.ID, q.Holder, q.Regains, q.Number, q.State = identity.NewID(), identity.NewID(), who.ID, enrolment.NewNumber(), enrolment.MailConfirmed
	q.Version, q.Opened, q.Changed = 1, now, now
	q.Data.Area, q.Data.Consents, q.Data.Email, q.Data.Language = enrolment.Private, first.Data.Consents, who.Holder.Email, who.Language
	if first.Data.Area != "" {
		q.Data.Area = first.Data.Area
	}
	former, err := h.Store.FormerContacts(ctx, who.ID, now.Add(-Remembered))
	if err != nil {
		return q, err
	}
	url, mac := h.Stop()
	ev := h.event(r, q.Holder, audit.RequestOpened, map[string]string{"request": string(q.Number), "method": string(q.Method), "regains": who.ID})
	return q, h.Store.OpenRegaining(ctx, Opening{
		Request: q, Messages: h.begun(who, former, url), Stop: enrolment.StopLink{MAC: mac, Until: now.Add(Remembered)}, Audit: ev,
	})
}

// begun tells every contact, now and before, that somebody wants to be identified anew, with
// a link that stops the identity. // A29
func (h *Handler) begun(who person, former []life.Former, stop string) (list []notify.Message) {
	args := []any{"date", h.Site.Pages.Catalog().DateTime(who.Language, h.Now()), "stop", stop}
	contacts := append([]life.Former{{Field: "email", Value: who.Holder.Email}, {Field: "phone", Value: who.Holder.MobilePhone}}, former...)
	told := map[string]bool{"": true}
	for _, c := range contacts {
		if told[c.Value] {
			continue
		}
		told[c.Value] = true
		if c.Field == "phone" {
			list = append(list, h.sms(c.Value, who.Language, "anew", args...))
			continue
		}
		list = append(list, h.mail(c.Value, who.Language, "anew", args...))
	}
	return list
}

// foundAgain tells that a request to be identified anew is withdrawn, since its holder has the
// password in the ordinary way; its telephone is told too, whosever it is. // A27
func (h *Handler) foundAgain(who person, q enrolment.Request) (list []notify.Message) {
	args := []any{"date", h.Site.Pages.Catalog().DateTime(who.Language, h.Now()), "number", string(q.Number)}
	list = []notify.Message{h.mail(who.Holder.Email, who.Language, "anew_ended", args...)}
	phones := []string{who.Holder.MobilePhone}
	if !q.Data.PhoneAt.IsZero() && q.Data.Phone != who.Holder.MobilePhone {
		phones = append(phones, q.Data.Phone)
	}
	for _, to := range phones {
		if to != "" {
			list = append(list, h.sms(to, who.Language, "anew_ended", args...))
		}
	}
	return list
}
