package chip_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/idp/proofing/video/studio/studiotest"
	"atrio/mrtd/mrtdtest"
)

// footage is what a camera sees.
var footage = sync.OnceValues(func() (studiotest.Footage, error) { return studiotest.Film(320, 240, 300) })

// camera is a browser that films: its streams, and what its page is told.
type camera struct {
	*applicant
	client *studiotest.Client
	mark   int
	played chan error
}

// cue is what a page is told.
type cue struct {
	Mark, N, Of  int
	Text, Colour string
	Done, Waits  bool
	Cut          string
}

// ask sends a request of the page's script.
func (a *applicant) ask(method, path string, form url.Values) (status int, body []byte) {
	a.T.Helper()
	r, err := http.NewRequestWithContext(a.T.Context(), method, a.w.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		a.T.Fatal(err)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Origin", a.w.base)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := a.HTTP.Do(r)
	if err != nil {
		a.T.Fatal(err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		a.T.Fatal(err)
	}
	return res.StatusCode, body
}

// films begins a film; the camera is on.
func (a *applicant) films(pairs ...string) (*camera, int) {
	a.T.Helper()
	client, err := studiotest.New()
	if err != nil {
		a.T.Fatal(err)
	}
	a.T.Cleanup(func() { _ = client.Close() })
	f, err := footage() // before the film: it waits for nobody
	if err != nil {
		a.T.Fatal(err)
	}
	offer, err := client.Offer()
	if err != nil {
		a.T.Fatal(err)
	}
	form := url.Values{"offer": {offer}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	status, body := a.ask(http.MethodPost, "/enrol/chip/face/live", form)
	c := &camera{applicant: a, client: client, played: make(chan error, 1)}
	if status != http.StatusOK {
		return c, status
	}
	var said struct{ Answer string }
	if err := json.Unmarshal(body, &said); err != nil {
		a.T.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(a.T.Context(), time.Minute)
	defer cancel()
	if err := client.Enter(ctx, said.Answer); err != nil {
		a.T.Fatal(err)
	}
	go func() { c.played <- client.Play(f, time.Minute) }()
	return c, status
}

// told waits for what is told next.
func (c *camera) told() (n cue) {
	c.T.Helper()
	for range 60 {
		status, body := c.ask(http.MethodGet, fmt.Sprint("/enrol/chip/face/live/cue?seen=", c.mark), nil)
		if err := json.Unmarshal(body, &n); err != nil || status != http.StatusOK {
			c.T.Fatalf("%d %s %v", status, body, err)
		}
		if n.Mark != c.mark {
			c.mark = n.Mark
			return n
		}
	}
	c.T.Fatal("nothing is told")
	return n
}

func (c *camera) press(do string) {
	c.T.Helper()
	if status, body := c.ask(http.MethodPost, "/enrol/chip/face/live/cue", url.Values{"do": {do}}); status != http.StatusNoContent {
		c.T.Fatalf("%d %s", status, body)
	}
}

// follows does what is asked for until the end, and gives what was asked.
func (c *camera) follows() (asked []cue, end cue) {
	c.T.Helper()
	for {
		n := c.told()
		switch {
		case n.Done || n.Cut != "":
			return asked, n
		case n.Text != "":
			asked = append(asked, n)
			if n.Waits {
				c.press("next")
			}
			c.w.ahead.Add(int64(800 * time.Millisecond)) // most of what it is shown at least
		}
	}
}

// ready is an applicant whose document was read and whose contract is signed.
func (w *world) ready(n int) *applicant {
	w.t.Helper()
	a := w.apply(n, nil)
	if err := a.present(mrtdtest.Insert(withKey(amira()))); err != nil {
		w.t.Fatal(err)
	}
	a.signed()
	return a
}

// A13: what is asked for is told one by one while the server records, and stands in the
// recording's manifest with its time.
func TestA13TheFaceIsFilmedWhileTheServerSaysWhatToDo(t *testing.T) {
	w := one(t)
	a := w.ready(0)
	page := a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Filma il viso adesso", "Puoi provare 3 volte", "Oppure manda un video")
	if !strings.Contains(page.Body, "turns:turn.example:443") {
		t.Error("the browser is not told which servers help it")
	}
	if strings.Contains(page.Body, "Gira la testa") || strings.Contains(page.Body, "Di’ ad alta voce") {
		t.Error("the page says beforehand what will be asked for")
	}
	c, _ := a.films("camera", "FaceTime HD", "devices", "FaceTime HD\nOBS Virtual Camera\n")
	asked, end := c.follows()
	if !end.Done || len(asked) != 7 || asked[0].Text != "Guarda la fotocamera" || asked[5].Colour == "" || asked[6].Colour == "" || asked[5].Colour == asked[6].Colour {
		t.Fatalf("%+v, %+v", asked, end)
	}
	a.Submit(a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Il video è pronto", "Rifai il video").Form("form[action=/enrol/chip/face/live/send]"))
	r := a.request()
	if r.State != enrolment.OperatorCheck || r.Data.Verdict.Film == nil || !r.Data.Verdict.Film.Live || len(r.Data.Verdict.Film.Cues) != 7 {
		t.Fatalf("%s %+v", r.State, r.Data.Verdict)
	}
	told := factsOf(r)
	if told["face_how"] != "dal vivo" || told["face_camera"] != "FaceTime HD" || told["face_devices"] != "OBS Virtual Camera" || !strings.HasPrefix(told["face_quality"], "320×240") {
		t.Errorf("%v", told)
	}
	if sorted(r.Data.Verdict.Doubts) != "face face_camera" {
		t.Errorf("doubts %v", r.Data.Verdict.Doubts)
	}
	proof := r.Data.Verdict.Evidence
	d, err := manifest.Verify(t.Context(), w.ring, manifest.Working(w.vault, evidence.Access{By: "system:test", Purpose: "prova"}), proof[len(proof)-1])
	if err != nil {
		t.Fatal(err)
	}
	if d.Aborted != "" || d.Operator != "" || d.Script != "face-live-v1" || len(d.Steps) != 7 || len(d.Sides) != 1 || d.Sides[0].Recording != proof[len(proof)-2] || d.Sides[0].Recording != r.Data.Verdict.Film.Recording {
		t.Errorf("%+v", d)
	}
	last := time.Duration(-1)
	for i, one := range r.Data.Verdict.Film.Cues {
		if one.Offset <= last || one.Offset > time.Duration(d.Length)*time.Millisecond || d.Steps[i].Note != one.Note || !strings.HasSuffix(one.Key, "."+d.Steps[i].ID) {
			t.Errorf("%d: %+v, %+v in %d ms", i, one, d.Steps[i], d.Length)
		}
		last = one.Offset
	}
}

// A13: nothing of a film can be brought along: neither streams of a second browser, nor the
// next cue before the present one, nor an upload in its place.
func TestA13AFilmTakesInNothingPrepared(t *testing.T) {
	w := one(t)
	a := w.ready(0)
	if status, _ := a.ask(http.MethodPost, "/enrol/chip/face/live", url.Values{"offer": {"v=0"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("no offer: %d", status)
	}
	if status, _ := a.ask(http.MethodPost, "/enrol/chip/face/live", url.Values{"offer": {strings.Repeat("x", 70<<10)}}); status != http.StatusRequestEntityTooLarge {
		t.Errorf("an offer of 70 KB: %d", status)
	}
	if status, _ := a.ask(http.MethodGet, "/enrol/chip/face/live/cue?seen=0", nil); status != http.StatusGone {
		t.Errorf("cues without a film: %d", status)
	}
	a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Puoi provare 3 volte") // what never began is no try
	c, _ := a.films()
	if _, status := a.films(); status != http.StatusConflict {
		t.Errorf("a second camera: %d", status)
	}
	first := c.told()
	if first.N != 1 || first.Text == "" {
		t.Fatalf("%+v", first)
	}
	w.ahead.Add(-int64(5 * time.Second)) // however long this machine takes, the cue is young
	c.press("next")
	c.press("next") // twice is not two cues
	status, body := a.ask(http.MethodGet, "/enrol/chip/face/live/cue?seen=0", nil)
	var early cue
	if err := json.Unmarshal(body, &early); err != nil || status != http.StatusOK || early.N != 1 {
		t.Errorf("the next cue came early: %s", body)
	}
	w.ahead.Add(int64(5 * time.Second))
	for _, seen := range []string{"", "-1", "999", "x"} {
		if status, _ := a.ask(http.MethodGet, "/enrol/chip/face/live/cue?seen="+seen, nil); status != http.StatusBadRequest {
			t.Errorf("seen=%s: %d", seen, status)
		}
	}
	if status, _ := a.ask(http.MethodPost, "/enrol/chip/face/live/cue", url.Values{"do": {"skip"}}); status != http.StatusBadRequest {
		t.Errorf("%d", status)
	}
	a.ask(http.MethodPost, "/enrol/chip/face/live/send", nil) // before its end
	if r := a.request(); r.State != enrolment.ChipRead {
		t.Fatal(r.State)
	}
	c.follows()
	a.Submit(a.Get(w.base + "/enrol/chip/face").Form("form[action=/enrol/chip/face/live/send]"))
	if r := a.request(); r.State != enrolment.OperatorCheck {
		t.Fatal(r.State)
	}
	a.ask(http.MethodPost, "/enrol/chip/face/live/send", nil) // once more
	if r := a.request(); r.State != enrolment.OperatorCheck || len(r.Data.Verdict.Evidence) != 4 {
		t.Errorf("%+v", r.Data.Verdict)
	}
}

// A film that is cut keeps what was finished and is no film; three may begin, then the
// document is read again.
func TestACutFilmKeepsItsSegmentsAndMayBeRepeated(t *testing.T) {
	w := one(t)
	a := w.ready(0)
	cut := func(how func(c *camera), want string) {
		t.Helper()
		c, status := a.films()
		if status != http.StatusOK {
			t.Fatal(status)
		}
		c.told()
		how(c)
		for {
			if n := c.told(); n.Cut != "" || n.Done {
				if n.Cut != want {
					t.Errorf("%+v, want %q", n, want)
				}
				return
			}
		}
	}
	cut(func(c *camera) { c.press("stop") }, "L’hai interrotto. Prova ancora quando vuoi.")
	a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Il video non è finito", "Puoi provare 2 volte")
	cut(func(c *camera) {
		if err := c.client.Close(); err != nil {
			t.Fatal(err)
		}
	}, "Il collegamento si è interrotto. Prova ancora.")
	third, _ := a.films()
	third.told()
	w.ahead.Add(int64(13 * time.Second)) // nobody asks any more
	w.until("the film is cut", func() bool { return w.audited("face_gone") })
	if !w.audited("face_stopped") || !w.audited("face_lost") {
		t.Error("a film that was cut has no line")
	}
	if _, status := a.films(); status != http.StatusTooManyRequests {
		t.Errorf("a fourth film: %d", status)
	}
	if p := a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Hai già provato tre volte"); strings.Contains(p.Body, "data-face=") {
		t.Error("the page offers a fourth film")
	}
	items, err := w.vault.List(t.Context(), a.id)
	if err != nil {
		t.Fatal(err)
	}
	recordings, manifests := map[string]bool{}, 0
	for _, i := range items {
		if i.Recording != "" {
			recordings[i.Recording] = true
		}
		if i.Kind != evidence.VideoManifest {
			continue
		}
		manifests++
		if d, err := manifest.Verify(t.Context(), w.ring, manifest.Working(w.vault, evidence.Access{By: "system:test", Purpose: "prova"}), i.ID); err != nil || d.Aborted == "" {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if len(recordings) != 3 || manifests != 3 {
		t.Errorf("%d recordings, %d manifests", len(recordings), manifests)
	}
	w.advance(time.Minute)
	if err := a.present(mrtdtest.Insert(withKey(amira()))); err != nil { // another reading, other tries
		t.Fatal(err)
	}
	a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Puoi provare 3 volte")
}

// A14: who relays somebody else's chip does not have their face: without a film of this
// reading nothing goes to operators, and time passes.
func TestA14ARelayedChipWantsAFaceOfTheSameHour(t *testing.T) {
	w := one(t)
	a := w.ready(0)
	c, _ := a.films("gestures", "no")
	asked, end := c.follows()
	if !end.Done || len(asked) != 6 || !strings.HasPrefix(asked[1].Text, "Di’ ad alta voce") {
		t.Fatalf("%+v, %+v", asked, end)
	}
	send := func() { a.ask(http.MethodPost, "/enrol/chip/face/live/send", nil) }
	if err := a.present(mrtdtest.Insert(withKey(amira()))); err != nil { // another document, or the same: read anew
		t.Fatal(err)
	}
	w.advance(time.Minute)
	if err := a.present(mrtdtest.Insert(withKey(amira()))); err != nil {
		t.Fatal(err)
	}
	send()
	if r := a.request(); r.State != enrolment.ChipRead {
		t.Fatal("a film from before the reading was taken")
	}
	c, _ = a.films()
	if _, end = c.follows(); !end.Done {
		t.Fatalf("%+v", end)
	}
	w.advance(time.Hour)
	send()
	if r := a.request(); r.State != enrolment.ChipRead {
		t.Fatal("a film of more than an hour after the reading was taken")
	}
	if status, _ := a.ask(http.MethodPost, "/enrol/chip/face/live", url.Values{"offer": {"v=0"}}); status != http.StatusConflict {
		t.Errorf("a film begins more than an hour after the reading: %d", status)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.refused) < 2 || w.refused[0].Reason != "chip.film.apart" {
		t.Errorf("%+v", w.refused)
	}
}

// A film is 90 seconds at most; more than a node takes wait.
func TestFilmsHaveBounds(t *testing.T) {
	w := one(t)
	a := w.ready(0)
	c, _ := a.films()
	c.told()
	var others []*applicant
	for n := 1; n < 3; n++ {
		b := w.apply(n, func(d *enrolment.Data) { d.Document.Number = fmt.Sprintf("CA0000%dAA", n+1) })
		p := amira()
		p.Number = fmt.Sprintf("CA0000%dAA", n+1)
		if err := b.present(mrtdtest.Insert(withKey(p))); err != nil {
			t.Fatal(err)
		}
		b.signed()
		others = append(others, b)
	}
	if _, status := others[0].films(); status != http.StatusOK {
		t.Errorf("a second person: %d", status)
	}
	if _, status := others[1].films(); status != http.StatusServiceUnavailable {
		t.Errorf("more than the node takes: %d", status)
	}
	others[1].Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Puoi provare 3 volte")
}

// until waits for something that other goroutines bring about.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for !is() {
		select {
		case <-tick.C:
		case <-late:
			w.t.Fatalf("it does not happen: %s", what)
		}
	}
}

// A13: a film that is a file is marked for who decides.
func TestA13AFilmThatIsAFileIsMarked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for n, way := range []string{"upload", "live"} {
			a := w.apply(n, func(d *enrolment.Data) { d.Document.Number = data(n) })
			p := amira()
			p.Number = data(n)
			if err := a.present(mrtdtest.Insert(withKey(p))); err != nil {
				t.Fatal(err)
			}
			a.signed()
			if way == "upload" {
				page := a.Submit(a.Get(w.base + "/enrol/chip/face").Form("form[action=/enrol/chip/face/task]"))
				a.Upload(page.FormWith("film"), map[string][]byte{"film": webm(40 << 10)})
			} else {
				c, _ := a.films()
				c.follows()
				a.ask(http.MethodPost, "/enrol/chip/face/live/send", nil)
			}
			r := a.request()
			if r.State != enrolment.OperatorCheck || r.Data.Verdict.Film.Live != (way == "live") {
				t.Fatalf("%s: %s %+v", way, r.State, r.Data.Verdict)
			}
			if marked := slices.Contains(r.Data.Verdict.Doubts, "face_upload"); marked != (way == "upload") {
				t.Errorf("%s: doubts %v", way, r.Data.Verdict.Doubts)
			}
			// What the sample of second looks goes by: idp/second_look_test.go.
			var used int
			if err := w.db.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM face_task WHERE request = $1 AND used_at > 0`, r.ID).Scan(&used); err != nil || used != map[string]int{"upload": 1}[way] {
				t.Errorf("%s: %d, %v", way, used, err)
			}
		}
	})
}

// Where files are not taken, nobody sends one.
func TestWithoutUploadsThereIsNoFormForThem(t *testing.T) {
	w := open(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), func(c *chip.Chip) { c.Upload = false })
	a := w.ready(0)
	if p := a.Get(w.base+"/enrol/chip/face").Expect(http.StatusOK, "Filma il viso adesso", "o cambia metodo"); p.Has("manda un video") || strings.Contains(p.Body, "multipart") {
		t.Error("a file is asked for")
	}
	for _, path := range []string{"/enrol/chip/face", "/enrol/chip/face/task"} {
		if status, _ := a.ask(http.MethodPost, path, nil); status != http.StatusNotFound && status != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", path, status)
		}
	}
}
