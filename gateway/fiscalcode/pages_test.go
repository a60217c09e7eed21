package fiscalcode

import (
	"testing"

	"atrio/gateway/registration/wizard"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, Pages(), map[string][]any{"form": {
		formView{}, formView{Errors: ui.Errors{{Field: "fiscal_code", Key: "wizard.fiscal.missing"}}, Code: "<b>", Doubts: true}, formView{Proved: "FNTPRV80A01H501U"},
	}}, wizard.Pages())
}
