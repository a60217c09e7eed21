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
		"link": {LinkView{}, LinkView{Token: "<t>", Code: true, Answer: true}, LinkView{Token: "<t>", Answer: true}, LinkView{Token: "<t>", Withdraw: true}},
		"code": {CodeView{}, CodeView{Place: Place{1, 3}, Errors: wrong("code", "recover.code.wrong"), Phone: "*** 42", Sent: true, Notice: "recover.code.wait", Minutes: 1}},
		"answer": {
			AnswerView{Question: "toy"}, AnswerView{Place: Place{2, 3}, Errors: wrong("answer", "recover.answer.wrong"), Question: "song", Notice: "enrol.wait", Minutes: 2},
		},
		"password": {PasswordView{}, PasswordView{Place: Place{3, 3}, Phone: true, Errors: wrong("password", "password_life.wrong.again"), UserID: "a@<b>", Notice: "password_life.shop", Minutes: 1}},
		"done":     {DoneView{}, DoneView{true}}, "wait": {WaitView{}, WaitView{at, at.Add(backLife), false}, WaitView{at, at.Add(backLife), true}},
		"stop": {StopView{}, StopView{"<t>", at, false}, StopView{"<t>", at, true}}, "stopped": {StoppedView{}, StoppedView{true}},
		"withdraw": {WithdrawView{}, WithdrawView{wrong("sure", "enrolment.withdraw.missing"), "ABCD-1234"}}, "withdrawn": {nil}, "lost": {
			LostView{Proven: true, Step: codePath, Applicant: true, Withdraw: true, Number: "ABCD-1234", Question: "toy", Errors: append(wrong("answer", "recover.answer.wrong"), wrong("sure", "enrolment.withdraw.missing")...)},
			LostView{Proven: true, Applicant: true, Withdraw: true, Number: "ABCD-1234", Waits: at}, LostView{Proven: true, Applicant: true, Withdraw: true, Waits: at, Ready: true}, LostView{Proven: true, Applicant: true},
			LostView{Proven: true, Step: codePath, Number: "ABCD-1234"},
			LostView{}, LostView{Support: "aiuto@example.org", Ways: enrolment.Methods()}, LostView{Proven: true, Number: "ABCD-1234"},
			LostView{Proven: true, Number: "ABCD-1234", Question: "toy", Errors: wrong("answer", "recover.again.wrong"), Notice: "enrol.wait", Minutes: 2},
			LostView{
				Proven: true, Ways: enrolment.Methods(), Chosen: "point", Circuits: []form.Circuit{{ID: "c", Name: "<C>"}}, Circuit: "c",
				Errors: append(wrong("method", "enrolment.method.missing"), wrong("circuit", "enrolment.method.circuit.missing")...),
			},
		},
	}, credential.Pages(), apply.Pages(), passwordlife.Pages(), stop.Pages(), form.Pages())
}
