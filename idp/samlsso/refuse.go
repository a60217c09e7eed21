package samlsso

import (
	"errors"
	"net/http"

	"atrio/federation/spid"
	"atrio/idp/flow"
	"atrio/idp/identity"
	"atrio/saml"
	"atrio/web"
)

// StoppedView is the view of "anomaly/stopped": why the login ends, what to do,
// and the way back to the service.
type StoppedView struct {
	Service string
	// Key of the title; Key + ".text" says what to do.
	Key string
	// SetupURL is where the holder gets credentials of the level; "" where that does not help.
	// Setup is the text that leads there, a key.
	SetupURL, Setup string
	Action          string
	Fields          []web.Field
}

// explained are the anomalies that the person can only understand here, so that
// a page comes before the way back: too many wrong credentials, no credential of
// the level, identity suspended or revoked.
var explained = map[int]bool{19: true, 20: true, 23: true}

// Refuse is the entrance that ends a login without the attributes: the service
// is told the anomaly of the table.
func (h *Handler) Refuse(w http.ResponseWriter, r *http.Request, s *flow.State, t flow.Turn) error {
	var who *identity.Identity
	if s.Identity != "" {
		var err error
		// Whoever has asked for an identity and has none yet is nobody to the service.
		if who, err = h.Identities.Identity(r.Context(), s.Identity); err != nil && !errors.Is(err, identity.ErrUnknown) {
			return err
		}
	}
	row, _ := spid.LookupAnomaly(t.Anomaly)
	responseID := saml.NewID()
	response, err := h.IdP.Failure(s.Request, row, responseID, h.Now())
	if err != nil {
		return err
	}
	record := h.record(r, s, who, responseID, t.Anomaly)
	if last := len(record.Audit) - 1; t.Reason != "" {
		record.Audit[last].Detail["why"] = t.Reason
	}
	if record.Access != nil {
		record.Access.Response = response
	}
	if err := h.store(r, record); err != nil {
		return err
	}
	if !explained[t.Anomaly] {
		return h.post(w, r, s.Request, response)
	}
	v := StoppedView{Service: s.Service(web.Lang(r)), Key: stoppedKey(row.Code), Action: s.Request.ACSURL, Fields: fields(s.Request, response)}
	if row.Code == 20 && who != nil && who.Factors.Level() < 2 && s.Need() == spid.L2 { // E30
		v.SetupURL, v.Setup = h.SetupURL, "idp.stopped.setup"
	}
	if row.Code == 23 && s.Identity != "" && who == nil {
		v.Key, v.SetupURL, v.Setup = "idp.stopped.23.applicant", h.RequestURL, "idp.stopped.request"
	}
	if row.Code == 20 && s.Need() == spid.L3 {
		v.Key = "idp.stopped.20.card"
		v.SetupURL, v.Setup = h.CardURL, "idp.stopped.setup_card"
	}
	return h.Site.Page(w, r, http.StatusForbidden, "anomaly/stopped", v, web.NoFormAction, web.Plain)
}

func stoppedKey(code int) string {
	switch code {
	case 19:
		return "idp.stopped.19"
	case 20:
		return "idp.stopped.20"
	}
	return "idp.stopped.23"
}
