package sso

import (
	"testing"

	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, Pages(), map[string][]any{"logout": {logoutView{}, logoutView{Name: "Ada"}}})
}
