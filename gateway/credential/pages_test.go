package credential

import (
	"testing"
	"time"

	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	wrong := ui.Errors{{Field: "password", Key: "error.password.short", Args: []any{"least", 15}}, {Field: "again", Key: "credential.again.differs"}}
	webtest.Pages(t, Pages(), map[string][]any{
		"choose": {chooseView{}, chooseView{Errors: wrong, Flow: "x", Code: "202400013", Least: 15}, chooseView{Expired: true}},
		"change": {
			changeView{}, changeView{Enter: true},
			changeView{
				Errors: append(wrong, ui.FieldError{Field: "current", Key: "credential.current.wrong"}), Code: "202400013", Least: 15,
				Ask: true, Since: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), Minutes: 2,
			},
		},
	})
}
