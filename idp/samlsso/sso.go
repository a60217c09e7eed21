package samlsso

import (
	"errors"
	"net/http"
	"strconv"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/idp/flow"
	"atrio/saml"
	"atrio/web"
)

// receive takes an AuthnRequest by HTTP-Redirect or HTTP-POST and begins a
// login. What is wrong with it goes to the person or to the service, as the
// table of anomalies says.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) error {
	in := spidsaml.Incoming{Method: r.Method, RawQuery: r.URL.RawQuery, Now: h.Now()}
	if r.Method == http.MethodHead {
		in.Method = http.MethodGet
	}
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return err
			}
			return person(4, err)
		}
		in.Form = r.PostForm
	}
	request, anomaly := h.IdP.ReadRequest(in, h.Services)
	switch {
	case anomaly != nil && anomaly.To == spid.ToPerson:
		return person(anomaly.Code, anomaly)
	case anomaly != nil:
		return h.refuseRequest(w, r, request, anomaly)
	}
	request.XML = withoutKeyInfo(request.XML)
	if err := h.Desk.Fits(request); err != nil {
		return err
	}
	return h.Desk.Start(w, r, request)
}

// person makes the page of a request that only the person at the provider
// learns about (nr 4 to 7 and 10). SPID-RT messaggi di errore: the official text,
// HTTP status 403.
func person(code int, cause error) error {
	row, _ := spid.LookupAnomaly(code)
	return fault.New(fault.Denied, row.Key).For(reason(code)).Because(cause).Offer("idp.start.link", "/")
}

// wrongMethod answers everything but GET and POST (nr 6).
func (h *Handler) wrongMethod(w http.ResponseWriter, r *http.Request) {
	h.Site.Fail(w, r, person(6, nil))
}

// refuseRequest answers a request of a known service that we cannot act upon
// (nr 8 to 18). Nobody has signed in and no login was begun: nothing is stored
// but the audit line.
func (h *Handler) refuseRequest(w http.ResponseWriter, r *http.Request, request *spidsaml.Authn, a *spidsaml.Anomaly) error {
	response, err := h.IdP.Failure(request, a.Anomaly, saml.NewID(), h.Now())
	if err != nil {
		return flow.System(err)
	}
	if h.Site.Refused != nil {
		s := &flow.State{Request: request}
		ev := h.event(r, s, audit.RequestRefused, audit.Refused, reason(a.Code))
		ev.Detail["anomaly"] = strconv.Itoa(a.Code)
		h.Site.Refused(r.Context(), ev)
	}
	return h.post(w, r, request, response)
}

// post sends a Response through the browser. SPID-RT 1.2.2.2: HTTP-POST only
func (h *Handler) post(w http.ResponseWriter, r *http.Request, request *spidsaml.Authn, response []byte) error {
	return h.Site.AutoPost(w, r, web.AutoPost{
		Action: request.ACSURL, Fields: fields(request, response), TitleKey: "idp.answer.title",
	})
}
