package enrolment

import (
	"net/http"

	"atrio/gateway/journey"
	"atrio/web"
)

// onwardCookie remembers the login that waits while a second factor is being set up.
const onwardCookie = "factor_onward"

// URL is the page of the second factors for somebody who was stopped on the way to a
// service for want of one, and goes on afterwards. // G4.1
func URL(flow string) string { return Path + "?flow=" + flow }

// onwardView is the way on to the service that waits.
type onwardView struct {
	// Service names it, Onward is its address; "" when none waits.
	Service, Onward string
}

// onward tells where the person was going. The handle may stand in the address or, on the
// pages after the first, in a cookie; what it leads to is sealed in the journey's own.
func (e *Enrolment) onward(w http.ResponseWriter, r *http.Request) onwardView {
	flow := r.URL.Query().Get("flow")
	if journey.IsHandle(flow) {
		e.Site.SetCookie(w, onwardCookie, flow, web.CookieOptions{})
	} else {
		flow, _ = e.Site.Cookie(r, onwardCookie)
	}
	service, address, ok := e.Onward(r, flow)
	if !ok {
		return onwardView{}
	}
	return onwardView{Service: e.ServiceName(service, web.Lang(r)), Onward: address}
}
