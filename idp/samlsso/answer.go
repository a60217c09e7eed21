package samlsso

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/saml"
	"atrio/web"
)

// Answer is the entrance of the last step: the Response with the attributes
// that the person agreed to. It leaves only after everything about it is
// committed, and it leaves once.
func (h *Handler) Answer(w http.ResponseWriter, r *http.Request, s *flow.State, _ flow.Turn) error {
	who, err := h.Identities.Identity(r.Context(), s.Identity)
	if err != nil {
		return err
	}
	now := h.Now()
	out := spidsaml.Answer{
		ResponseID: saml.NewID(), AssertionID: saml.NewID(), NameID: saml.NewID(),
		Level: s.Need(), AuthnInstant: authnInstant(s), Now: now, Attributes: values(s, who),
	}
	record := h.record(r, s, who, out.ResponseID, 1)
	if h.Told != nil {
		record.Messages = h.Told(who, s.Service, int(out.Level), now)
	}
	var secret string
	if out.Level == spid.L1 {
		// SPID-RT single logout: only level 1 has a session, and only there is a
		// SessionIndex.
		out.SessionIndex, secret = h.session(r, s, who, &record)
		record.Participant.Service, record.Participant.NameID = s.Request.Service, out.NameID
	}
	response, err := h.IdP.Success(s.Request, out)
	if err != nil {
		return err
	}
	record.Access.Response, record.Access.AssertionID, record.Access.NameID = response, out.AssertionID, out.NameID
	switch err := h.store(r, record); {
	case errors.Is(err, ErrSessionOver):
		return h.again(w, r, s)
	case err != nil:
		return err
	}
	if secret != "" {
		if err := h.replace(w, r, secret); err != nil {
			return err
		}
	}
	return h.post(w, r, s.Request, response)
}

// again asks for the password: the session that stood for it ended in another tab since
// order saw it. Nothing was sent, and the login goes on.
func (h *Handler) again(w http.ResponseWriter, r *http.Request, s *flow.State) error {
	s.Forget()
	s.Fresh, s.End = true, flow.Open
	return h.Desk.Next(w, r, s)
}

// session gives the level 1 session that the answer speaks of: the one of the
// browser when it stood for the password, otherwise a new one in its place.
func (h *Handler) session(r *http.Request, s *flow.State, who *identity.Identity, a *Answer) (index, secret string) {
	if s.Session != "" {
		a.Participant = &Participant{Session: s.Session, Until: web.CurrentSession(r).ExpiresAt} // order saw that it is this one
		return s.Session, ""
	}
	next, secret := h.Site.Sessions.New(r, s.Identity, "password", spid.L1.URI(), []string{"pwd"}, s.PasswordAt)
	next.Data = map[string]string{"name": who.Holder.GivenName + " " + who.Holder.FamilyName, "holder": "yes"}
	a.Session, a.Participant = &next, &Participant{Session: next.Handle, Until: next.ExpiresAt}
	return next.Handle, secret
}

// replace gives the browser its new session and ends the one it had, which
// otherwise nobody could reach any more.
func (h *Handler) replace(w http.ResponseWriter, r *http.Request, secret string) error {
	// Also that of an operator, which is none here.
	if err := h.Site.Sessions.Clear(w, r); err != nil {
		return err
	}
	h.Site.Sessions.SetCookie(w, secret)
	return nil
}

// authnInstant is when the last credential of this login was given.
func authnInstant(s *flow.State) time.Time {
	if s.SecondAt.After(s.PasswordAt) {
		return s.SecondAt
	}
	return s.PasswordAt
}

// record prepares what is stored about an answer.
func (h *Handler) record(r *http.Request, s *flow.State, who *identity.Identity, responseID string, anomaly int) Answer {
	now := h.Now()
	sent := h.event(r, s, audit.ResponseSent, audit.OK, "")
	sent.Detail["response"], sent.Detail["anomaly"] = responseID, strconv.Itoa(anomaly)
	if anomaly != 1 {
		sent.Outcome, sent.Reason = audit.Refused, reason(anomaly)
	}
	a := Answer{Flow: s.Handle, At: now, Until: s.Deadline.Add(flow.Grace), Audit: append(h.consent(r, s), sent)}
	var holder identity.Identity
	if who != nil {
		holder = *who
	} else if h.Nameless != nil && !h.Nameless(r) {
		return a
	}
	a.Access = &Access{
		Identity: holder.ID, SPIDCode: string(holder.SPIDCode), Service: s.Request.Service, ServiceName: s.Service("it"),
		RequestID: s.Request.RequestID, ResponseID: responseID, Level: int(s.Need()), Method: method(s), Anomaly: anomaly,
		At: now, Request: s.Request.XML,
	}
	return a
}

// consent is the line of what the person decided, if anything.
func (h *Handler) consent(r *http.Request, s *flow.State) []audit.Event {
	switch s.End {
	case flow.Agreed:
		ev := h.event(r, s, audit.ConsentGiven, audit.OK, "")
		ev.Detail["attributes"] = strings.Join(s.Request.Attributes, " ")
		return []audit.Event{ev}
	case flow.Denied:
		return []audit.Event{h.event(r, s, audit.ConsentDenied, audit.OK, "")}
	}
	return nil
}

func method(s *flow.State) string {
	switch {
	case s.Method != "":
		return string(s.Method)
	case s.Session != "":
		return "session"
	}
	return "password"
}

// store commits an answer. A second answer to the same login gets the page that
// every finished login gets.
func (h *Handler) store(r *http.Request, a Answer) error {
	err := h.Store.Record(r.Context(), a)
	if fault.Is(err, fault.Conflict) {
		return flow.ErrClosed.For("flow_answered").Because(err)
	}
	return err
}
