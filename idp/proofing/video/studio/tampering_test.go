package studio_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"atrio/db"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
)

// Every kind of change is found: at files by who holds the disk, at rows by who holds the
// database, and at the manifest by who could write evidence.
func TestA33EveryKindOfTamperingIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, everySecond)
	w.open(t, both...)
	applicant, operator := w.enter(t, "session-1", studio.Applicant), w.enter(t, "session-1", studio.Operator)
	together(t, 3500*time.Millisecond, applicant, operator)
	paper, recordings, err := w.Finish(t.Context(), "session-1", said)
	if err != nil || len(recordings) != 2 {
		t.Fatal(recordings, err)
	}
	verify := func(id string) error {
		_, err := manifest.Verify(t.Context(), ring(), manifest.Working(w.vault, work), id)
		return err
	}
	mine, theirs := w.segments(t, recordings[0]), w.segments(t, recordings[1])
	if len(mine) < 2 || len(theirs) < 2 {
		t.Fatalf("%d and %d segments", len(mine), len(theirs))
	}
	swap := func(a, b string) func() {
		return func() {
			if err := errors.Join(os.Rename(a, a+".x"), os.Rename(b, a), os.Rename(a+".x", b)); err != nil {
				t.Fatal(err)
			}
		}
	}
	hide := func() {
		if err := os.Rename(mine[0], mine[0]+".x"); err != nil {
			t.Fatal(err)
		}
	}
	back := func() {
		if err := os.Rename(mine[0]+".x", mine[0]); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(mine[1])
	if err != nil {
		t.Fatal(err)
	}
	write := func(c []byte) func() {
		return func() {
			if err := os.WriteFile(mine[1], c, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	flipped := slices.Clone(content)
	flipped[len(flipped)/2] ^= 1
	exec := func(statement string, args ...any) func() {
		return func() {
			if err := w.store.DB.One(t.Context(), func(q db.Queryer) error {
				_, err := q.ExecContext(t.Context(), statement, args...)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name     string
		do, undo func()
	}{
		{"two segments in another order", swap(mine[0], mine[1]), swap(mine[0], mine[1])},
		{"a segment of the other side", swap(mine[0], theirs[0]), swap(mine[0], theirs[0])},
		{"a segment that is gone", hide, back},
		{"a bit", write(flipped), write(content)},
		{"a cut end", write(content[:len(content)-7]), write(content)},
		{"something after the end", write(append(slices.Clone(content), 0)), write(content)},
		{"a row of another size", exec(`UPDATE evidence SET size = size + 1 WHERE recording = $1 AND segment = 1`, recordings[0]), exec(`UPDATE evidence SET size = size - 1 WHERE recording = $1 AND segment = 1`, recordings[0])},
	} {
		if err := verify(paper); err != nil {
			t.Fatalf("before %s: %v", c.name, err)
		}
		c.do()
		if err := verify(paper); !errors.Is(err, evidence.ErrDamaged) {
			t.Errorf("%s: %v", c.name, err)
		}
		c.undo()
	}
	// Who may write evidence writes another manifest: its MAC is missing, or of other words.
	item, err := w.vault.Open(t.Context(), paper, work)
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]evidence.New{
		"another step":          {Request: "request-1", Content: bytes.Replace(item.Content, []byte(`"id":"consent"`), []byte(`"id":"will"`), 1)},
		"a step less":           {Request: "request-1", Content: bytes.Replace(item.Content, []byte(`"steps":[`), []byte(`"steps":null,"x":[`), 1)},
		"of another request":    {Request: "request-2", Content: item.Content},
		"without a MAC":         {Request: "request-1", Content: bytes.Replace(item.Content, []byte(`"mac"`), []byte(`"mad"`), 1)},
		"with something beside": {Request: "request-1", Content: append(slices.Clone(item.Content), '{')},
	} {
		n.Kind, n.MediaType, n.Author = evidence.VideoManifest, "application/json", "operator-1"
		if bytes.Equal(n.Content, item.Content) && n.Request == "request-1" {
			t.Fatalf("%s: nothing was changed in %s", name, item.Content)
		}
		forged, err := w.vault.Put(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(forged.ID); !errors.Is(err, evidence.ErrDamaged) {
			t.Errorf("a manifest %s: %v", name, err)
		}
	}
	if err := verify(paper); err != nil {
		t.Error(err)
	}
}

// segments are the files of a recording, in their order.
func (w *world) segments(t *testing.T, recording string) (files []string) {
	t.Helper()
	if err := filepath.WalkDir(w.vault.Dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && filepath.Base(filepath.Dir(path)) == recording {
			files = append(files, path)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}
