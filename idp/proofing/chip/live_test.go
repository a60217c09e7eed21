package chip_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/proofing/chip"
	"atrio/idp/proofing/video/studio"
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
	f, err := footage()
	if err != nil {
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
	d, err := studio.Verify(t.Context(), w.ring, studio.Working(w.vault, evidence.Access{By: "system:test", Purpose: "prova"}), proof[len(proof)-1])
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

var _ = chip.RelayPath
