package console_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/idp/proofing/video/studio/studiotest"
	"atrio/web/webtest"
)

// With real streams: no end before the last step; then the manifest has the thirteen with
// their times, and both recordings last as long as the session. // E08, A33
func TestE08TheManifestHasThirteenStepsAndBothRecordingsLast(t *testing.T) {
	var st *studio.Studio
	w := openWith(t, dbtest.SQLite(t, shareddb.Module(), idpdb.Module()), func(w *world) video.Media {
		st = &studio.Studio{Config: studio.Config{UDP: "127.0.0.1:0"}, Vault: w.vault, Ring: keyring(), Now: w.clock}
		return st
	})
	t.Cleanup(func() {
		if err := st.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	r := w.ready(1, amira, true)
	c := w.waits(r)
	k := w.operator(vera)
	w.post(k.Client, "/operator/video/next").Expect(http.StatusOK, "passo 1 di 13")
	s := w.live(r)
	stop := make(chan struct{})
	ended := make(chan error, 2)
	for path, who := range map[string]*webtest.Client{"/enrol/video/session/join": c, "/operator/video/" + s.ID + "/join": k.Client} {
		go func(browser *studiotest.Client) { ended <- browser.Roll(stop, footage(t)) }(w.enters(who, path))
	}
	k.flows(s)
	for _, step := range video.Steps()[1:] {
		k.identifies(s).Expect(http.StatusConflict, "Mancano passi dello schema")
		w.advance(time.Second)
		k.only(s, r, c, step)
	}
	k.identifies(s).Expect(http.StatusOK, "Persona riconosciuta")
	close(stop)
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	got, err := w.store.Session(t.Context(), s.ID)
	if err != nil || got.State != video.Ended || len(got.Recordings) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	d, err := manifest.Verify(t.Context(), keyring(), manifest.Working(w.vault, evidence.Access{By: "op-remo", Purpose: "test"}), got.Manifest)
	if err != nil || d.Aborted != "" || d.Session != s.ID || d.Operator != k.ID || d.Script != video.Script || len(d.Steps) != 13 {
		t.Fatalf("%+v, %v", d, err)
	}
	for i, step := range d.Steps {
		if step.ID != string(video.Steps()[i]) || i > 0 && !step.At.After(d.Steps[i-1].At) || step.At.Before(s.Opened) {
			t.Errorf("step %d: %+v", i, step)
		}
	}
	for _, id := range got.Recordings {
		for kind, lasts := range w.decoded(id) {
			if want := time.Duration(d.Length)*time.Millisecond - time.Second; lasts < want {
				t.Errorf("recording %s: %s of %v, want %v", id, kind, lasts, want)
			}
		}
	}
	// Who recorded does not decide. // A16
	if got := w.read(r); got.State != enrolment.OperatorCheck || got.Collector != k.ID {
		t.Errorf("%s, %q", got.State, got.Collector)
	}
}

// enters joins a session by its address, as the page does.
func (w *world) enters(who *webtest.Client, path string) *studiotest.Client {
	t := w.t
	t.Helper()
	browser, err := studiotest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = browser.Close() })
	offer, err := browser.Offer()
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Answer string }
	if p := w.post(who, path, "offer", offer); json.Unmarshal([]byte(p.Body), &said) != nil {
		t.Fatalf("%d: %s", p.Status, p.Body)
	}
	ctx, done := context.WithTimeout(t.Context(), time.Minute)
	defer done()
	if err := browser.Enter(ctx, said.Answer); err != nil {
		t.Fatal(err)
	}
	return browser
}

// flows waits until both sides are in the recording, so that the first step counts.
func (k *desk) flows(s video.Session) {
	k.T.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	for k.does(s, video.Consent).Status != http.StatusOK {
		select {
		case <-tick.C:
		case <-late:
			k.T.Fatal("nothing comes")
		}
	}
}

func footage(t *testing.T) studiotest.Footage {
	f, err := studiotest.Film(320, 240, 400)
	if err != nil {
		t.Error(err)
	}
	return f
}

// decoded decodes a recording with a program that is not ours, and says how long each stream is.
func (w *world) decoded(id string) map[string]time.Duration {
	t := w.t
	t.Helper()
	p, err := w.vault.OpenRecording(t.Context(), id, evidence.Access{By: "op-remo", Purpose: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for n := range p.Segments {
		part, err := p.Segment(t.Context(), n+1)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, part...)
	}
	file := filepath.Join(t.TempDir(), "recording.webm")
	if err := os.WriteFile(file, all, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", file, "-fps_mode", "vfr", "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("ffmpeg does not decode it: %v\n%s", err, out)
	}
	lasts := map[string]time.Duration{}
	for _, kind := range []string{"v:0", "a:0"} {
		out, err := exec.Command("ffprobe", "-v", "error", "-select_streams", kind, "-show_entries", "packet=pts_time", "-of", "csv=p=0", file).Output()
		if err != nil {
			t.Fatal(err)
		}
		times := strings.Fields(strings.ReplaceAll(string(out), ",", " "))
		if len(times) == 0 {
			t.Fatalf("%s: nothing of it", kind)
		}
		last, err := strconv.ParseFloat(times[len(times)-1], 64)
		if err != nil {
			t.Fatal(err)
		}
		lasts[kind] = time.Duration(last * float64(time.Second))
	}
	return lasts
}
