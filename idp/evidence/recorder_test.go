package evidence_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/idp/evidence"
)

// file is where a segment lies.
func (w *world) file(recording string, number int) string {
	return filepath.Join(w.Dir, recording[:2], recording, fmt.Sprintf("%06d", number))
}

func TestARecordingComesBackAsItWasRecorded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		want := []string{"uno", strings.Repeat("due", 1<<20), "tre"}
		sum := w.record(t, want...)
		p, err := w.OpenRecording(t.Context(), sum.Recording, work)
		if err != nil || p.Summary() != sum || sum.Segments != 3 || sum.Size != 3<<20+6 {
			t.Fatalf("%+v, %v", sum, err)
		}
		all, err := play(t.Context(), p)
		if err != nil || strings.Join(all, "") != strings.Join(want, "") {
			t.Fatal("another recording", err)
		}
		if again, err := p.Segment(t.Context(), 2); err != nil || string(again) != want[1] {
			t.Error("in any order", err)
		}
		for _, n := range []int{0, 4, -1} {
			if _, err := p.Segment(t.Context(), n); !errors.Is(err, evidence.ErrUnknown) {
				t.Errorf("segment %d: %v", n, err)
			}
		}
		if lines := w.lines(t, audit.EvidenceRead); len(lines) != 1 {
			t.Errorf("%d lines for one recording", len(lines))
		}
		if _, err := w.Open(t.Context(), p.Segments[0].ID, work); !errors.Is(err, evidence.ErrUnknown) {
			t.Errorf("a segment alone: %v", err)
		}
		if _, err := w.OpenRecording(t.Context(), "nothing", work); !errors.Is(err, evidence.ErrUnknown) {
			t.Errorf("%v", err)
		}
		if _, err := w.OpenRecording(t.Context(), sum.Recording, evidence.Access{By: "operator-1"}); !errors.Is(err, evidence.ErrNoPurpose) {
			t.Errorf("%v", err)
		}
		kept := w.lines(t, audit.EvidenceKept)
		if len(kept) != 2 || !strings.Contains(kept[1], fmt.Sprintf(`"chain":"%x"`, sum.Chain)) || !strings.Contains(kept[1], `"segments":"3"`) {
			t.Errorf("%q", kept)
		}
	})
}

func TestSegmentsThatComeTogetherAreNumberedAndNoneIsLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r, err := w.Record(t.Context(), evidence.NewRecording{Request: "request-1", Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "operator-1"})
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		told := map[int]string{}
		var wg sync.WaitGroup
		for n := range 12 {
			wg.Go(func() {
				i, err := r.Append(t.Context(), fmt.Append(nil, "segmento ", n))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				told[i.Segment] = fmt.Sprint("segmento ", n)
			})
		}
		wg.Wait()
		p, err := w.OpenRecording(t.Context(), r.ID(), work)
		if err != nil || len(p.Segments) != 12 {
			t.Fatalf("%d segments, %v", len(p.Segments), err)
		}
		all, err := play(t.Context(), p)
		for n, s := range all {
			if told[n+1] != s {
				t.Errorf("segment %d is %q, told %q", n+1, s, told[n+1])
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
}

func TestARecordingThatSomebodyCutOrExchangedIsNotShown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		damaged := func(name string, sum evidence.Summary, number int) {
			t.Helper()
			p, err := w.OpenRecording(t.Context(), sum.Recording, work)
			if err == nil {
				var got []byte
				got, err = p.Segment(t.Context(), number)
				if got != nil {
					t.Errorf("%s: %q is shown", name, got)
				}
			}
			if !errors.Is(err, evidence.ErrDamaged) {
				t.Errorf("%s: %v", name, err)
			}
		}
		a, b := w.record(t, "uno", "due", "tre"), w.record(t, "uno", "due", "tre")
		write := func(to string, data []byte) {
			t.Helper()
			if err := os.WriteFile(to, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		read := func(from string) []byte {
			t.Helper()
			data, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		mine := read(w.file(a.Recording, 2))
		write(w.file(a.Recording, 2), read(w.file(b.Recording, 2)))
		damaged("the segment of another recording", a, 2)
		write(w.file(a.Recording, 2), read(w.file(a.Recording, 1)))
		damaged("another segment", a, 2)
		write(w.file(a.Recording, 2), mine[:len(mine)-1])
		damaged("a shorter file", a, 2)
		if err := os.Remove(w.file(a.Recording, 2)); err != nil {
			t.Fatal(err)
		}
		damaged("no file", a, 2)
		write(w.file(a.Recording, 2), mine)
		w.exec(t, `UPDATE evidence SET at = at + 1 WHERE recording = $1 AND segment = 2`, a.Recording)
		damaged("another time", a, 2)
		w.exec(t, `DELETE FROM evidence WHERE recording = $1 AND segment = 2`, a.Recording)
		damaged("a row taken away", a, 1)
		// Without the last row a recording is whole in itself: the manifest, and the line
		// of its end, say that there was more.
		w.exec(t, `DELETE FROM evidence WHERE recording = $1 AND segment = 3`, b.Recording)
		p, err := w.OpenRecording(t.Context(), b.Recording, work)
		if err != nil || p.Summary() == b {
			t.Errorf("a shorter recording says that it is the same: %v", err)
		}
		w.exec(t, `UPDATE evidence_recording SET author = 'operator-9' WHERE id = $1`, b.Recording)
		damaged("another author", b, 1)
	})
}

func TestAfterASegmentThatWasNotKeptTheRecordingHasEnded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r, err := w.Record(t.Context(), evidence.NewRecording{Request: "request-1", Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "operator-1"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Append(t.Context(), []byte("uno")); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range [][]byte{nil, make([]byte, evidence.MaxSegment+1)} {
			if _, err := r.Append(t.Context(), wrong); err == nil {
				t.Errorf("%d bytes were taken", len(wrong))
			}
		}
		full := errors.New("no space left")
		w.CrashAt(func(point string) error {
			if point == "segment half written" {
				return full
			}
			return nil
		})
		if _, err := r.Append(t.Context(), []byte("due")); !errors.Is(err, full) {
			t.Fatal(err)
		}
		w.CrashAt(nil)
		if _, err := r.Append(t.Context(), []byte("tre")); err == nil {
			t.Error("a gap is hidden")
		}
		entries, err := os.ReadDir(filepath.Dir(w.file(r.ID(), 1)))
		if err != nil || len(entries) != 1 {
			t.Errorf("%v, %v", entries, err)
		}
		if sum, err := r.Close(t.Context()); err != nil || sum.Segments != 1 {
			t.Errorf("%+v, %v", sum, err)
		}
		if _, err := r.Append(t.Context(), []byte("quattro")); err == nil {
			t.Error("after the end")
		}
	})
}

func TestASegmentThatAnotherNodeRecoveredFirstIsAcknowledged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := open(t, w.store.DB, w.url, w.Dir)
		w.CrashAt(func(point string) error {
			if point != "segment written" {
				return nil
			}
			return other.Recover(t.Context())
		})
		sum := w.record(t, "uno", "due")
		p, err := w.OpenRecording(t.Context(), sum.Recording, work)
		if err != nil || p.Summary() != sum {
			t.Fatal(err)
		}
		if lines := w.lines(t, audit.EvidenceRecovered); len(lines) != 2 {
			t.Errorf("%q", lines)
		}
		// A number that somebody else took for something else is no acknowledgment.
		w.CrashAt(func(point string) error {
			if point == "segment written" {
				w.exec(t, `INSERT INTO evidence (id, request, kind, media_type, size, author, at, delete_at, digest, recording, segment, chain, archive_id, archive, sealed)
					SELECT 'x', request, kind, media_type, size, author, at, delete_at, digest, id2, 1, digest, '', digest, digest
					FROM (SELECT e.*, r.id AS id2 FROM evidence e, evidence_recording r WHERE e.segment = 1 AND r.id <> e.recording) AS one`)
			}
			return nil
		})
		r, err := w.Record(t.Context(), evidence.NewRecording{Request: "request-1", Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "operator-1"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Append(t.Context(), []byte("uno")); !fault.Is(err, fault.Conflict) {
			t.Errorf("%v", err)
		}
	})
}

func TestRecordingsNeedAPlaceOfTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		n := evidence.NewRecording{Request: "request-1", Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "operator-1"}
		if err := os.Chmod(w.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Record(t.Context(), n); err == nil || !strings.Contains(err.Error(), "chmod 700") {
			t.Errorf("%v", err)
		}
		w.Dir = ""
		if _, err := w.Record(t.Context(), n); err == nil {
			t.Error("without a directory")
		}
		if err := w.Recover(t.Context()); err != nil {
			t.Errorf("without a directory there is nothing to recover: %v", err)
		}
		n.Author = "Ada Prova"
		w.Dir = directory(t)
		if _, err := w.Record(t.Context(), n); err == nil {
			t.Error("with a name for an author")
		}
		if n := w.count(t, `SELECT count(*) FROM evidence_recording`); n != 0 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestRetentionIsTwentyYears(t *testing.T) {
	if evidence.RetentionYears != 20 { // I14
		t.Error(evidence.RetentionYears)
	}
	if end := present.AddDate(evidence.RetentionYears, 0, 0); end.Sub(present) < 20*365*24*time.Hour {
		t.Error(end)
	}
}
