package recovery

import (
	"testing"
	"time"

	"atrio/idp/account/stop"
	"atrio/idp/credential"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/form"
	"atrio/idp/passwordlife"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 0, 0, 0, time.UTC)
	wrong := func(field, key string) ui.Errors { return ui.Errors{{Field: field, Key: key, Args: []any{"left", 1}}} }
	webtest.Pages(t, Pages(), map[string][]any{
		"ask":  {AskView{}, AskView{Errors: wrong("username", "form.email"), UserID: "a@<b>", Support: "aiuto@example.org", Notice: "enrol.wait", Minutes: 2}},
		"sent": {AskView{}, AskView{UserID: "a@<b>", Support: "aiuto@example.org", Hours: 2}},
		"link": {LinkView{}, LinkView{"<t>"}},
		"code": {CodeView{}, CodeView{Errors: wrong("code", "recover.code.wrong"), Phone: "*** 42", Sent: true, Notice: "recover.code.wait", Minutes: 1}},
		"answer": {
			AnswerView{Question: "toy"}, AnswerView{Errors: wrong("answer", "recover.answer.wrong"), Question: "song", Notice: "enrol.wait", Minutes: 2},
		},
		"password": {PasswordView{}, PasswordView{Errors: wrong("password", "password_life.wrong.again"), UserID: "a@<b>", Notice: "password_life.shop", Minutes: 1}},
		"done":     {nil}, "wait": {WaitView{}, WaitView{at, at.Add(backLife)}},
		"stop": {StopView{}, StopView{"<t>", at}}, "stopped": {nil}, "lost": {
			LostView{}, LostView{Support: "aiuto@example.org", Ways: enrolment.Methods()}, LostView{Proven: true, Number: "ABCD-1234"},
			LostView{Proven: true, Number: "ABCD-1234", Question: "toy", Errors: wrong("answer", "recover.again.wrong"), Notice: "enrol.wait", Minutes: 2},
			LostView{
				Proven: true, Ways: enrolment.Methods(), Chosen: "point", Circuits: []form.Circuit{{ID: "c", Name: "<C>"}}, Circuit: "c",
				Errors: append(wrong("method", "enrolment.method.missing"), wrong("circuit", "enrolment.method.circuit.missing")...),
			},
		},
	}, credential.Pages(), apply.Pages(), passwordlife.Pages(), stop.Pages(), form.Pages())
}
