package booking

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"atrio/idp/enrolment/way"
	"atrio/idp/proofing/appointment"
	"atrio/idp/proofing/video"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	wrong := ui.Errors{{Field: "consent", Key: "booking.consent.missing"}, {Key: "booking.closed"}}
	made := webtest.Pages(t, Pages(), map[string][]any{
		"start": {
			startView{}, startView{Ready: true}, startView{Ready: true, Open: true, Errors: wrong, Waiting: 3, Minutes: 20},
			startView{Ready: true, Open: true, Agreed: true, Signed: true, Booked: at, Minutes: 1},
		},
		"check":       {nil},
		"waiting":     {waitingView{}, waitingView{Before: 2, Minutes: 30, Signed: true}},
		"times":       {timesView{}, timesView{Errors: ui.Errors{{Field: "at", Key: "booking.times.taken"}}, Days: appointment.Days([]time.Time{at, at.Add(time.Hour), at.AddDate(0, 0, 1)})}, timesView{Agreed: true}},
		"appointment": {slipView{}, slipView{Number: "ABCD-1234", Start: at, End: at.Add(time.Hour)}},
	}, video.Pages(), way.Pages())
	// Who has no JavaScript reads that, and finds another way on the same page.
	for _, d := range made {
		if d.Name != "check" && d.Name != "waiting" {
			continue
		}
		var out strings.Builder
		if err := html.Render(&out, d.Root); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); !strings.Contains(text, "<noscript>") || !strings.Contains(text, "JavaScript") || !strings.Contains(text, `href="/enrol/change-method"`) {
			t.Errorf("%s, %s: no way without scripts", d.Name, d.Lang)
		}
	}
}
