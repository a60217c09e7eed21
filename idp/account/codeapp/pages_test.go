package codeapp_test

import (
	"testing"
	"time"

	"atrio/idp/account"
	"atrio/idp/account/codeapp"
	"atrio/idp/life"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	home := account.Place{Path: codeapp.Path}
	waits := account.Place{Path: "/login/x/setup/codes", Waiting: "Servizi <Prova>", Cancel: "/login/x/cancel"}
	bind := codeapp.BindView{
		Drawing: `d="M0 0"`, Size: 29, Link: "otpauth://totp/x", Key: "ABCD EFGH", Account: "ada@example.org", Issuer: "Atrio <ID>", Phone: "•••••• 001",
	}
	wrong := bind
	wrong.Place = waits
	wrong.Errors = ui.Errors{{Field: "sms", Key: "codes.wrong", Args: []any{"left", 1}}, {Field: "code", Key: "form.required"}}
	webtest.Pages(t, codeapp.Pages(), map[string][]any{
		"codes": {
			codeapp.View{}, codeapp.View{Since: at, Phone: "•••••• 001", Place: home}, codeapp.View{Phone: "•••••• 001", Place: waits},
			codeapp.View{Phone: "•••••• 001", Notice: "codes.wait", Minutes: 2}, codeapp.View{Notice: "codes.over", Phone: "1"}, codeapp.View{Blocked: true},
		},
		"bind": {codeapp.BindView{}, bind, wrong},
	}, account.Pages(), life.Pages())
}
