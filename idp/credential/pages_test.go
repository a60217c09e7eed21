package credential_test

import (
	"testing"

	"atrio/federation/spid"
	"atrio/idp/credential"
	"atrio/idp/flow"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestPagesRenderWithZeroAndFullViews(t *testing.T) {
	frame := credential.Frame{Service: "Servizi <Prova>", Need: spid.L2, Action: "/login/x", Cancel: "/login/x/cancel"}
	errors := ui.Errors{{Field: "username", Key: "form.required"}, {Field: "password", Key: "form.required"}, {Field: "code", Key: "form.required"}}
	notice := func(key string) credential.Notice { return credential.Notice{Key: key, Left: 2, Minutes: 3} }
	code := func(m flow.Method, n credential.Notice) credential.CodeView {
		return credential.CodeView{
			Frame: frame, Errors: errors[2:], Notice: n, Method: m, Phone: "•••••• 001", Sent: m == flow.SMS, Again: 40,
			SendAction: "/login/x/sms", OtherURL: "/login/x/code?with=totp",
		}
	}
	webtest.Pages(t, credential.Pages(), map[string][]any{
		"password": {
			credential.PasswordView{},
			credential.PasswordView{Frame: frame, Errors: errors[:2], Notice: notice("idp.password.wrong"), UserID: "ada@example.org"},
			credential.PasswordView{Frame: frame, Notice: notice("idp.password.wait")},
			credential.PasswordView{Frame: frame, Notice: notice("idp.password.busy")},
		},
		"code": {
			credential.CodeView{Method: flow.TOTP}, credential.CodeView{Method: flow.SMS},
			code(flow.TOTP, notice("idp.code.wrong.totp")), code(flow.TOTP, notice("idp.code.used")), code(flow.TOTP, notice("idp.code.wait")),
			code(flow.SMS, notice("idp.code.wrong.sms")), code(flow.SMS, notice("idp.code.stale")),
			code(flow.SMS, notice("idp.sms.pause")), code(flow.SMS, notice("idp.sms.cap")),
		},
	})
}
