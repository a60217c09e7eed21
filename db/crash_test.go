package db_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
)

// crashVariable tells this test binary to be the child of the crash test.
const crashVariable = "ATRIO_TEST_CRASH_CHILD"

func TestMain(m *testing.M) {
	if rawURL := os.Getenv(crashVariable); rawURL != "" {
		fmt.Fprintln(os.Stderr, writeForEver(context.Background(), rawURL))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver writes pairs of rows, one transaction each, and acknowledges each
// on standard output after its commit. It ends only by being killed.
func writeForEver(ctx context.Context, rawURL string) error {
	d, err := db.Open(ctx, rawURL)
	if err != nil {
		return err
	}
	var n int
	if err := d.Read().QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM note`).Scan(&n); err != nil {
		return err
	}
	for {
		n++
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := insert(ctx, tx, fmt.Sprint("left", n), n); err != nil {
				return err
			}
			return insert(ctx, tx, fmt.Sprint("right", n), n)
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// The kill leaves what the kernel has taken over, so this proves order and
// recovery of the log; that the disk keeps it is synchronous=FULL.
func TestAcknowledgedRowsSurviveKill9(t *testing.T) {
	dice := rand.New(rand.NewPCG(20260301, 10)) //nolint:gosec // seeded points
	rawURL := dbtest.URL(t, db.SQLite)
	if err := dbtest.Open(t, rawURL).Migrate(t.Context(), notes()); err != nil {
		t.Fatal(err)
	}
	acknowledged := 0
	for range 10 {
		acknowledged = max(acknowledged, killAfter(t, rawURL, 1+dice.IntN(120)))
		d := dbtest.Open(t, rawURL)
		var check string
		var rows, pairs, last int
		if err := d.Read().QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
			t.Fatalf("integrity: %s, %v", check, err)
		}
		err := d.Read().QueryRowContext(t.Context(), `SELECT count(*), count(DISTINCT n), max(n) FROM note`).Scan(&rows, &pairs, &last)
		if err != nil {
			t.Fatal(err)
		}
		if pairs < acknowledged || last != pairs {
			t.Fatalf("%d acknowledged, %d found, the last is %d", acknowledged, pairs, last)
		}
		if rows != 2*pairs {
			t.Fatalf("%d rows in %d transactions: one is half done", rows, pairs)
		}
	}
}

// killAfter starts the child, kills it once it has acknowledged that many
// transactions, and returns the last number that it acknowledged.
func killAfter(t *testing.T, rawURL string, acknowledgements int) (last int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), self)
	child.Env = append(os.Environ(), crashVariable+"="+rawURL)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for lines := bufio.NewScanner(out); lines.Scan(); seen++ {
		if seen+1 == acknowledgements {
			_ = child.Process.Kill()
		}
		// What was still in the pipe is acknowledged too.
		if last, err = strconv.Atoi(lines.Text()); err != nil {
			t.Fatal(err)
		}
	}
	if err := child.Wait(); err == nil || seen < acknowledgements {
		t.Fatalf("the child ended by itself after %d of %d transactions: %v", seen, acknowledgements, err)
	}
	return last
}
