package useful

import (
	"testing"

	"atrio/web/webtest"
)

func TestThePageIsSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, Pages(), map[string][]any{
		"thanks": {thanksView{}, thanksView{true, "/enrol", "aiuto@example.org"}, thanksView{false, "/enrol", "aiuto@example.org"}},
	})
}
