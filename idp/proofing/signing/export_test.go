package signing

import (
	"time"

	"atrio/idp/proofing/signature/refusal"
	"atrio/web/ui"
)

// Views are the pages with everything that they can show.
func Views() map[string][]any {
	sign := []any{signView{Number: "AB10-2131", Most: 10}, signView{Most: 10, Errors: ui.Errors{{Field: "file", Key: "signing.file.missing"}}}}
	for _, reason := range refusal.All() {
		if reason.Pending() {
			continue // the other page
		}
		sign = append(sign, signView{Most: 10, Help: reason.Key() + ".help", Errors: ui.Errors{{Field: "file", Key: reason.Key()}}})
	}
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	return map[string][]any{"sign": sign, "waiting": {waitingView{Number: "AB10-2131"}, waitingView{Since: at, Until: at.Add(time.Hour)}}}
}
