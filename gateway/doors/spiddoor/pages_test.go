package spiddoor

import (
	"testing"

	"atrio/gateway/doors"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, Pages(), map[string][]any{"logout": {logoutView{}, logoutView{SignedIn: true}}}, doors.Pages())
}
