package recovery

import (
	"testing"

	"atrio/gateway/credential"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	full := askView{
		Errors: ui.Errors{{Field: "email", Key: "form.email"}}, Flow: "x", Login: "/login?flow=x", Email: "a<b>@example.it", Support: "aiuto@example.it", Minutes: 30,
	}
	webtest.Pages(t, Pages(), map[string][]any{
		"ask": {askView{}, full}, "sent": {askView{}, full},
		"reset": {resetView{}, resetView{First: true, Code: "202400013", Least: 15}, resetView{Errors: ui.Errors{{Field: "password", Key: "credential.password.required"}}, Token: "x", Code: "202400013", Least: 15}},
	}, credential.Pages())
}
