package oidcop_test

import (
	"testing"

	"atrio/gateway/oidcop"
	"atrio/web/webtest"
)

func TestPagesAreSoundInBothLanguages(t *testing.T) {
	webtest.Pages(t, oidcop.Pages(), map[string][]any{
		"logout": {oidcop.LogoutPage{}, oidcop.LogoutPage{Service: "Portale <dei> corsi", Action: "/oidc/logout/confirm", Request: "x"}},
		"left":   {oidcop.LeftPage{}},
	})
}
