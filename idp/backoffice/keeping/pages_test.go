package keeping

import (
	"testing"
	"time"

	"atrio/idp/retention"
	"atrio/web/webtest"
)

func TestThePageIsSoundInBothLanguages(t *testing.T) {
	day := time.Date(2026, time.March, 10, 9, 0, 0, 0, time.UTC)
	full := view{Soon: 30, Last: 365, Holds: []Hold{{"ABCD-1234", "RG 1/2026 <b>", day}, {"request-1", "RG 2/2026", time.Time{}}}}
	for _, r := range (retention.Config{}).Rules() {
		full.Rules = append(full.Rules, ruleView{r, Due{Rule: r.ID, All: 3, Soon: 1, Next: day}}, ruleView{Rule: r})
		full.Gone = append(full.Gone, inWords([]Gone{{r.ID, "request", 7, day}, {r.ID, "totp", 1, day}, {r.ID, "password", 2, day.Add(1)}, {r.ID, "said", 7, day}, {r.ID, "identity", 1, day}})...)
	}
	if got := full.Gone[1]; got.What != "rows" || got.Count != 3 || !got.Last.Equal(day.Add(1)) {
		t.Errorf("rows without a word are %+v", got)
	}
	full.Gone = append(full.Gone, Gone{"", "evidence", 1, day})
	webtest.Pages(t, Pages(), map[string][]any{"retention": {view{}, full}})
}
