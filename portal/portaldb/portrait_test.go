package portaldb_test

import (
	"bytes"
	"testing"
	"time"

	"atrio/portal/portaldb"
)

func TestAPictureIsReplacedAndRemovedAndBelongsToOne(t *testing.T) {
	each(t, func(t *testing.T, s *portaldb.Store) {
		ctx := t.Context()
		kept := func(id string, want []byte) {
			t.Helper()
			if got, err := s.Picture(ctx, id); err != nil || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
				t.Errorf("%s: %q, %v, want %q", id, got, err, want)
			}
		}
		kept("a", nil)
		before := s.DB.Commits()
		for _, picture := range []string{"\xff\xd8\x00one", "\xff\xd8\x00two"} {
			if err := s.SavePicture(ctx, "a", []byte(picture), now); err != nil {
				t.Fatal(err)
			}
			kept("a", []byte(picture))
		}
		if n := s.DB.Commits() - before; n != 2 {
			t.Errorf("%d commits, want 2", n)
		}
		kept("b", nil)
		if err := s.SavePicture(ctx, "a", nil, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		kept("a", nil)
	})
}
