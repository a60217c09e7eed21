package console

import (
	"testing"
	"time"

	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/call"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	full := sessionView{
		Errors: ui.Errors{{Field: "note", Key: "videodesk.abort.note.missing"}, {Field: "reason", Key: "videodesk.abort.missing"}}, Path: "/operator/video/s", Number: "ABCD-1234", Servers: "[]",
		Lang: "it", Of: 13, Chat: []lineView{{"Tu", "<b>"}}, MaxLine: video.MaxLine, Reasons: reasons, Reason: "other", Note: "n", Programs: "OBS",
		Quality: []qualityView{{"applicant", true, 640, 200, 5, 9, true}, {"operator", false, 0, 0, 0, 0, false}},
	}
	for _, name := range []string{
		"family_name", "given_name", "gender", "birth_date", "birth_place", "fiscal_code", "document_kind", "document_number", "document_issuer", "document_expires", "card_number",
	} {
		full.Facts = append(full.Facts, fact{name, "<b>"})
	}
	for _, what := range enrolment.Pictures() {
		full.Pictures = append(full.Pictures, pictureView{string(what), "/p"})
	}
	views := []any{sessionView{}, full}
	for _, current := range video.Steps() {
		v := full
		v.Sent, v.Phone, v.Mail, v.Streams = true, "+39…", "m", true
		v.Coded, v.Linked, v.Signed = current > video.Document, current > video.Contacts, current > video.Credentials
		for _, s := range video.Steps() {
			one := stepView{Letter: string(s), Number: video.Number(s), Title: "T", Say: "S", Current: s == current}
			if s < current {
				one.At = at
			}
			for _, key := range video.Seen(s) {
				one.Ticks = append(one.Ticks, tickView{"tick_" + key, "videodesk.seen." + string(s) + "." + key, false})
			}
			v.Steps = append(v.Steps, one)
		}
		views = append(views, v)
	}
	drawing := views[len(views)-2].(sessionView) // the actions
	drawing.Draw, drawing.Spoken = true, true
	views = append(views, drawing)
	done := full
	done.Errors = ui.Errors{}
	done.Done = true
	list := listView{Waiting: 2, Untrained: true, Days: []dayView{{at, []rowView{{"09:00", "ABCD-1234", true}, {"09:30", "ABCD-1235", false}}}}}
	live := list
	live.Live = []string{"/operator/video/s"}
	webtest.Pages(t, Pages(), map[string][]any{"session": append(views, done), "list": {listView{}, list, live}}, operator.Pages(), call.Pages(), video.Pages())
}
