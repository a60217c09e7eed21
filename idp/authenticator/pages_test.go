package authenticator

import (
	"testing"
	"time"

	"atrio/idp/account"
	"atrio/idp/life"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	devices := []deviceView{{ID: "d1", Name: "Blu <b>", Bound: at, Used: at}, {ID: "d2", Bound: at}, {ID: "d3", Name: "Rosso", Bound: at, Ended: at, Reported: true}}
	prompt := promptView{Service: "Servizi Prova", Ask: "/a", Done: "/d", State: "/s", Cancel: "/c", OtherURL: "/o"}
	waiting := prompt
	waiting.Number, waiting.Waiting, waiting.Seconds = 47, true, 100
	waits := account.Place{Path: "/login/x/setup/app", Waiting: "Servizi <Prova>", Cancel: "/login/x/cancel"}
	views := map[string][]any{
		"list":   {listView{}, listView{Devices: devices, Phone: "•••••• 001", Notice: "app.list.wait", Minutes: 1}, listView{Devices: devices, Phone: "1", Full: true, Place: account.Place{Path: AccountPath}}, listView{Phone: "1", Place: waits}},
		"bind":   {bindingView{}, bindingView{Place: waits, Link: "https://idp.example.org/app#x", Drawing: `d="M0 0"`, Size: 29, Phone: "1", Minutes: 1}, bindingView{Link: "https://idp.example.org/app#x", Drawing: `d="M0 0"`, Size: 29, Phone: "•••••• 001", Minutes: 10}},
		"app":    {appView{}, appView{Provider: "Atrio ID"}},
		"prompt": {promptView{}, waiting},
	}
	for _, notice := range []string{"app.prompt.wrong", "app.prompt.expired", "app.prompt.wait"} {
		refused := prompt
		refused.Notice, refused.Minutes = notice, 10
		views["prompt"] = append(views["prompt"], refused)
	}
	webtest.Pages(t, Pages(), views, account.Pages(), life.Pages())
}
