package sign

import (
	"testing"

	"atrio/idp/enrolment/way"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, Pages(), map[string][]any{"sign": {
		view{}, view{Errors: ui.Errors{{Field: "code", Key: "sign.wrong", Args: []any{"left", 2}}}, Phone: "+39 *** 09", Sent: true, Again: 20, Life: 5},
		view{Notice: "sign.cap", Minutes: 3, Phone: "<b>"}, view{Notice: "sign.pause", Minutes: 1, Sent: true},
	}}, way.Pages())
}
