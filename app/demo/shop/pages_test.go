package shop

import (
	"testing"

	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestThePageIsSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, Pages(), map[string][]any{"shop": {
		view{}, view{Errors: ui.Errors{{Field: "email", Key: "form.required"}, {Field: "password", Key: "shop.wrong"}}, Typed: "<a>"},
		view{Errors: ui.Errors{{Field: "old", Key: "shop.old"}, {Field: "new", Key: "shop.rules"}}, Email: "a<b>@example.org", Linked: true, Least: 6},
	}})
}
