package challenge

import (
	"testing"

	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	two := []numberView{{"a", "•••••• 567"}, {"b", "•••••• 890"}}
	others := []otherView{{"totp", "/x"}, {"sms", "/x"}, {"recovery", "/x"}, {"passkey", "/x"}, {"desk", "/x"}}
	views := []any{
		codeView{}, codeView{Kind: "totp", Service: "Tasse", Others: others, Errors: ui.Errors{{Field: "code", Key: "form.required"}}},
		codeView{Kind: "sms", Numbers: two[:1], Chosen: two[0]}, codeView{Kind: "sms", Numbers: two, Chosen: two[1], Others: others},
		codeView{Kind: "sms", Numbers: two, Chosen: two[1], Sent: true, Again: 50}, codeView{Kind: "sms", Numbers: two[:1], Chosen: two[0], Sent: true},
		codeView{Kind: "passkey", Options: `{"challenge":"x"}`, Others: others}, codeView{Kind: "desk", Number: "1234 5678", Notice: Notice{Key: "challenge.wrong.desk"}, Others: others}, codeView{Kind: "recovery", Errors: ui.Errors{{Field: "code", Key: "challenge.recovery.form"}}},
	}
	for _, key := range []string{
		"wrong.totp", "wrong.sms", "wrong.recovery", "wrong.passkey", "used", "stale", "wait", "clock.fast", "clock.slow", "sms.pause", "sms.cap",
	} {
		views = append(views, codeView{Kind: "totp", Notice: Notice{Key: "challenge." + key, Left: 1, Minutes: 2}})
	}
	webtest.Pages(t, Pages(), map[string][]any{"code": views})
}
