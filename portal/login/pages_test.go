package login

import (
	"testing"

	"atrio/web/webtest"
)

func TestThePagesAreSoundInBothLanguages(t *testing.T) {
	full := loginView{Tab: tabUniversity, Return: "/courses/statica?a=1&b=2", SignedOut: true, Contact: "aiuto@portale.example", RegisterURL: "https://login.example/register"}
	others, here := full, full
	others.Tab, here.OutHereOnly = tabOthers, true
	webtest.Pages(t, Pages(), map[string][]any{
		"login": {loginView{}, full, others, here},
		"help":  {helpView{}, helpView{"aiuto@portale.example"}},
		"staff": {staffView{}, staffView{"aiuto@portale.example"}},
	})
}
