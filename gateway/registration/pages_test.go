package registration

import (
	"testing"

	"atrio/gateway/account"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	var known []account.Attribute
	for _, name := range account.Names() {
		known = append(known, account.Attribute{Name: name, Value: "x"})
	}
	webtest.Pages(t, Pages(), map[string][]any{
		"welcome": {welcomeView{}, welcomeView{
			Errors: ui.Errors{{Field: "email", Key: "registration.email.own"}, {Field: "notice", Key: "registration.notice.required"}},
			Flow:   "x", Name: "Ada <b>", Provider: "Uno", Service: "Open", Known: known, AskEmail: true, Email: "a@example.it", Accepted: true,
		}},
		"code":    {codeView{}, codeView{Errors: ui.Errors{{Field: "code", Key: "registration.code.gone"}}, Flow: "x", Email: "a@example.it", Minutes: 10, Change: "/welcome"}},
		"done":    {doneView{}, doneView{Name: "Ada", Code: "123456789", Service: "Open", Go: "/"}},
		"privacy": {noticeView{}, noticeView{Institution: "Ateneo", Version: "1"}},
	})
}

func TestAddressesOfTheInstitutionAreNotPersonal(t *testing.T) {
	g := &Registration{OwnDomains: []string{"ateneo.example.it"}}
	for address, own := range map[string]bool{
		"a@ateneo.example.it": true, "a@Studenti.Ateneo.Example.it": true, "a@example.it": false, "a@nonateneo.example.it": false,
	} {
		if g.own(address) != own {
			t.Errorf("own(%s) = %v", address, !own)
		}
	}
}
