package video

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"atrio/base/keys/archivekey"
	"atrio/base/seal"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
	"atrio/idp/proofing/video/studio"
	"atrio/idp/proofing/video/studio/manifest"
	"atrio/idp/proofing/video/studio/studiotest"

	"filippo.io/age"
)

const (
	length = 15 * time.Second
	kbit   = 2200 // of the picture: near what a side may send
)

// browserVariable tells this test binary to be the browsers of a session.
const browserVariable = "ATRIO_BENCH_BROWSERS"

func TestMain(m *testing.M) {
	if os.Getenv(browserVariable) == "" {
		os.Exit(m.Run())
	}
	if err := browsers(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// browsers offer twice, take the answers, say when they are connected, and what came at
// the end.
func browsers(ctx context.Context, in io.Reader, out io.Writer) error {
	film, err := studiotest.Film(1280, 720, kbit)
	if err != nil {
		return err
	}
	to, from := json.NewEncoder(out), json.NewDecoder(in)
	var both [2]*studiotest.Client
	for i := range both {
		if both[i], err = studiotest.New(); err != nil {
			return err
		}
		defer both[i].Close()
		offer, err := both[i].Offer()
		if err != nil {
			return err
		}
		var answer string
		if err := errors.Join(to.Encode(offer), from.Decode(&answer), both[i].Enter(ctx, answer)); err != nil {
			return err
		}
	}
	if err := to.Encode("connected"); err != nil {
		return err
	}
	played := make(chan error, len(both))
	for _, c := range both {
		go func() { played <- c.Play(film, length) }()
	}
	for range both {
		err = errors.Join(err, <-played)
	}
	return errors.Join(err, to.Encode("played"))
}

func newStudio(b *testing.B) *studio.Studio {
	b.Helper()
	d := dbtest.Open(b, "sqlite:"+filepath.Join(b.TempDir(), "idp.db"))
	private, err := age.GenerateHybridIdentity()
	if err = errors.Join(err, d.Migrate(b.Context(), shareddb.Module(), idpdb.Module())); err != nil {
		b.Fatal(err)
	}
	offline, err := archivekey.Parse([]string{private.Recipient().String()})
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "recordings")
	if err := os.Mkdir(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	ring := seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	store := idpdb.NewStore(d, ring, nil)
	vault := &evidence.Vault{Store: store, Keeping: store, Ring: ring, Offline: offline, Dir: dir, Now: time.Now}
	return &studio.Studio{Config: studio.Config{UDP: "127.0.0.1:0"}, Vault: vault, Ring: ring, Now: time.Now}
}

// processor is the time that this process has spent, browsers apart.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkVideoSession is the share of one core that a session takes while it lasts.
func BenchmarkVideoSession(b *testing.B) {
	s := newStudio(b)
	b.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(b.Context())); err != nil {
			b.Error(err)
		}
	})
	var spent, lasted time.Duration
	var kept, lost, bits float64
	for n := range b.N {
		one := measure(b, s, fmt.Sprint("session-", n))
		spent, lasted, kept, lost, bits = spent+one.spent, lasted+one.lasted, kept+one.pictures, lost+one.lost, bits+one.bits
	}
	b.ReportMetric(100*spent.Seconds()/lasted.Seconds(), "core-%")
	b.ReportMetric(kept/lasted.Seconds()/2, "pictures/s")
	b.ReportMetric(lost, "lost-packets")
	b.ReportMetric(bits/lasted.Seconds()/2e6, "Mbit/s")
}

type cost struct {
	spent, lasted        time.Duration
	pictures, lost, bits float64
}

func measure(b *testing.B, s *studio.Studio, session string) (c cost) {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	child := exec.CommandContext(b.Context(), self)
	child.Env = append(os.Environ(), browserVariable+"=yes")
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err = errors.Join(err, child.Start()); err != nil {
		b.Fatal(err)
	}
	sides := []studio.Side{studio.Applicant, studio.Operator}
	if err := s.Open(b.Context(), studio.Room{Request: "request-1", Session: session, Sides: sides}); err != nil {
		b.Fatal(err)
	}
	to, from := json.NewEncoder(in), json.NewDecoder(out)
	for _, side := range sides {
		var offer string
		if err := from.Decode(&offer); err != nil {
			b.Fatal(err)
		}
		answer, err := s.Join(b.Context(), session, side, offer)
		if err = errors.Join(err, to.Encode(answer)); err != nil {
			b.Fatal(err)
		}
	}
	var word string
	if err := from.Decode(&word); err != nil {
		b.Fatal(err)
	}
	before, began := processor(b), time.Now()
	if err := from.Decode(&word); err != nil {
		b.Fatal(err)
	}
	paper, _, err := s.Finish(b.Context(), session, studio.Manifest{})
	if err != nil {
		b.Fatal(err)
	}
	c.spent, c.lasted = processor(b)-before, time.Since(began)
	if err := child.Wait(); err != nil {
		b.Fatal(err)
	}
	doc, err := manifest.Verify(b.Context(), s.Ring, manifest.Working(s.Vault, evidence.Access{By: "bench", Purpose: "bench"}), paper)
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range doc.Sides {
		c.pictures += float64(t.Parts[0].Video.Frames)
		for _, one := range t.Segments {
			c.bits += float64(8 * one.Size)
		}
		c.lost += float64(t.Parts[0].Video.Lost + t.Parts[0].Audio.Lost)
	}
	return c
}
