package relink

import (
	"testing"

	"atrio/gateway/doors"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	full := view{Flow: "0123456789abcdef0123456789abcdef", Name: "Inés Prueba", Country: "Spagna", Login: "/login"}
	declared := view{Flow: full.Flow, Name: "Ada <b>", Declared: true, Login: "/login"}
	webtest.Pages(t, Pages(), map[string][]any{"known": {view{}, full, declared}, "link": {view{}, full, declared}}, doors.Pages())
}
