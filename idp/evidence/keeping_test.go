package evidence_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/idp/evidence"
)

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	for _, pattern := range []string{"/*", "/*/*", "/*/*/*"} {
		found, err := filepath.Glob(dir + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if info, err := os.Stat(f); err == nil && !info.IsDir() {
				names = append(names, f)
			}
		}
	}
	return names
}

func TestEvidenceIsDestroyedAfterItsTimeWithALineAndNotBefore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		kept := item(evidence.Contract, "contratto")
		kept.Request = "request-2"
		stays := w.put(t, kept)
		for n := range 120 {
			w.put(t, item(evidence.DocumentFront, fmt.Sprint("carta ", n)))
		}
		sum := w.record(t, "uno", "due", "tre")
		if err := w.Archive(t.Context(), "request-1", "operator-1"); err != nil {
			t.Fatal(err)
		}
		end := present.AddDate(evidence.RetentionYears, 0, 0)
		if err := w.SetRetention(t.Context(), "request-1", end, "identity", "system:identity"); err != nil {
			t.Fatal(err)
		}
		later := w.put(t, item(evidence.HolderReport, "denuncia")) // ends with its request
		if err := w.DestroyDue(t.Context(), end.Add(-time.Microsecond)); err != nil {
			t.Fatal(err)
		}
		if list, _ := w.List(t.Context(), "request-1"); len(list) != 124 {
			t.Fatalf("%d items before the end", len(list))
		}
		if err := w.DestroyDue(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		if list, err := w.List(t.Context(), "request-1"); len(list) != 0 || err != nil {
			t.Errorf("%d items are left, %v", len(list), err)
		}
		if _, err := w.Open(t.Context(), later.ID, work); !errors.Is(err, evidence.ErrUnknown) {
			t.Errorf("%v", err)
		}
		if _, err := w.OpenRecordingArchived(t.Context(), sum.Recording, pair, both(t)); !errors.Is(err, evidence.ErrUnknown) {
			t.Errorf("%v", err)
		}
		if left := files(t, w.Dir); len(left) != 0 {
			t.Errorf("files are left: %q", left)
		}
		for _, table := range []string{"evidence_recording", "evidence_leftover"} {
			if n := w.count(t, `SELECT count(*) FROM `+table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		lines := w.lines(t, audit.EvidenceDestroyed)
		segments := 0
		for _, l := range lines {
			if strings.Contains(l, sum.Recording) && strings.Contains(l, `"segments":`) {
				segments++
			}
		}
		if segments == 0 || len(lines) != 121+segments {
			t.Errorf("%d lines, %d of them of the recording", len(lines), segments)
		}
		if _, err := w.Open(t.Context(), stays.ID, work); err != nil {
			t.Errorf("another request: %v", err)
		}
		before := w.store.DB.Commits()
		if err := w.DestroyDue(t.Context(), end); err != nil || w.store.DB.Commits() != before {
			t.Error("nothing to do, and written all the same", err)
		}
	})
}

func TestAnEndIsNotBroughtForward(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(t, item(evidence.Contract, "contratto"))
		end := present.AddDate(evidence.RetentionYears, 0, 0)
		for _, c := range []struct {
			until time.Time
			ok    bool
		}{{present.AddDate(0, 0, 30), true}, {end, true}, {end, true}, {end.Add(-time.Second), false}, {present, false}, {time.Time{}, false}, {end.AddDate(0, 1, 0), true}} {
			if err := w.SetRetention(t.Context(), "request-1", c.until, "identity", "operator-1"); (err == nil) != c.ok {
				t.Errorf("%v: %v", c.until, err)
			}
		}
		if err := w.DestroyDue(t.Context(), end); err != nil || w.count(t, `SELECT count(*) FROM evidence`) != 1 {
			t.Error("destroyed before its end", err)
		}
		if lines := w.lines(t, audit.EvidenceRetained); len(lines) != 4 {
			t.Errorf("%q", lines)
		}
	})
}

func TestAnItemMayEndBeforeItsRequest(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		short := item(evidence.DocumentFront, "sfocata")
		short.Until = present.AddDate(0, 0, 30)
		w.put(t, short)
		stays := w.put(t, item(evidence.DocumentFront, "nitida"))
		if err := w.DestroyDue(t.Context(), short.Until); err != nil {
			t.Fatal(err)
		}
		list, err := w.List(t.Context(), "request-1")
		if err != nil || len(list) != 1 || list[0].ID != stays.ID {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestWhatIsHeldForACaseIsNotDestroyed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		short := item(evidence.DocumentFront, "carta")
		short.Until = present.AddDate(0, 0, 30)
		put := w.put(t, short)
		sum := w.record(t, "uno")
		end := present.AddDate(0, 1, 0)
		if err := w.SetRetention(t.Context(), "request-1", end, "identity", "system:identity"); err != nil {
			t.Fatal(err)
		}
		if err := w.Hold(t.Context(), "request-1", work); !errors.Is(err, evidence.ErrNoCase) {
			t.Errorf("without a case: %v", err)
		}
		if n := w.count(t, `SELECT count(*) FROM audit WHERE action = $1 AND outcome = 'refused' AND reason = 'evidence_no_case'`, audit.EvidenceRetained); n != 1 {
			t.Errorf("%d lines of the refusal", n)
		}
		if err := w.Hold(t.Context(), "request-1", pair); err != nil {
			t.Fatal(err)
		}
		if err := w.DestroyDue(t.Context(), end.AddDate(1, 0, 0)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Open(t.Context(), put.ID, work); err != nil {
			t.Errorf("it is gone: %v", err)
		}
		// Somebody holds it after the job has looked.
		items, err := w.List(t.Context(), "request-1")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.store.DestroyEvidence(t.Context(), end, items, nil); err == nil {
			t.Error("destroyed under the eyes of a case")
		}
		if p, err := w.OpenRecording(t.Context(), sum.Recording, work); err != nil || len(p.Segments) != 1 {
			t.Errorf("half of it is gone: %v", err)
		}
		if err := w.Release(t.Context(), "request-1", evidence.Access{By: "operator-1"}); !errors.Is(err, evidence.ErrNoPurpose) {
			t.Errorf("without a purpose: %v", err)
		}
		if err := w.Release(t.Context(), "request-1", work); err != nil {
			t.Fatal(err)
		}
		if err := w.DestroyDue(t.Context(), end); err != nil {
			t.Fatal(err)
		}
		if list, err := w.List(t.Context(), "request-1"); len(list) != 0 || err != nil {
			t.Errorf("%d items, %v", len(list), err)
		}
		lines := w.lines(t, audit.EvidenceRetained)
		if len(lines) != 5 || !strings.Contains(lines[0], `"until":"2026-04-10T09:30:00Z"`) || !strings.Contains(lines[2], `"case":"RG 12/2026"`) ||
			!strings.Contains(lines[3], "refused evidence_no_purpose") || !strings.Contains(lines[4], `"case":""`) {
			t.Errorf("%q", lines)
		}
	})
}

func TestARunThatIsCutOffIsFinishedByTheNext(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		sum := w.record(t, "uno", "due")
		if err := w.SetRetention(t.Context(), "request-1", present, "identity", "system:identity"); err != nil {
			t.Fatal(err)
		}
		cut := errors.New("cut off")
		w.CrashAt(func(point string) error {
			if point == "rows destroyed" {
				return cut
			}
			return nil
		})
		if err := w.DestroyDue(t.Context(), present); !errors.Is(err, cut) {
			t.Fatal(err)
		}
		if len(files(t, w.Dir)) != 2 {
			t.Fatal("the files went before their rows")
		}
		w.CrashAt(nil)
		if err := os.Remove(w.file(sum.Recording, 1)); err != nil { // as far as it came
			t.Fatal(err)
		}
		if err := w.DestroyDue(t.Context(), present); err != nil {
			t.Fatal(err)
		}
		if left := files(t, w.Dir); len(left) != 0 {
			t.Errorf("%q", left)
		}
		if n := w.count(t, `SELECT count(*) FROM evidence_leftover`); n != 0 {
			t.Errorf("%d leftovers", n)
		}
	})
}

func TestARecordingWithoutASegmentEndsWithItsRequest(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.record(t)
		if err := w.SetRetention(t.Context(), "request-1", present, "identity", "system:identity"); err != nil {
			t.Fatal(err)
		}
		if err := w.DestroyDue(t.Context(), present.Add(-time.Second)); err != nil || w.count(t, `SELECT count(*) FROM evidence_recording`) != 1 {
			t.Fatal("too early", err)
		}
		if err := w.DestroyDue(t.Context(), present); err != nil {
			t.Fatal(err)
		}
		if n := w.count(t, `SELECT count(*) FROM evidence_recording`) + w.count(t, `SELECT count(*) FROM evidence_working`); n != 0 {
			t.Errorf("%d rows", n)
		}
		lines := w.lines(t, audit.EvidenceDestroyed)
		if len(lines) != 1 || !strings.Contains(lines[0], `"segments":"0"`) || !strings.Contains(lines[0], `"rule":"identity"`) {
			t.Errorf("the lines are %q", lines)
		}
	})
}

// A typing error keeps nothing, and nobody believes that it does.
func TestWhatNobodyKnowsIsNotHeld(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(t, item(evidence.Contract, "contratto"))
		if err := w.Hold(t.Context(), "request-2", pair); !errors.Is(err, evidence.ErrUnknown) {
			t.Errorf("held: %v", err)
		}
		if err := w.Release(t.Context(), "request-2", work); !errors.Is(err, evidence.ErrUnknown) {
			t.Errorf("released: %v", err)
		}
		if n := w.count(t, `SELECT count(*) FROM evidence_request`); n != 0 {
			t.Errorf("%d rows", n)
		}
		if n := w.count(t, `SELECT count(*) FROM audit WHERE action = $1 AND subject = 'request-2' AND outcome = 'refused' AND reason = 'evidence_unknown'`, audit.EvidenceRetained); n != 2 {
			t.Errorf("%d lines of the refusals", n)
		}
	})
}

func TestDestroyedKeysCannotBeFoundInTheFilesOfTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.put(t, item(evidence.Portrait, "un volto"))
		var wrapped string
		if err := w.store.DB.Read().QueryRowContext(t.Context(), `SELECT wrapped FROM evidence_working`).Scan(&wrapped); err != nil {
			t.Fatal(err)
		}
		if err := w.Archive(t.Context(), "request-1", "operator-1"); err != nil {
			t.Fatal(err)
		}
		before := w.everything(t)
		if err := w.store.Purge(t.Context(), present); err != nil { // the hourly job
			t.Fatal(err)
		}
		after := w.everything(t)
		if w.store.DB.Dialect() == db.SQLite && !strings.Contains(string(before), wrapped) {
			t.Error("nothing to find even before")
		}
		if strings.Contains(string(after), wrapped) || w.count(t, `SELECT count(*) FROM scrub_due`) != 0 {
			t.Error("the key is still there")
		}
	})
}
