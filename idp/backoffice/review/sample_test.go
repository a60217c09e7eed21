package review

import (
	"fmt"
	"testing"

	"atrio/base/seal"
	"atrio/idp/backoffice/operator"
)

func TestOneApprovalInTwentyIsDrawnAndAlwaysTheSame(t *testing.T) {
	v := &Review{Desk: &operator.Desk{Keyring: seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})}}
	drawn := 0
	for n := range 10000 {
		id := fmt.Sprint("request-", n)
		first := v.picked(id)
		if first {
			drawn++
		}
		if v.picked(id) != first {
			t.Fatal("the draw changes")
		}
	}
	if drawn < 430 || drawn > 570 {
		t.Errorf("%d of 10000 were drawn, want about 500", drawn)
	}
}
