package applicant

import (
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/way"
	"atrio/test/faults/rig"
	"atrio/web/webtest"
)

// AtAPoint makes an appointment at a Point, whose operator recognises the applicant.
func AtAPoint() Way {
	return Way{
		Method: enrolment.Point, Circuit: "centri",
		Steps: append(toContract(), "choose a point", "book", "key", "send at the desk", "code at the desk", "identify at the desk"),
		pages: places{
			way.Point: func(a *Applicant) (string, rig.Request) {
				if a.page.Find(".atrio-callout-info") != nil { // there is an appointment
					return "request", rig.Get(a.Demo.IdP() + "/enrol/point/slip")
				}
				return "choose a point", rig.Get(a.Demo.IdP() + "/enrol/point/book?point=centro")
			},
			"/enrol/point/book": func(a *Applicant) (string, rig.Request) {
				f := a.page.Form("form[action=/enrol/point/book]")
				return "book", rig.Send(f, a.page, "at", webtest.Attr(a.page.Find("input[name=at]"), "value"))
			},
			"/enrol/point/slip": func(a *Applicant) (string, rig.Request) {
				a.Known.Found = true
				a.meets(carla)
				return "request", rig.Get(a.Demo.IdP() + way.Request)
			},
		},
	}
}
