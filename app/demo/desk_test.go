package demo

import (
	"strings"
	"testing"

	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	var own ui.Pages
	var others []ui.Pages
	for _, p := range Pages() {
		if p.Name == "demo" {
			own = p
		} else {
			others = append(others, p)
		}
	}
	var all peopleView
	for _, role := range []string{atIdP, atGateway, atCIE, atEIDAS} {
		d := door{Key: role}
		for _, p := range People() {
			if p.Role == role {
				d.People = append(d.People, shown{Person: p, Code: "123456"})
			}
		}
		all.Doors = append(all.Doors, d)
	}
	webtest.Pages(t, own, map[string][]any{
		"tour":    {tourView{}, tourView{Gateway: "http://localhost:1", CIE: "http://localhost:4/cie/idp/metadata"}},
		"people":  {peopleView{}, all},
		"inbox":   {inboxView{}, inboxView{Items: []Item{{Channel: "sms", To: "+393310000001", Text: "x"}, {Channel: "mail", To: "a@example.org", Subject: "x", Text: "y"}}}},
		"clock":   {clockView{}, clockView{Offset: "0s", Steps: clockSteps(), Errors: ui.Errors{{Field: "advance", Key: "demo.clock.error"}}}},
		"phone":   {phoneView{}, phoneView{Papers: Papers(), CAN: CAN, Paper: "enzo", Code: "AB10-2131", Said: "unknown", Errors: ui.Errors{{Field: "paper", Key: "demo.phone.paper.missing"}}}, phoneView{Said: "done"}, phoneView{Said: "failed"}},
		"service": {serviceView{}, serviceView{Clients: clients(), Told: []told{{"sub", "x"}}, Logout: "/logout"}},
	}, others...)
}

func TestEveryPersonHasAStoryAndAPlaceToEnter(t *testing.T) {
	roles := map[string]int{}
	for _, p := range People() {
		roles[p.Role]++
		if p.Story == "" || p.Name == "" || p.Login == "" || p.Level < 1 {
			t.Errorf("%+v", p)
		}
		for _, r := range p.Name {
			// What reaches a service is Latin. Regulation (EU) 2015/1501, annex 1
			if r >= 0x370 && r < 0x1e00 {
				t.Errorf("%s has letters that no service gets", p.Name)
			}
		}
		if p.Role != atEIDAS && (p.Password == "" || p.Role != atGateway && len(p.CodiceFiscale) != 16) {
			t.Errorf("%s cannot enter", p.Login)
		}
		if p.Role == atEIDAS && !strings.Contains("AT CZ EE DE PT ES SE", p.Country) {
			t.Errorf("%s comes from %q", p.Login, p.Country)
		}
	}
	if roles[atIdP] < 5 || roles[atGateway] < 2 || roles[atCIE] < 4 || roles[atEIDAS] < 6 {
		t.Errorf("%v", roles)
	}
	for _, h := range People() {
		if h.Role == atCIE {
			fiscal(h.CodiceFiscale) // panics when its check character is wrong
		}
	}
}
