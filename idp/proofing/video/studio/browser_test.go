package studio_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/idp/proofing/video/studio/offer"
)

// page is a browser's side of a session, as short as it can be.
const page = `<!doctype html><title>studio</title><script>
(async () => {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360, frameRate: 25 } });
  const pc = new RTCPeerConnection();
  media.getTracks().forEach((track) => pc.addTrack(track, media));
  await pc.setLocalDescription();
  if (pc.iceGatheringState !== 'complete') await new Promise((done) => pc.addEventListener('icegatheringstatechange', () => pc.iceGatheringState === 'complete' && done()));
  const answer = await fetch('/join', { method: 'POST', body: pc.localDescription.sdp });
  if (!answer.ok) throw new Error(await answer.text());
  await pc.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
})().catch((fault) => fetch('/fault', { method: 'POST', body: String(fault) }));
</script>`

// quarters are the colours of the picture that is shown to the camera.
var quarters = [4][3]int{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}}

// What a real browser shows to its camera is what is found in the store of evidence.
func TestWhatWasShownIsWhatIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	w.open(t, both...)
	faults := make(chan string, 1)
	site := http.NewServeMux()
	site.HandleFunc("GET /{$}", func(out http.ResponseWriter, _ *http.Request) { fmt.Fprint(out, page) })
	site.HandleFunc("POST /join", func(out http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(out, r.Body, offer.MaxBytes))
		if err == nil {
			var answer string
			if answer, err = w.Join(r.Context(), "session-1", studio.Applicant, string(body)); err == nil {
				fmt.Fprint(out, answer)
				return
			}
		}
		http.Error(out, err.Error(), http.StatusUnprocessableEntity)
	})
	site.HandleFunc("POST /fault", func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 4096))
		select {
		case faults <- string(body):
		default:
		}
	})
	server := httptest.NewServer(site)
	defer server.Close()
	leave := browse(t, server.URL+"/")
	until(t, "segments of the browser are kept", func() bool {
		select {
		case fault := <-faults:
			t.Fatal(fault)
		default:
		}
		s, _ := w.Stats("session-1")
		return s.Sides[studio.Applicant].Segments >= 3
	})
	s, _ := w.Stats("session-1")
	if a := s.Sides[studio.Applicant]; !a.Connected || !a.Audio || !a.Video {
		t.Errorf("%+v", a)
	}
	leave()
	paper, recordings, err := w.Finish(t.Context(), "session-1", said)
	if err != nil || len(recordings) != 1 {
		t.Fatal(recordings, err)
	}
	if _, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), paper); err != nil {
		t.Error(err)
	}
	content := w.contents(t, recordings[0])
	p := probe(t, content)
	if p["vp8"].packets < 20 || p["opus"].packets < 50 || p["opus"].first-p["vp8"].first > 1 || p["vp8"].first-p["opus"].first > 1 {
		t.Errorf("%+v", p)
	}
	got := lastPicture(t, content)
	for i, want := range quarters {
		for c := range want {
			if d := int(got[3*i+c]) - want[c]; d > 60 || d < -60 {
				t.Errorf("quarter %d is %v, shown was %v", i, got[3*i:3*i+3], want)
				break
			}
		}
	}
}

// browse opens a page in Chromium, whose camera sees the four quarters.
func browse(t *testing.T, url string) (leave func()) {
	t.Helper()
	dir := t.TempDir()
	shown := filepath.Join(dir, "shown.y4m")
	if out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=0xFF0000:s=320x180:r=25", "-f", "lavfi", "-i", "color=0x00FF00:s=320x180:r=25",
		"-f", "lavfi", "-i", "color=0x0000FF:s=320x180:r=25", "-f", "lavfi", "-i", "color=0xFFFFFF:s=320x180:r=25",
		"-filter_complex", "[0][1]hstack[a];[2][3]hstack[b];[a][b]vstack,format=yuv420p", "-t", "1", shown).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, out)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, cmp.Or(os.Getenv("ATRIO_CHROMIUM"), "/usr/bin/chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream",
		"--use-fake-device-for-media-stream", "--use-file-for-fake-video-capture="+shown, "--user-data-dir="+filepath.Join(dir, "profile"), url)
	// Its helpers are of its group, and end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		stop()
		t.Fatal(err)
	}
	leave = func() {
		stop()
		_ = cmd.Wait() // it was killed
	}
	t.Cleanup(leave)
	return leave
}

// lastPicture gives the mean colours of the four quarters of the last picture.
func lastPicture(t *testing.T, webm []byte) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stored.webm")
	if err := os.WriteFile(file, webm, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffmpeg", "-v", "error", "-i", file, "-map", "0:v", "-vf", "format=rgb24,scale=2:2:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24", "-").Output()
	if err != nil || len(out) < 12 {
		t.Fatal(len(out), err)
	}
	return out[len(out)-12:]
}
