package point

import (
	"testing"
	"time"

	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/appointment"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	d := directory()
	at := time.Date(2026, 3, 10, 9, 0, 0, 0, appointment.Rome)
	p := d.points[0]
	p.Phone, p.Directions = "+390000000000", Words{IT: "Al <primo> piano", EN: "First floor"}
	webtest.Pages(t, Pages(), map[string][]any{
		"points": {pointsView{}, pointsView{Circuit: "<b>", Note: "n", Typed: `"`, Points: []Point{p, d.points[1]}, Booked: true, Number: "AB10-2131", Lang: "en"}},
		"times":  {timesView{}, timesView{Errors: ui.Errors{{Field: "at", Key: "point.times.taken"}}, Point: p, Days: []appointment.Day{{Day: at, Times: []appointment.Time{{Value: "2026-03-10T08:00:00Z", Shown: "09:00"}}}}}},
	}, way.Pages())
}
