package cardlogin

import (
	"testing"
	"time"

	"atrio/idp/proofing/cns"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	login := []any{LoginView{}, LoginView{CardView: view(""), Service: "Servizi <Prova>", Action: "/a", Cancel: "/c"}}
	own := []any{OwnView{}, OwnView{CardView: view(""), Bound: Bound{At: at, Ending: "3456"}}, OwnView{Closed: "blocked"}, OwnView{Closed: "level"}}
	for _, why := range cns.Refusals() {
		login = append(login, LoginView{CardView: view(why), Service: "Servizi Prova", Action: "/a", Cancel: "/c"})
		own = append(own, OwnView{CardView: view(why)})
	}
	webtest.Pages(t, Pages(), map[string][]any{"login": login, "card": own}, cns.Pages())
}
