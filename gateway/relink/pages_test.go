package relink

import (
	"testing"

	"atrio/gateway/doors"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	full := view{Flow: "0123456789abcdef0123456789abcdef", Name: "Inés Prueba", Country: "Spagna", Login: "/login"}
	webtest.Pages(t, Pages(), map[string][]any{"known": {view{}, full}, "link": {view{}, full}}, doors.Pages())
}
