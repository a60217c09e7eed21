package cns

import (
	"testing"

	"atrio/idp/enrolment/way"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestThePageIsSoundInBothLanguages(t *testing.T) {
	views := []any{view{Number: "AB10-2131", Life: 5}}
	for _, why := range Refusals() {
		views = append(views, view{Errors: ui.Errors{{Key: Key(why)}}, Help: Key(why) + ".help", Life: 5})
	}
	webtest.Pages(t, Pages(), map[string][]any{"card": views}, way.Pages())
}
