package life

import (
	"testing"

	"atrio/web/webtest"
)

func TestTheWordsAreThereInBothLanguages(t *testing.T) { webtest.Pages(t, Pages(), nil) }
