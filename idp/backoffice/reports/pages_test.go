package reports

import (
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/web/webtest"
)

func TestThePageIsSoundInBothLanguages(t *testing.T) {
	full := view{Days: 30, Work: []workView{{Name: "Remo <Prova>", Work: Work{Approved: 3}, Hours: 1}, {Name: "Fabia", Hours: 5}}}
	full.Sealings = []Sealing{{Operator: "Olga <Prova>", Point: "Anagrafe", Tokens: 9, MostADay: 4, Odd: 1}}
	for _, s := range enrolment.States() {
		full.States = append(full.States, stateView{string(s), 2})
	}
	for _, outcome := range []string{"", "right", "wrong"} {
		full.Looks = append(full.Looks, lookView{"ABCD-1234", "Remo", "Fabia", outcome, "nota", time.Date(2026, time.March, 10, 9, 0, 0, 0, time.UTC)})
	}
	webtest.Pages(t, Pages(), map[string][]any{"reports": {view{}, full}})
}
