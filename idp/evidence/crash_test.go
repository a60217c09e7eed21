package evidence_test

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"atrio/base/audit"
	"atrio/base/keys/archivekey"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
)

// crashVariable tells this test binary to be the child of a crash test: URL, directory,
// point and number, one a line.
const crashVariable = "ATRIO_TEST_EVIDENCE_CHILD"

func TestMain(m *testing.M) {
	if orders := os.Getenv(crashVariable); orders != "" {
		fmt.Fprintln(os.Stderr, keepForEver(context.Background(), strings.Split(orders, "\n")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// content of the segment or item of that number.
func content(number int) []byte { return fmt.Append(nil, strings.Repeat("contenuto ", 1000), number) }

// keepForEver keeps items and segments by turns, and acknowledges each on standard
// output. It ends only by being killed, or by killing itself at the ordered point.
func keepForEver(ctx context.Context, orders []string) error {
	d, err := db.Open(ctx, orders[0])
	if err != nil {
		return err
	}
	offline, err := archivekey.Parse([]string{identity().Recipient().String()})
	if err != nil {
		return err
	}
	store := idpdb.NewStore(d, ring(1), nil)
	v := &evidence.Vault{Store: store, Keeping: store, Ring: ring(1), Offline: offline, Dir: orders[1], Now: present.Local}
	left, err := strconv.Atoi(orders[3])
	if err != nil {
		return err
	}
	v.CrashAt(func(point string) error {
		if point == orders[2] {
			if left--; left == 0 {
				self, err := os.FindProcess(os.Getpid())
				if err != nil {
					return err
				}
				_ = self.Kill()
				select {}
			}
		}
		return nil
	})
	r, err := v.Record(ctx, evidence.NewRecording{Request: "request-1", Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "operator-1"})
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		i, err := r.Append(ctx, content(n))
		if err != nil {
			return err
		}
		fmt.Println("segment", r.ID(), i.Segment)
		if i, err = v.Put(ctx, evidence.New{Request: "request-1", Kind: evidence.Portrait, MediaType: "image/jpeg", Author: "applicant-1", Content: content(n)}); err != nil {
			return err
		}
		fmt.Println("item", i.ID, n)
	}
}

// acknowledged is what a child told before it died.
type acknowledged struct {
	recording string
	segments  int
	items     map[string]int
}

// kill runs a child until it has told that many things, or ends itself.
func kill(t *testing.T, after int, orders ...string) (told acknowledged) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), crashVariable+"="+strings.Join(orders, "\n"))
	var said strings.Builder
	child.Stderr = &said
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	told.items = map[string]int{}
	seen := 0
	for lines := bufio.NewScanner(out); lines.Scan(); seen++ {
		if seen+1 == after {
			_ = child.Process.Kill()
		}
		// What was still in the pipe is acknowledged too.
		word := strings.Fields(lines.Text())
		if len(word) != 3 {
			t.Fatalf("%q", lines.Text())
		}
		n, err := strconv.Atoi(word[2])
		if err != nil {
			t.Fatal(err)
		}
		if word[0] == "segment" {
			told.recording, told.segments = word[1], n
		} else {
			told.items[word[1]] = n
		}
	}
	if err := child.Wait(); err == nil || said.Len() > 0 {
		t.Fatalf("the child ended by itself: %v, %s", err, &said)
	}
	return told
}

// whole checks after a crash that nothing acknowledged is lost, and gives the number of
// segments.
func (w *world) whole(t *testing.T, told acknowledged) int {
	t.Helper()
	if err := w.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, n := range told.items {
		if got, err := w.Open(t.Context(), id, work); err != nil || string(got.Content) != string(content(n)) {
			t.Fatalf("item %d: %v", n, err)
		}
	}
	if told.recording == "" {
		return 0
	}
	p, err := w.OpenRecording(t.Context(), told.recording, work)
	if err != nil || len(p.Segments) < told.segments || len(p.Segments) > told.segments+1 {
		t.Fatalf("%d segments told, %d found, %v", told.segments, len(p.Segments), err)
	}
	all, err := play(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for n, s := range all {
		if s != string(content(n+1)) {
			t.Fatalf("segment %d is another", n+1)
		}
	}
	return len(all)
}

func TestNothingAcknowledgedIsLostAtAnyPoint(t *testing.T) {
	dice := rand.New(rand.NewPCG(20260310, 5)) //nolint:gosec // seeded points
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		w := open(t, dbtest.Open(t, rawURL), rawURL, directory(t))
		for range 4 {
			w.whole(t, kill(t, 1+dice.IntN(40), rawURL, w.Dir, "", "0"))
		}
	}, shareddb.Module(), idpdb.Module())
}

func TestASegmentIsKeptOnceItsFileIsWritten(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		w := open(t, dbtest.Open(t, rawURL), rawURL, directory(t))
		for _, c := range []struct {
			point string
			want  int // of the fifth segment nothing is there, or its file
		}{{"segment half written", 4}, {"segment written", 5}} {
			told := kill(t, 0, rawURL, w.Dir, c.point, "5")
			if told.segments != 4 || len(told.items) != 4 {
				t.Fatalf("%s: %+v", c.point, told)
			}
			if n := w.whole(t, told); n != c.want {
				t.Errorf("%s: %d segments, want %d", c.point, n, c.want)
			}
		}
		if lines := w.lines(t, audit.EvidenceRecovered); len(lines) != 1 || !strings.Contains(lines[0], `"segment":"5"`) {
			t.Errorf("%q", lines)
		}
		// What the crash left goes with the recordings.
		if err := w.SetRetention(t.Context(), "request-1", present, "identity", "system:identity"); err != nil {
			t.Fatal(err)
		}
		if err := w.DestroyDue(t.Context(), present); err != nil {
			t.Fatal(err)
		}
		if left := files(t, w.Dir); len(left) != 0 {
			t.Errorf("%q", left)
		}
	}, shareddb.Module(), idpdb.Module())
}

func TestArchivingFindsWhatACrashLeft(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		w := open(t, dbtest.Open(t, rawURL), rawURL, directory(t))
		told := kill(t, 0, rawURL, w.Dir, "segment written", "2")
		if err := w.Archive(t.Context(), "request-1", "operator-1"); err != nil {
			t.Fatal(err)
		}
		if _, rows, err := w.store.Recording(t.Context(), told.recording); err != nil || len(rows) != 2 {
			t.Errorf("%d segments, %v", len(rows), err)
		}
	}, shareddb.Module(), idpdb.Module())
}

func TestAFileThatIsNoSegmentIsToldAndDoesNotKeepTheKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sum, good := w.record(t, "uno"), w.record(t, "uno")
		if err := os.WriteFile(w.file(sum.Recording, 2), []byte("altro"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.exec(t, `DELETE FROM evidence WHERE recording = $1`, good.Recording)
		if err := w.Recover(t.Context()); err == nil || !strings.Contains(err.Error(), sum.Recording) {
			t.Errorf("%v", err)
		}
		if p, err := w.OpenRecording(t.Context(), good.Recording, work); err != nil || p.Summary() != good {
			t.Errorf("one that does not recover hides another: %v", err)
		}
		if err := w.Archive(t.Context(), "request-1", "operator-1"); err != nil {
			t.Fatal(err)
		}
		if n := w.count(t, `SELECT count(*) FROM evidence_working`); n != 0 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestNothingIsLeftBesideTheSegments(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.record(t, "uno", "due")
		if err := filepath.WalkDir(w.Dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("others may read %s", path)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if n := len(files(t, w.Dir)); n != 2 {
			t.Errorf("%d files", n)
		}
	})
}
