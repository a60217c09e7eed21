package plant

import (
	"bytes"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
)

// Which list is in use, and that it is over, stands in the log: once.
func TestTheLogSaysWhichTrustedListIsInUseAndThatItIsOver(t *testing.T) {
	now := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	a := signaturetest.New(now)
	var log bytes.Buffer
	shelf := &trustlist.Shelf{Dir: t.TempDir(), Territory: "IT", Signers: []*x509.Certificate{a.Operator.Certificate}}
	w := &watch{shelf: shelf, log: slog.New(slog.NewTextHandler(&log, nil))}
	says := func(name string, at time.Time, lines int, want ...string) {
		t.Helper()
		log.Reset()
		if err := w.look(at); err != nil {
			t.Fatal(err)
		}
		got := log.String()
		if strings.Count(got, "\n") != lines {
			t.Errorf("%s: %q", name, got)
		}
		for _, one := range want {
			if !strings.Contains(got, one) {
				t.Errorf("%s: %q has no %q", name, got, one)
			}
		}
	}
	put := func(sequence int) {
		t.Helper()
		l := a.List() // renewed five months later
		l.Sequence = sequence
		if err := os.WriteFile(filepath.Join(shelf.Dir, "it.xml"), a.Write(l), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	says("none", now, 1, "level=WARN", "no trusted list yet")
	says("still none", now, 0)
	put(7)
	says("one", now, 1, "level=INFO", "IT 7 sha256:")
	says("the same", now, 0)
	put(8)
	says("another", now, 1, "IT 8 sha256:")
	late := now.AddDate(0, 5, 1)
	says("over", late, 1, "level=WARN", "was to be renewed by 2026-08-10, signatures wait")
	says("still over", late.Add(time.Hour), 0)
}
