package passkeydoor

import (
	"testing"

	"atrio/gateway/doors"
	"atrio/gateway/registration"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, Pages(), map[string][]any{"enter": {
		view{}, view{Flow: "f", Options: `{"challenge":"x"}`, Service: "Tasse", Login: "/login", Errors: ui.Errors{{Key: "passkeydoor.wrong"}}},
	}}, doors.Pages(), registration.Pages())
}
