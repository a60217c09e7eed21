package review

import (
	"context"
	"strings"
	"testing"
	"time"

	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/identity"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/video"
	"atrio/web/ui"
	"atrio/web/webtest"
)

func TestEveryPageIsSoundInBothLanguages(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	row := rowView{Number: "ABCD-1234", State: string(enrolment.OperatorCheck), Method: string(enrolment.Point), Circuit: "Centro", Point: "Sportello <uno>", Hours: 1, By: "Remo", Until: at, URL: "/x"}
	queue := queueView{
		Errors: ui.Errors{{Field: "number", Key: "review.hand.number.wrong"}}, Mine: []rowView{row, row}, Rows: []rowView{row}, All: 1,
		States: []string{string(enrolment.OperatorCheck), string(enrolment.FraudReview)}, Circuits: []option{{"c", "Centro"}}, MayTake: true, MayHand: true,
		Operators: []option{{"o", "Remo"}}, Operator: "o", Previous: "/a", Next: "/b",
	}
	full := requestView{
		Number: "ABCD-1234", State: string(enrolment.FraudReview), Method: string(enrolment.Video), Circuit: "Centro", Point: "Uno", Version: 9,
		Others: []exhibitView{{Kind: "new_kind", URL: "/x", At: at}}, Seen: []seenView{{"unknown", true}, {"other", false}}, Collector: "Carla", Identified: at,
		MayApprove: true, MayAsk: true, MayReject: true, MaySuspect: true, MayClear: true, Untrained: true, Barred: true,
	}
	for _, m := range enrolment.Methods() {
		queue.Methods = append(queue.Methods, string(m))
	}
	for _, k := range []evidence.Kind{evidence.DocumentFront, evidence.Contract, evidence.SignedContract, evidence.PrintedForm, evidence.HolderReport} {
		full.Others = append(full.Others, exhibitView{Kind: string(k), URL: "/x", At: at})
	}
	for _, p := range enrolment.Pictures() {
		full.Pictures = append(full.Pictures, exhibitView{What: string(p), URL: "/p"})
	}
	full.Pictures = append(full.Pictures, exhibitView{What: string(evidence.Portrait), URL: "/p"})
	full.Films = []exhibitView{{Kind: "film", URL: "/f", At: at, Played: true, Taken: "live", Portrait: "/p", Cues: []momentView{{Key: "chip.action.look_up", At: at, Seconds: 3}, {Key: "chip.cue.spoken", Note: "4 7 1 0", At: at, Seconds: 11}}}, {Kind: "film", URL: "/q", At: at, Taken: "upload"}, {Kind: "film", URL: "/r", At: at}}
	for _, name := range []string{"how", "quality", "camera", "devices", "actions", "spoken"} {
		full.Verdict = append(full.Verdict, fact{"face_" + name, "<b>"})
	}
	full.Others = append(full.Others, exhibitView{Kind: "film", URL: "/o", At: at})
	var doubts []screening.Check
	for _, id := range []string{screening.FiscalCode, screening.Phone, screening.Mailbox, screening.SameDocument} {
		doubts = append(doubts, screening.Check{ID: id, Outcome: screening.Doubt})
		full.Checks = append(full.Checks, checkView{id, "doubt", 3, nil}, checkView{id, "fine", 0, nil})
	}
	full.Checks[0].Facts = []string{"family_name", "given_name", "sex", "birth_date", "birth_place"}
	for _, id := range []string{screening.FiscalCode, screening.Adult, screening.Document, screening.HealthCard, screening.Contract, screening.OtherOne, screening.Living, screening.SameOne} {
		full.Checks = append(full.Checks, checkView{id, "bar", 0, nil}, checkView{id, "fine", 0, nil})
	}
	found := &enrolment.Verdict{Doubts: []string{"signature_names", "face", "face_upload", "face_camera", "rao_names", "rao_contacts", "rao_document"}}
	full.Ticks = tickList(enrolment.Request{Data: enrolment.Data{Verdict: found}}, doubts)
	for _, name := range []string{"signer", "issuer", "serial", "validity", "qualified", "format", "received", "claimed", "stamped", "revocation"} {
		full.Verdict = append(full.Verdict, fact{"signature_" + name, "<b>"})
	}
	for _, name := range []string{"holder", "serial", "unit", "issuer", "validity", "used", "revocation"} {
		full.Verdict = append(full.Verdict, fact{"cns_" + name, "<b>"})
	}
	for _, name := range []string{"session", "length", "steps", "recordings", "quality", "camera", "programs"} {
		full.Verdict = append(full.Verdict, fact{"video_" + name, "<b>"})
	}
	sides := []recordingView{{"applicant", "/a"}, {"operator", "/o"}}
	full.Sessions = []sessionView{{Aborted: true, Recovered: true, Begun: at, Recordings: sides[1:], First: "/o"}, {Begun: at, Recordings: sides, First: "/a", Steps: []momentView{{Key: "video.step.a", At: at, Seconds: 4}}}}
	for _, name := range []string{"office", "operator", "validity", "seal", "revocation", "person", "document", "health_card", "contacts"} {
		full.Verdict = append(full.Verdict, fact{"rao_" + name, "<b>"})
	}
	for _, what := range enrolment.Whats() {
		full.Items = append(full.Items, askView{What: string(what), Why: "perché", Set: true})
	}
	for _, role := range []enrolment.Role{enrolment.Applicant, enrolment.Collector, enrolment.Approver, enrolment.Fraud, enrolment.System} {
		full.Events = append(full.Events, eventView{at, string(enrolment.Approve), string(role), "Remo", "perché"})
	}
	var views []any
	for _, act := range acts {
		v := full
		v.Act, v.Reason = act, "x"
		v.Errors = ui.Errors{{Field: "reason", Key: "form.required"}, {Field: "tick_stranger", Key: "review.tick.missing"}, {Field: "item_person", Key: "review.item.none"}, {Field: "why_person", Key: "review.why.missing"}}
		if act != "reject" {
			v.Errors = v.Errors[1:]
		}
		views = append(views, v)
	}
	facts(enrolment.Data{
		Person: enrolment.Person{Domicile: identity.Domicile{Street: "Via"}, DigitalAddress: "x"}, HealthCard: enrolment.HealthCard{Number: "1"},
	}, &full, strings.ToUpper, time.Time.String)
	views = append(views, full, requestView{State: string(enrolment.OperatorCheck), Method: string(enrolment.Point)})
	full.Signed, full.SignedAt = "code", at
	look := full
	look.Signed = "paper"
	look.Act, look.Errors, queue.Again = "wrong", ui.Errors{{Field: "note", Key: "review.why.missing"}, {Field: "outcome", Key: "form.choice"}}, 1
	webtest.Pages(t, Pages(), map[string][]any{"queue": {queueView{}, queue}, "request": views, "second_look": {requestView{}, look}}, operator.Pages(), screening.Pages(), chip.Pages(), video.Pages())
}

// Recordings of a session that was ended are for who examines a suspicion, and nobody else.
func TestASessionThatWasEndedIsShownToWhoExaminesASuspicion(t *testing.T) {
	for state, aborted := range map[enrolment.State]bool{enrolment.OperatorCheck: false, enrolment.FraudReview: true, enrolment.Activated: false} {
		r := enrolment.Request{State: state}
		if !shown(r, video.Session{State: video.Ended}) || shown(r, video.Session{State: video.Aborted}) != aborted || shown(r, video.Session{State: video.Live}) {
			t.Errorf("wrong in %s", state)
		}
	}
}

// A13: what was asked for belongs to one film; others of the same request do not pass for it.
func TestTheFilmOfTheVerdictIsTheCurrentOne(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	items := []evidence.Item{
		{ID: "1", Kind: evidence.VideoSegment, Recording: "before", Segment: 1, MediaType: "video/webm", At: at},
		{ID: "2", Kind: evidence.VideoSegment, Recording: "now", Segment: 1, MediaType: "video/quicktime", At: at},
		{ID: "3", Kind: evidence.VideoSegment, Recording: "now", Segment: 2, MediaType: "video/quicktime", At: at},
		{ID: "4", Kind: evidence.Portrait, MediaType: "image/jpeg", At: at},
	}
	r := enrolment.Request{Number: "ABCD-1234", Method: enrolment.Chip, Data: enrolment.Data{Verdict: &enrolment.Verdict{Evidence: []string{"4", "now", "5"}}}}
	current, others := films(r, items, "/operator/request/")
	if len(current) != 1 || !strings.HasSuffix(current[0].URL, "ABCD-1234"+filmPath+"now") || current[0].Played {
		t.Errorf("current: %+v", current)
	}
	if current[0].Taken != "" || current[0].Cues != nil {
		t.Errorf("nothing is known of how it was taken: %+v", current[0])
	}
	if len(others) != 1 || !strings.HasSuffix(others[0].URL, filmPath+"before") || !others[0].Played {
		t.Errorf("others: %+v", others)
	}
	r.Data.Verdict.Film = &enrolment.Film{Live: true, Recording: "now", Cues: []enrolment.Cue{{Key: "chip.cue.spoken", Note: "4 7", At: at, Offset: 3900 * time.Millisecond}}}
	current, others = films(r, items, "/operator/request/")
	if one := current[0]; one.Taken != "live" || len(one.Cues) != 1 || one.Cues[0].Seconds != 3 || one.Cues[0].Note != "4 7" || others[0].Taken != "" || others[0].Cues != nil {
		t.Errorf("%+v, %+v", current, others)
	}
	r.Data.Verdict.Film.Live = false
	if current, _ = films(r, items, "/"); current[0].Taken != "upload" {
		t.Errorf("an upload is said to be live: %+v", current)
	}
	r.Data.Verdict = nil
	if current, others = films(r, items, "/"); len(current) != 0 || len(others) != 2 {
		t.Errorf("without a verdict: %+v, %+v", current, others)
	}
	r.Method = enrolment.Video
	if current, others = films(r, items, "/"); len(current)+len(others) != 0 {
		t.Error("a session has a player of its own")
	}
}

func TestEveryStepHasWordsForOperators(t *testing.T) {
	set, err := ui.NewSet(webtest.Theme(), Pages(), operator.Pages(), screening.Pages(), chip.Pages(), video.Pages())
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range enrolment.Acts() {
		if !set.Catalog().Has("review.act." + string(act)) {
			t.Errorf("no words for %s", act)
		}
	}
}

// sessionsOf stands for the store: the sessions of a request.
type sessionsOf struct {
	Store
	list []video.Session
}

func (s sessionsOf) SessionsOf(context.Context, string) ([]video.Session, error) { return s.list, nil }

// A13: what a session recorded is played by the rule of sessions alone, also when the
// applicant took another way afterwards.
func TestRecordingsOfASessionAreNoFilms(t *testing.T) {
	one := video.Session{State: video.Aborted}
	one.Recordings = []string{"hers", "operators"}
	v := &Review{Store: sessionsOf{list: []video.Session{one}}}
	items := []evidence.Item{{ID: "p"}, {ID: "a", Recording: "hers"}, {ID: "b", Recording: "operators"}, {ID: "c", Recording: "film"}}
	left, err := v.filmed(t.Context(), enrolment.Request{}, items)
	if err != nil || len(left) != 2 || left[0].ID != "p" || left[1].Recording != "film" || len(items) != 4 || items[1].ID != "a" {
		t.Errorf("%+v, %v, of %+v", left, err, items)
	}
}
