package studio_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"atrio/base/keys/archivekey"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/idp/proofing/video/studio/studiotest"
)

// crashVariable tells this test binary to be a node that is killed: URL of the database,
// directory of recordings and key of the archive, one a line.
const crashVariable = "ATRIO_TEST_STUDIO_CHILD"

func TestMain(m *testing.M) {
	if orders := os.Getenv(crashVariable); orders != "" {
		fmt.Fprintln(os.Stderr, recordForEver(context.Background(), strings.Split(orders, "\n")))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// node is a studio on a database and a directory of recordings.
func node(d *db.DB, dir, key string) (*studio.Studio, error) {
	offline, err := archivekey.Parse([]string{key})
	if err != nil {
		return nil, err
	}
	store := idpdb.NewStore(d, ring(), nil)
	c := studio.Config{UDP: "127.0.0.1:0"}
	everySecond(&c)
	v := &evidence.Vault{Store: store, Keeping: store, Ring: ring(), Offline: offline, Dir: dir, Now: time.Now}
	return &studio.Studio{Config: c, Vault: v, Ring: ring(), Now: time.Now}, nil
}

// recordForEver records two sessions of one request, one after the other, and says how many
// segments of the second are kept. It ends only by being killed.
func recordForEver(ctx context.Context, orders []string) error {
	d, err := db.Open(ctx, orders[0])
	if err != nil {
		return err
	}
	s, err := node(d, orders[1], orders[2])
	if err != nil {
		return err
	}
	footage, err := film()
	if err != nil {
		return err
	}
	play := func(session string, length time.Duration) error {
		if err := s.Open(ctx, studio.Room{Request: "request-1", Session: session, Sides: both}); err != nil {
			return err
		}
		ended := make(chan error, 2)
		for _, side := range both {
			c, err := studiotest.New()
			if err != nil {
				return err
			}
			text, err := c.Offer()
			if err != nil {
				return err
			}
			if text, err = s.Join(ctx, session, side, text); err != nil {
				return err
			}
			if err := c.Enter(ctx, text); err != nil {
				return err
			}
			go func() { ended <- c.Play(footage, length) }()
		}
		for range both {
			if err := <-ended; err != nil {
				return err
			}
		}
		return nil
	}
	if err := play("session-1", 1500*time.Millisecond); err != nil {
		return err
	}
	if _, _, err := s.Abort(ctx, "session-1", "quality"); err != nil {
		return err
	}
	go func() {
		for range time.Tick(50 * time.Millisecond) {
			stats, _ := s.Stats("session-2")
			fmt.Println(min(stats.Sides[studio.Applicant].Segments, stats.Sides[studio.Operator].Segments))
		}
	}()
	return play("session-2", 10*time.Minute)
}

// A node is killed while it records: afterwards it is known which recording is of which
// session and side, and the manifest made of them is as good as any.
func TestA33ARecordingThatACrashLeftIsTiedToItsSessionAndSide(t *testing.T) {
	// Not beside the others: the node it kills would take their time.
	url := dbtest.URL(t, db.SQLite, shareddb.Module(), idpdb.Module())
	archive, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "recordings")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	key := archive.Recipient().String()
	kill(t, url, dir, key)

	s, err := node(dbtest.Open(t, url), dir, key)
	if err != nil {
		t.Fatal(err)
	}
	room := func(session string) studio.Room {
		return studio.Room{Request: "request-1", Session: session, Sides: both}
	}
	ended, err := s.Recover(t.Context(), room("session-1"), said)
	if err != nil || ended.Recovered || ended.Manifest == "" || len(ended.Recordings) != 2 {
		t.Fatalf("the session that had its manifest: %+v, %v", ended, err)
	}
	kept, err := s.Recover(t.Context(), room("session-2"), said)
	if err != nil || !kept.Recovered || kept.Manifest == "" || len(kept.Recordings) != 2 || kept.Begun.IsZero() {
		t.Fatalf("%+v, %v", kept, err)
	}
	d, err := manifest.Verify(t.Context(), ring(), manifest.Working(s.Vault, work), kept.Manifest)
	if err != nil || d.Session != "session-2" || d.Aborted != manifest.Crash || !d.Recovered || d.Operator != said.Operator || len(d.Steps) != len(said.Steps) || d.Length < 1000 {
		t.Fatalf("%+v, %v", d, err)
	}
	for i, side := range both {
		p, err := s.Vault.OpenRecording(t.Context(), kept.Recordings[i], work)
		if err != nil || len(p.Segments) < 2 || len(d.Sides[i].Segments) != len(p.Segments) {
			t.Fatalf("%s: %v", side, err)
		}
		if session, whose, ok := manifest.Recorded(p.Recording.Author); !ok || session != "session-2" || whose != side || d.Sides[i].Side != side || d.Sides[i].Recording != kept.Recordings[i] {
			t.Errorf("recording %d is of %q %q, the manifest says %+v", i, session, whose, d.Sides[i])
		}
	}
	again, err := s.Recover(t.Context(), room("session-2"), said)
	if err != nil || again.Manifest != kept.Manifest {
		t.Errorf("another manifest the second time: %+v, %v", again, err)
	}
	if nothing, err := s.Recover(t.Context(), room("session-3"), said); err != nil || len(nothing.Recordings) != 0 {
		t.Errorf("of a session that was none: %+v, %v", nothing, err)
	}
}

// kill runs a node until two segments of each side of its second session are kept.
func kill(t *testing.T, orders ...string) {
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
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() >= "2" {
			_ = child.Process.Kill()
		}
	}
	if err := child.Wait(); err == nil || said.Len() > 0 {
		t.Fatalf("the node ended by itself: %v, %s", err, &said)
	}
}
