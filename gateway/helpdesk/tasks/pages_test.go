package tasks

import (
	"testing"
	"time"

	"atrio/gateway/account"
	"atrio/gateway/helpdesk"
	"atrio/gateway/registration"
	"atrio/gateway/selfcare"
	"atrio/people/person"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	open, done := listView{Kind: "merge", Whose: "mine", Clerks: []clerkView{{"202400013", "202400013"}}}, listView{Done: true}
	var pages []any
	for _, k := range Kinds() {
		one := rowView{ID: string(k) + ".202400013", Kind: string(k), Code: "202400013", Other: "202400021", Days: 12, Due: at, Late: true,
			Fields: []string{"family_name", "given_name", "sex", "birth_date", "birth_place"}}
		mine, hers := one, one
		mine.Mine, hers.TakenBy = true, "202400037"
		open.Tasks = append(open.Tasks, one, mine, hers)
		page := taskView{rowView: one, Pass: "p", Name: "Ada <b>", State: "frozen", Person: "/helpdesk/person?pass=x"}
		for _, a := range answers[k] {
			decided := one
			decided.Answer, decided.Reason = string(a), "Visto <b>"
			done.Tasks = append(done.Tasks, decided)
			page.Answers = append(page.Answers, answerView{string(a), Deed(k, a), a == Again})
		}
		if k == account.TaskMerge || k == account.TaskConflict {
			merged := one
			merged.Answer = "merged"
			done.Tasks = append(done.Tasks, merged)
		}
		if k == KindMailbox {
			for _, a := range []string{"reply", "drop", "changed"} {
				decided := one
				decided.Answer = a
				done.Tasks = append(done.Tasks, decided)
			}
			continue
		}
		for _, name := range checked {
			page.Said = append(page.Said, saidView{Name: name, Kind: account.Attribute{Name: name}.Kind(), Value: "x", Source: string(account.FromDesk), Differs: true})
		}
		wrong := page
		wrong.Chosen, wrong.Why, wrong.Words = string(answers[k][0]), "x", "y"
		wrong.Errors = ui.Errors{{Field: "reason", Key: "form.required"}, {Field: "words", Key: "form.required"}}
		if k != account.TaskFiscalCode { // the only form there with words comes first
			wrong.Errors = wrong.Errors[:1]
		}
		pages = append(pages, page, wrong)
	}
	full := ticketView{rowView: rowView{Kind: "mailbox", Code: "ABCD-1234", Days: 3}, ID: "x", Said: helpdesk.Said{Key: "<b>", Name: "Ada", Address: "a@example.org", Words: "<i>"}}
	reply, drop := full, full
	reply.Chosen, reply.Errors = "reply", ui.Errors{{Field: "words", Key: "form.required"}, {Field: "reason", Key: "form.required"}}
	drop.Chosen, drop.Errors = "drop", ui.Errors{{Field: "reason", Key: "form.required"}}
	made := webtest.Pages(t, Pages(), map[string][]any{
		"list": {listView{}, open, done}, "task": append(pages, taskView{}), "ticket": {ticketView{Damaged: true}, full, reply, drop},
	}, helpdesk.Pages(), registration.Pages(), selfcare.Pages())
	webtest.Noted(t, made, "reason", map[string]string{"it": "dati di salute", "en": "health data"}) // it stays in the log
}

// G5.4: each answer has its words for the desk, for the mail and for the history.
func TestEveryKindHasAnswersAndEveryAnswerWords(t *testing.T) {
	set, err := ui.NewSet(webtest.Theme(), Pages(), helpdesk.Pages(), registration.Pages(), selfcare.Pages())
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range Kinds() {
		if len(answers[k]) == 0 && k != KindMailbox || kindOf(string(k)) != k {
			t.Errorf("%s has no answer", k)
		}
		for _, a := range answers[k] {
			for _, key := range []string{"tasks.answer." + Deed(k, a), "tasks.mail." + Deed(k, a), "selfcare.deed." + Deed(k, a)} {
				if !set.Catalog().Has(key) {
					t.Errorf("no text %s", key)
				}
			}
		}
	}
	if kindOf("password") != "" || len(checked) != len(factOf)+1 || checked[0] != person.FiscalNumber {
		t.Error("kinds or facts")
	}
}
