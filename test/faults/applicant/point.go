package applicant

import (
	"net/http"
	"strings"

	"atrio/base/notify"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/test/faults/rig"
	"atrio/web/webtest"
)

const (
	bookPath  = "/enrol/point/book"
	slipPath  = "/enrol/point/slip"
	pointPath = "/operator/point"
)

// AtAPoint makes an appointment at a Point, whose operator recognises the applicant.
func AtAPoint() Way {
	return Way{
		Method: enrolment.Point, Circuit: "centri", Steps: append(toContract(), "choose a point", "book", "key", "send", "code", "identify"),
		pages: places{
			way.Point: func(a *Applicant) (string, rig.Request) {
				if a.page.Find(".atrio-callout-info") != nil { // there is an appointment
					return "request", rig.Get(a.Demo.IdP() + slipPath)
				}
				return "choose a point", rig.Get(a.Demo.IdP() + bookPath + "?point=centro")
			},
			bookPath: func(a *Applicant) (string, rig.Request) {
				return "book", rig.Send(a.page.Form("form[action="+bookPath+"]"), a.page, "at", webtest.Attr(a.page.Find("input[name=at]"), "value"))
			},
			slipPath: func(a *Applicant) (string, rig.Request) {
				a.Known.Found = true
				a.meets(carla, (*desk).atAPoint, (*desk).notedAtAPoint)
				return "request", rig.Get(a.Demo.IdP() + way.Request)
			},
		},
	}
}

// atAPoint opens the request, signs with a code of the applicant's, and then says that they
// were recognised.
func (k *desk) atAPoint() (string, rig.Request) {
	k.a.t.Helper()
	path, p := pointPath+"/"+k.a.Known.Number, k.page
	switch {
	case p == nil || !strings.HasPrefix(p.URL.Path, path):
		return k.open(path)
	case p.Status == http.StatusNotFound: // nothing of that number is for this desk
		k.closed = true
		return k.open(pointPath)
	case p.Find("form[action="+path+"/identify]") == nil:
		return k.open(path)
	case k.a.Known.Signed:
		return k.ticked("identify", path+"/identify")
	}
	if p.Find("form[action="+path+"/sign]") != nil {
		if code := k.a.arrived(notify.SMS, k.a.Phone, sixDigits); code != "" {
			k.a.used[code] = true
			return k.press("code", path+"/sign", "code", code)
		}
		k.a.Demo.Advance("61s")
	}
	return k.press("send", path+"/code")
}

// signedByCode begins what a desk says of a contract that is signed.
const signedByCode = "Firmato con il codice il"

func (k *desk) notedAtAPoint(p *rig.Page) {
	path, to := pointPath+"/"+k.a.Known.Number, p.Header.Get("Location")
	switch {
	case p.Status == http.StatusSeeOther && p.URL.Path == path+"/sign" && to == path:
		k.a.Known.Signed = true
	case p.Status == http.StatusSeeOther && p.URL.Path == path+"/identify" && to == pointPath:
		k.a.Known.Proved, k.closed = true, true
	case p.Status == http.StatusOK && p.URL.Path == path && strings.Contains(p.Text("main"), signedByCode):
		k.a.Known.Signed = true // the answer that said so first may have been lost
	}
}
