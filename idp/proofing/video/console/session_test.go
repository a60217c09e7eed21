package console_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/idp/backoffice/review"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video"
	"atrio/web/webtest"
)

const amira = "PRVMRA83E50A744N"

func TestE08AllThirteenStepsLeadToTheBackOffice(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.ready(1, amira, true)
		c := w.waits(r)
		if got := w.read(r); !video.Consented(got) {
			t.Fatal("the consent to be recorded is not in the request")
		}
		k := w.operator(vera)
		s := k.meets(r, c)
		c.Get(w.base+"/enrol/video/session").Expect(http.StatusOK, "Vera Prova", "Passo 1 di 13", "conservata per vent’anni")
		w.post(c, "/enrol/video/session/say", "text", "Non sento: scrivo <b>").Expect(http.StatusOK, "Non sento: scrivo <b>")

		// No step before its turn, none without what was seen, no end before the last. 409
		k.does(s, video.Person).Expect(http.StatusConflict)
		k.act(s, "/step", "step", "a").Expect(http.StatusUnprocessableEntity, "Metti la spunta")
		k.identifies(s).Expect(http.StatusConflict, "Mancano passi dello schema")
		if !w.refused("video_open_step") {
			t.Error("the early end stands in no audit line")
		}

		k.until(s, r, c, video.Messages)
		k.does(s, video.Messages).Expect(http.StatusUnprocessableEntity, "Il codice dell’SMS non è ancora controllato")
		k.act(s, "/send").Expect(http.StatusOK)
		k.act(s, "/code", "code", "000000").Expect(http.StatusUnprocessableEntity, "Il codice non è questo")
		k.act(s, "/code", "code", codeForm.FindString(w.last(r.Data.Phone))).Expect(http.StatusOK, "Il codice è giusto")
		k.does(s, video.Messages).Expect(http.StatusUnprocessableEntity, "Il link nell’e-mail non è ancora aperto")
		link := w.base + video.MailPath + "?token=" + tokenForm.FindStringSubmatch(w.last(r.Data.Email))[1]
		webtest.New(t).Get(link).Expect(http.StatusOK, "Conferma la tua e-mail") // a program that looks into mail
		k.does(s, video.Messages).Expect(http.StatusUnprocessableEntity)
		w.post(webtest.New(t), "/enrol/video/mail", "token", tokenForm.FindStringSubmatch(link)[1]).Expect(http.StatusOK, "Fatto")
		k.does(s, video.Messages).Expect(http.StatusOK)
		k.does(s, video.Credentials).Expect(http.StatusOK)
		k.act(s, "/step", "step", "i", "tick_front", "on").Expect(http.StatusUnprocessableEntity)
		k.does(s, video.Document).Expect(http.StatusOK)
		k.does(s, video.HealthCard).Expect(http.StatusOK)
		k.does(s, video.Contract).Expect(http.StatusUnprocessableEntity, "Il contratto non è ancora firmato")
		w.signed(r)
		k.does(s, video.Contract).Expect(http.StatusOK)
		k.does(s, video.Actions).Expect(http.StatusUnprocessableEntity, "Prima estrai i gesti")
		k.act(s, "/draw", "gestures", "yes").Expect(http.StatusOK)
		k.act(s, "/draw", "gestures", "yes").Expect(http.StatusConflict, "già estratti") // until it suits
		k.act(s, "/draw", "gestures", "no").Expect(http.StatusOK)
		k.act(s, "/draw", "gestures", "no").Expect(http.StatusConflict)
		k.does(s, video.Actions).Expect(http.StatusOK)
		k.does(s, video.Summary).Expect(http.StatusOK, "Tutti i passi sono fatti")
		w.advance(6 * time.Minute) // the key has to answer again. A17
		k.identifies(s).Expect(http.StatusOK, "Persona riconosciuta")

		got := w.read(r)
		if got.State != enrolment.OperatorCheck || got.Collector != k.ID || got.Data.Verdict == nil || len(got.Data.Verdict.Evidence) != 3 {
			t.Fatalf("after the session: %s, collector %q, verdict %+v", got.State, got.Collector, got.Data.Verdict)
		}
		ended, err := w.store.Session(t.Context(), s.ID)
		if err != nil || ended.State != video.Ended || len(ended.Recordings) != 2 || ended.Manifest != got.Data.Verdict.Evidence[0] {
			t.Fatalf("session: %+v, %v", ended, err)
		}
		done, err := w.store.StepsDone(t.Context(), s.ID)
		if err != nil || len(done) != 13 {
			t.Fatalf("steps: %d, %v", len(done), err)
		}
		manifest, err := w.vault.Open(t.Context(), ended.Manifest, evidence.Access{By: "operator:x", Purpose: "test"})
		if err != nil || strings.Count(string(manifest.Content), "{ID:") != 13 {
			t.Fatalf("manifest: %s, %v", manifest.Content, err)
		}
		chat, err := w.vault.Open(t.Context(), got.Data.Verdict.Evidence[1], evidence.Access{By: "operator:x", Purpose: "test"})
		if err != nil || chat.Kind != "video_chat" || !json.Valid(chat.Content) || !strings.Contains(string(chat.Content), "Non sento") {
			t.Fatalf("chat: %s, %v", chat.Content, err)
		}
		k.does(s, video.Summary).Expect(http.StatusConflict)
		if lines, err := w.store.Chat(t.Context(), s.ID); err != nil || len(lines) != 0 {
			t.Errorf("what is evidence now lies beside it too: %v, %v", lines, err)
		}
	})
}

func TestE08NoSessionWithoutDocumentsOrConsent(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, false)
	w.post(w.applicant(r), "/enrol/video/now", "consent", "on").Expect(http.StatusUnprocessableEntity, "Prima carica le immagini")
	full := w.ready(2, amira, true)
	c := w.applicant(full)
	w.post(c, "/enrol/video/now").Expect(http.StatusUnprocessableEntity, "Senza questo consenso")
	w.post(c, "/enrol/video/book", "at", "2026-03-11T08:00:00Z").Expect(http.StatusUnprocessableEntity, "Senza questo consenso")
	k := w.operator(vera)
	w.post(k.Client, "/operator/video/next").Expect(http.StatusOK, "Adesso non aspetta nessuno")
	w.advance(12 * time.Hour)
	w.post(c, "/enrol/video/now", "consent", "on").Expect(http.StatusUnprocessableEntity, "Adesso gli operatori non ci sono")
}

func TestAStepNeedsBothSidesInTheRecording(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	w.waits(r)
	k := w.operator(vera)
	w.post(k.Client, "/operator/video/next").Expect(http.StatusOK)
	s := w.live(r)
	k.act(s, "/join", "offer", "o").Expect(http.StatusOK)
	k.does(s, video.Consent).Expect(http.StatusUnprocessableEntity, "mancano immagine o suono")
	w.media.restart() // the recording is lost
	k.does(s, video.Consent).Expect(http.StatusUnprocessableEntity, "La registrazione non va")
}

func TestASessionMayBeEndedAtEveryStepAndBegunAgain(t *testing.T) {
	w := one(t)
	k := w.operator(vera)
	for n, step := range video.Steps() {
		r := w.ready(n, amira, true)
		c := w.waits(r)
		w.advance(time.Second)
		s := k.meets(r, c)
		k.until(s, r, c, step)
		k.act(s, "/abort").Expect(http.StatusUnprocessableEntity, "Scegli perché")
		k.act(s, "/abort", "reason", "other").Expect(http.StatusUnprocessableEntity, "Scrivi che cosa")
		k.act(s, "/abort", "reason", "quality").Expect(http.StatusOK, "Sessione chiusa")
		got := w.read(r)
		if got.State != enrolment.ContractReady || got.Data.SignedNow() || w.media.end(s.ID) != "quality" {
			t.Fatalf("at step %s: %s, signed %v, streams %q", step, got.State, got.Data.SignedNow(), w.media.end(s.ID))
		}
		if mail := w.last(r.Data.Email); !strings.Contains(mail, "Cerca più luce") || !strings.Contains(mail, "/enrol/video") {
			t.Fatalf("the applicant is told: %s", mail)
		}
		c.Get(w.base+"/enrol/video").Expect(http.StatusOK, "Entra in attesa")
		w.advance(5 * time.Minute) // an operator takes twenty in an hour at most
	}
}

func TestASuspicionGoesToTheSpecialists(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	k := w.operator(vera)
	s := k.meets(r, w.waits(r))
	before := len(w.messages(r.Data.Email))
	k.act(s, "/abort", "reason", "fraud", "note", "Il volto ha bordi strani").Expect(http.StatusOK)
	if got := w.read(r); got.State != enrolment.FraudReview || got.Collector != k.ID || len(w.messages(r.Data.Email)) != before {
		t.Errorf("%s, collector %q, mails %d", got.State, got.Collector, len(w.messages(r.Data.Email))-before)
	}
	// What was recorded is there for them.
	if got, err := w.store.Session(t.Context(), s.ID); err != nil || got.Manifest == "" || len(got.Recordings) != 2 || got.Begun.IsZero() {
		t.Errorf("%+v, %v", got, err)
	}
}

// A13: a program in place of the camera is told to the operator and to who decides, and
// refuses nobody.
func TestA13AProgramInPlaceOfACameraIsShownAndRefusesNothing(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	k := w.operator(vera)
	s := k.meets(r, c)
	if k.Get(w.base + "/operator/video/" + s.ID).Expect(http.StatusOK).Has("è un programma") {
		t.Error("a camera without a name is a program")
	}
	w.post(c, "/enrol/video/session/join", "offer", "a", "camera", "OBS Virtual Camera", "cameras", "Camera di Amira\nManyCam").Expect(http.StatusOK)
	w.post(c, "/enrol/video/session/join", "offer", "a", "camera", "Camera di Amira").Expect(http.StatusOK)
	k.act(s, "/join", "offer", "o", "camera", "NDI Video").Expect(http.StatusOK) // the operator's own is no matter
	k.Get(w.base+"/operator/video/"+s.ID).Expect(http.StatusOK, "La fotocamera del richiedente è un programma: OBS.")
	if got := w.live(r); len(got.Signs) != 2 || strings.Contains(fmt.Sprint(got.Signs), "Amira") {
		t.Errorf("%+v", got.Signs)
	}
	k.until(s, r, c, "")
	k.identifies(s).Expect(http.StatusOK, "Persona riconosciuta")
	facts := map[string]string{}
	for _, f := range w.read(r).Data.Verdict.Facts {
		facts[f.Name] = f.Value
	}
	if facts["video_camera"] != "OBS" || facts["video_programs"] != "ManyCam" {
		t.Errorf("who decides reads %v", facts)
	}
}

// The servers of the configuration reach both browsers, each with a password of its own.
func TestBrowsersAreToldTheServersThatHelpThem(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	k := w.operator(vera)
	s := k.meets(r, c)
	for _, p := range []*webtest.Page{c.Get(w.base + "/enrol/video/session"), k.Get(w.base + "/operator/video/" + s.ID)} {
		var list []struct{ URLs, Username, Credential string }
		if err := json.Unmarshal([]byte(webtest.Attr(p.Find("[data-session]"), "data-servers")), &list); err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		want := fmt.Sprintf("%d:%s", w.clock().Add(time.Hour).Unix(), s.ID)
		if list[0].URLs != "stun:stun.example" || list[0].Credential != "" || list[1].Username != want || len(list[1].Credential) != 28 {
			t.Errorf("%+v", list)
		}
	}
}

// A34: lines about a session name the request and the step, not the person nor what was said.
func TestA34TheAuditLogOfASessionTellsNothingOfThePerson(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	k := w.operator(vera)
	s := k.meets(r, c)
	w.post(c, "/enrol/video/session/say", "text", "parola segreta").Expect(http.StatusOK)
	w.post(c, "/enrol/video/session/join", "offer", "a", "camera", "OBS di Amira").Expect(http.StatusOK)
	k.until(s, r, c, "")
	code := codeForm.FindString(w.last(r.Data.Phone))
	k.identifies(s).Expect(http.StatusOK, "Persona riconosciuta")
	rows, err := w.db.Read().QueryContext(t.Context(), `SELECT actor, subject, action, reason, detail FROM audit`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	steps := 0
	for rows.Next() {
		var actor, subject, action, reason, detail string
		if err := rows.Scan(&actor, &subject, &action, &reason, &detail); err != nil {
			t.Fatal(err)
		}
		if action == audit.VideoStep {
			steps++
		}
		line := strings.Join([]string{actor, subject, reason, detail}, " ")
		for _, secret := range []string{"Amira", "Prova", r.Data.Email, r.Data.Phone, amira, "segreta", code, r.Data.Document.Number, "OBS"} {
			if strings.Contains(line, secret) {
				t.Errorf("%s tells %q: %s", action, secret, line)
			}
		}
	}
	if err := rows.Err(); err != nil || steps != 13 {
		t.Errorf("%d lines about steps, %v", steps, err)
	}
}

// I14: who withdraws in a session is recorded no longer, whatever their browser does.
func TestWhoWithdrawsIsRecordedNoLonger(t *testing.T) {
	w := one(t)
	k := w.operator(vera)
	left, right := w.ready(1, amira, true), w.ready(2, "PRVMRA83E50A744X", true)
	s := k.meets(left, w.waits(left))
	w.took(w.read(left), enrolment.Withdraw, nil)
	second := k.meets(right, w.waits(right))
	run := func() {
		t.Helper()
		for _, job := range w.calls.Jobs() {
			if err := job.Run(t.Context(), w.clock()); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	if got := w.media.end(s.ID); got != "" {
		t.Fatalf("the streams were not left to who ended the session: %q", got)
	}
	w.advance(time.Minute)
	run()
	if got, other := w.media.end(s.ID), w.media.end(second.ID); got != "over" || other != "" {
		t.Errorf("streams of the withdrawn request %q, of another %q", got, other)
	}
	if got, err := w.store.Session(t.Context(), s.ID); err != nil || got.State != video.Aborted || got.Manifest == "" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Where the way is switched off, a session from before ends all the same.
func TestASessionEndsWhereThereAreNoStreams(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	w.operator(vera).meets(r, w.waits(r))
	off := *w.calls
	off.Media = nil
	w.advance(4 * time.Minute)
	for _, job := range off.Jobs() {
		if err := job.Run(t.Context(), w.clock()); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.read(r); got.State != enrolment.ContractReady {
		t.Errorf("the request stays in %s", got.State)
	}
}

func TestOfTwoOperatorsOneTakesTheApplicant(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.ready(1, amira, true)
		w.waits(r)
		desks := []*desk{w.operator(vera), w.operator(vito)}
		pages := make([]*webtest.Page, len(desks))
		var both sync.WaitGroup
		for i, k := range desks {
			both.Go(func() { pages[i] = w.post(k.Client, "/operator/video/next") })
		}
		both.Wait()
		got := 0
		for i, p := range pages {
			p.Expect(http.StatusOK)
			if p.Has("passo 1 di 13") {
				got++
				if w.live(r).Operator != desks[i].ID {
					t.Error("the session is somebody else's")
				}
			}
		}
		if got != 1 {
			t.Errorf("%d operators have the applicant", got)
		}
	})
}

func TestA16NobodyTakesTheirOwnRequestOrASessionOfAnother(t *testing.T) {
	w := one(t)
	mine := w.ready(1, own, true)
	w.waits(mine)
	v := w.operator(vito)
	w.post(v.Client, "/operator/video/next").Expect(http.StatusOK, "Adesso non aspetta nessuno")
	k := w.operator(vera)
	s := k.meets(mine, w.applicant(mine))
	for _, path := range []string{"", "/events", "/evidence/" + mine.Data.Pictures[enrolment.DocumentFront]} {
		v.Get(w.base + "/operator/video/" + s.ID + path).Expect(http.StatusNotFound)
	}
	for _, path := range []string{"/step", "/send", "/code", "/draw", "/abort", "/identify", "/say", "/join"} {
		v.act(s, path, "step", "a", "reason", "quality", "text", "ciao").Expect(http.StatusNotFound)
	}
	w.post(w.operator(remo).Client, "/operator/video/next").Expect(http.StatusForbidden)
	// An applicant names no session: theirs is found by who they are.
	other := w.ready(2, amira, true)
	w.post(w.applicant(other), "/enrol/video/session/say", "text", "ciao") // leads to their own request
	w.post(webtest.New(t), "/enrol/video/mail", "token", "x").Expect(http.StatusNotFound)
	if lines, err := w.store.Chat(t.Context(), s.ID); err != nil || len(lines) != 0 {
		t.Errorf("strangers wrote into the chat: %v, %v", lines, err)
	}
	k.Get(w.base + "/operator/video/" + s.ID + "/evidence/" + mine.Data.Contract.Evidence).Expect(http.StatusNotFound)
}

// Who ended a session, perhaps since they know the person, decides on the request no more
// than who identified.
func TestA16WhoWasInASessionDoesNotDecide(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	k := w.operator(vera)
	s := k.meets(r, c)
	k.act(s, "/abort", "reason", "known").Expect(http.StatusOK)
	w.waits(r)
	other := w.operator(vito)
	s = other.meets(r, c)
	other.until(s, r, c, "")
	other.identifies(s).Expect(http.StatusOK, "Persona riconosciuta")
	for _, who := range []*desk{k, other} {
		_, err := w.store.Take(t.Context(), review.Taking{Operator: who.ID, Now: w.clock(), Until: w.clock().Add(time.Hour), Filter: review.Filter{States: []enrolment.State{enrolment.OperatorCheck}}, Event: audit.Event{At: w.clock(), Role: "idp"}})
		if !errors.Is(err, review.ErrNone) {
			t.Errorf("%s may decide: %v", who.ID, err)
		}
	}
	n, err := w.store.Take(t.Context(), review.Taking{Operator: "remo", Now: w.clock(), Until: w.clock().Add(time.Hour), Filter: review.Filter{States: []enrolment.State{enrolment.OperatorCheck}}, Event: audit.Event{At: w.clock(), Role: "idp"}})
	if err != nil || n != r.Number {
		t.Errorf("%q, %v", n, err)
	}
}

func TestTheChatIsBounded(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	s := w.operator(vera).meets(r, c)
	w.post(c, "/enrol/video/session/say", "text", "").Expect(http.StatusBadRequest)
	w.post(c, "/enrol/video/session/say", "text", strings.Repeat("a", video.MaxLine+1)).Expect(http.StatusBadRequest)
	for range 20 {
		w.post(c, "/enrol/video/session/say", "text", "ciao").Expect(http.StatusOK)
	}
	w.post(c, "/enrol/video/session/say", "text", "ciao").Expect(http.StatusTooManyRequests)
	for n := 20; n < video.MaxLines; n++ {
		if err := w.store.AddLine(t.Context(), s.ID, video.Line{At: w.clock(), Side: "applicant", Text: "ciao"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.store.AddLine(t.Context(), s.ID, video.Line{At: w.clock(), Side: "applicant", Text: "ciao"}); err == nil {
		t.Error("the chat has no end")
	}
}

func TestASessionThatNobodyIsInIsEndedAndTheApplicantTold(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	k := w.operator(vera)
	s := k.meets(r, c)
	w.signed(r)
	w.media.restart() // the node stopped
	run := func() {
		t.Helper()
		for _, job := range w.calls.Jobs() {
			if err := job.Run(t.Context(), w.clock()); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	if got := w.read(r); got.State != enrolment.VideoLive {
		t.Fatalf("ended at once: %s", got.State)
	}
	w.advance(4 * time.Minute)
	run()
	if got, ended := w.read(r), func() video.Session { s, _ := w.store.Session(t.Context(), s.ID); return s }(); got.State != enrolment.ContractReady || ended.State != video.Aborted {
		t.Fatalf("%s, session %s", got.State, ended.State)
	}
	if !w.read(r).Data.SignedNow() {
		t.Error("the contract has to be signed anew because a line fell")
	}
	if mail := w.last(r.Data.Email); !strings.Contains(mail, "La linea è caduta") {
		t.Errorf("the applicant is told: %s", mail)
	}
	c.Get(w.base+"/enrol/video").Expect(http.StatusOK, "Entra in attesa")
}

// An applicant whose operator went away is not recorded alone until the session's time is over;
// an operator who is there waits for an applicant with a bad line as long as it takes.
func TestASessionLastsAsLongAsItsOperatorIsThere(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	k := w.operator(vera)
	s := k.meets(r, c)
	after := func(join func()) enrolment.State {
		t.Helper()
		w.advance(2 * time.Minute)
		join()
		w.advance(2 * time.Minute)
		for _, job := range w.calls.Jobs() {
			if err := job.Run(t.Context(), w.clock()); err != nil {
				t.Fatal(err)
			}
		}
		return w.read(r).State
	}
	if got := after(func() { k.act(s, "/join", "offer", "again").Expect(http.StatusOK) }); got != enrolment.VideoLive {
		t.Fatalf("with the operator in it: %s", got)
	}
	if got := after(func() { w.post(c, "/enrol/video/session/join", "offer", "again").Expect(http.StatusOK) }); got != enrolment.ContractReady || w.media.end(s.ID) != "cut" {
		t.Errorf("without the operator: %s, streams %q", got, w.media.end(s.ID))
	}
}

func TestTheApplicantMayLeave(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	s := w.operator(vera).meets(r, c)
	c.Get(w.base+"/enrol/video").Expect(http.StatusOK, "Passo 1 di 13") // after a reload they are in it again
	if _, err := c.Do(http.MethodPost, w.base+"/enrol/video/session/leave", map[string][]string{"x": {"y"}}, nil); err != nil {
		t.Fatal(err)
	}
	if got := w.read(r); got.State != enrolment.ContractReady || w.media.end(s.ID) != "left" {
		t.Errorf("%s, streams %q", got.State, w.media.end(s.ID))
	}
}

func TestNobodyWhoWentAwayIsCalled(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	w.advance(2 * time.Minute)
	k := w.operator(vera)
	w.post(k.Client, "/operator/video/next").Expect(http.StatusOK, "Adesso non aspetta nessuno")
	c.Get(w.base+"/enrol/video/waiting").Expect(http.StatusOK, "Riconoscimento in video", "Non sei più in attesa")
	if p := c.Get(w.base + "/enrol/video/waiting/place"); !strings.Contains(p.Body, `"to":"/enrol/video"`) {
		t.Errorf("a page that was asleep is told %s", p.Body)
	}
	c.Get(w.base+"/enrol/video").Expect(http.StatusOK, "Non sei più in attesa")
	w.post(c, "/enrol/video/now").Expect(http.StatusOK, "Il prossimo turno è tuo")
	w.took(w.read(r), enrolment.Withdraw, nil)
	w.post(k.Client, "/operator/video/next").Expect(http.StatusOK, "Adesso non aspetta nessuno")
}

func TestAnAppointmentGoesFirstAndWhoDoesNotComeIsTold(t *testing.T) {
	w := one(t)
	first, booked, late := w.ready(1, amira, true), w.ready(2, "PRVMRA83E50A744X", true), w.ready(3, "PRVMRA83E50A744Y", true)
	at := "2026-03-10T10:30:00Z"
	p := w.post(w.applicant(booked), "/enrol/video/book", "at", at, "consent", "on").Expect(http.StatusOK, "Il tuo appuntamento")
	w.post(w.applicant(booked), "/enrol/video/book", "at", at, "consent", "on").Expect(http.StatusOK, "Il tuo appuntamento") // pressed twice
	if p.Has("undefined") || !strings.Contains(w.last(booked.Data.Email), "/enrol/video") {
		t.Error("no mail about the appointment")
	}
	w.post(w.applicant(late), "/enrol/video/book", "at", at, "consent", "on").Expect(http.StatusUnprocessableEntity, "non è più libero")
	w.post(w.applicant(late), "/enrol/video/book", "at", "2026-03-10T11:00:00Z", "consent", "on").Expect(http.StatusOK)
	w.advance(50 * time.Minute) // 10:25
	w.waits(first)
	w.advance(time.Second)
	c := w.waits(booked)
	k := w.operator(vera)
	s := k.meets(booked, c)
	k.act(s, "/abort", "reason", "known").Expect(http.StatusOK)
	// Who does not come to the appointment is noted after ten minutes, and keeps the request.
	w.post(k.Client, "/operator/video/no-show", "number", string(late.Number)).Expect(http.StatusConflict)
	w.advance(50 * time.Minute) // 11:15
	k = w.operator(vito)
	k.Get(w.base+"/operator/video").Expect(http.StatusOK, "Non è venuto")
	w.post(k.Client, "/operator/video/no-show", "number", string(late.Number)).Expect(http.StatusOK, "Annotato")
	if got := w.read(late); got.State != enrolment.ContractReady || !strings.Contains(w.last(late.Data.Email), "non c’è stato") {
		t.Errorf("%s", got.State)
	}
}

// Nobody who waits is said not to have come: an operator was late, not they. // A16
func TestWhoWaitsHasComeToTheAppointment(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.applicant(r)
	p := w.post(c, "/enrol/video/book", "at", "2026-03-10T10:30:00Z").Expect(http.StatusUnprocessableEntity, "Senza questo consenso")
	if p.Form("form[action='/enrol/video/book']").Values.Get("at") != "2026-03-10T10:30:00Z" {
		t.Error("the time that was chosen is lost")
	}
	w.post(c, "/enrol/video/book", "at", "2026-03-10T10:30:00Z", "consent", "on").Expect(http.StatusOK)
	w.advance(125 * time.Minute) // 11:40, more than an hour after it
	w.waits(r)
	for _, job := range w.booking.Jobs() {
		if err := job.Run(t.Context(), w.clock()); err != nil {
			t.Fatal(err)
		}
	}
	k := w.operator(vera)
	w.post(k.Client, "/operator/video/no-show", "number", string(r.Number)).Expect(http.StatusConflict, "è in attesa adesso")
	if got := w.read(r); got.State != enrolment.VideoBooked || strings.Contains(w.last(r.Data.Email), "non c’è stato") {
		t.Errorf("%s: %s", got.State, w.last(r.Data.Email))
	}
	k.meets(r, c)
}

func TestTheJobsRemindAndLeadBackWhoDidNotCome(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	w.post(w.applicant(r), "/enrol/video/book", "at", "2026-03-11T09:00:00Z", "consent", "on").Expect(http.StatusOK)
	run := func() {
		t.Helper()
		for _, job := range w.booking.Jobs() {
			if err := job.Run(t.Context(), w.clock()); err != nil {
				t.Fatal(err)
			}
		}
	}
	run()
	if !strings.Contains(w.last(r.Data.Email), "ti ricordiamo") {
		t.Error("no reminder")
	}
	w.advance(25 * time.Hour)
	run()
	if got := w.read(r); got.State != enrolment.ContractReady || !strings.Contains(w.last(r.Data.Email), "non c’è stato") {
		t.Errorf("%s", got.State)
	}
}

func TestOnlyPagesThatFilmMayUseTheCamera(t *testing.T) {
	w := one(t)
	r := w.ready(1, amira, true)
	c := w.waits(r)
	k := w.operator(vera)
	s := k.meets(r, c)
	for path, films := range map[string]bool{"/enrol/video/session": true, "/enrol/video/mail?token=x": false} {
		p := c.Get(w.base + path)
		if got := strings.Contains(p.Header.Get("Permissions-Policy"), "camera=(self)"); got != films {
			t.Errorf("%s films: %v", path, got)
		}
	}
	if !strings.Contains(k.Get(w.base+"/operator/video/"+s.ID).Header.Get("Permissions-Policy"), "microphone=(self)") {
		t.Error("the operator has no microphone")
	}

}
