package db_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/db"
	"atrio/db/dbtest"
)

func TestTransactionInsideATransactionIsReportedNotHanging(t *testing.T) {
	d := dbtest.SQLite(t, notes())
	d.SetPatience(20 * time.Millisecond)
	err := d.Tx(t.Context(), func(*db.Tx) error {
		return d.Tx(t.Context(), func(tx *db.Tx) error { return insert(t.Context(), tx, "a", 1) })
	})
	if !fault.Is(err, fault.Unavailable) || count(t, d) != 0 {
		t.Fatalf("got %v", err)
	}
}

func TestConnectionThatBreaksBeforeTheCommitIsReplaced(t *testing.T) {
	d := dbtest.Open(t, dbtest.URL(t, db.Postgres))
	if err := d.Migrate(t.Context(), notes()); err != nil {
		t.Fatal(err)
	}
	runs := 0
	err := d.Tx(t.Context(), func(tx *db.Tx) error {
		runs++
		if err := insert(t.Context(), tx, "a", runs); err != nil {
			return err
		}
		if runs == 1 {
			endBackend(t, d, tx)
		}
		return insert(t.Context(), tx, "b", runs)
	})
	if err != nil || runs != 2 || count(t, d) != 2 || d.Commits() == 0 {
		t.Fatalf("%v after %d runs, %d rows", err, runs, count(t, d))
	}
}

func TestCommitWithAnUnknownOutcomeIsNeverRepeated(t *testing.T) {
	for _, c := range []struct {
		name    string
		deliver bool // the server gets the COMMIT, only its answer is lost
		rows    int
	}{{"lost on the way there", false, 0}, {"lost on the way back", true, 1}} {
		t.Run(c.name, func(t *testing.T) {
			direct := dbtest.URL(t, db.Postgres)
			d := dbtest.Open(t, direct)
			if err := d.Migrate(t.Context(), notes()); err != nil {
				t.Fatal(err)
			}
			through := dbtest.Open(t, cutAtCommit(t, direct, c.deliver))
			runs := 0
			err := through.Tx(t.Context(), func(tx *db.Tx) error {
				runs++
				return insert(t.Context(), tx, "a", 1)
			})
			if !fault.Is(err, fault.Unavailable) || fault.From(err).AuditReason() != "commit_unknown" || runs != 1 || through.Commits() != 0 {
				t.Fatalf("%v after %d runs", err, runs)
			}
			if n := count(t, d); n != c.rows {
				t.Fatalf("%d rows, want %d", n, c.rows)
			}
		})
	}
}

func TestSingleStatementWithAnUnknownOutcomeIsNeverRepeated(t *testing.T) {
	direct := dbtest.URL(t, db.Postgres)
	d := dbtest.Open(t, direct)
	if err := d.Migrate(t.Context(), notes()); err != nil {
		t.Fatal(err)
	}
	through := dbtest.Open(t, cutAtCommit(t, direct, true))
	runs := 0
	err := through.One(t.Context(), func(q db.Queryer) error {
		runs++
		return insert(t.Context(), q, "the word commit breaks the wire", runs)
	})
	if fault.From(err).AuditReason() != "commit_unknown" || runs != 1 || through.Commits() != 0 || count(t, d) != 1 {
		t.Fatalf("%v after %d runs, %d rows", err, runs, count(t, d))
	}
}

// cutAtCommit is a wire between us and the server that breaks at a COMMIT. It
// returns the URL that leads through it.
func cutAtCommit(t *testing.T, direct string, deliver bool) string {
	t.Helper()
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	server := u.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				t.Error(err)
				return
			}
			go wire(client, server, deliver)
		}
	}()
	u.Host = listener.Addr().String()
	return u.String()
}

func wire(client net.Conn, server string, deliver bool) {
	defer client.Close()
	back, err := net.Dial("tcp", server)
	if err != nil {
		return
	}
	defer back.Close()
	answers := make(chan struct{})
	cut := make(chan struct{})
	go func() {
		defer close(answers)
		buf := make([]byte, 1<<16)
		for {
			n, err := back.Read(buf)
			select {
			case <-cut: // the server has answered the COMMIT: nobody hears it
				return
			default:
			}
			if _, werr := client.Write(buf[:n]); err != nil || werr != nil {
				return
			}
		}
	}()
	buf := make([]byte, 1<<16)
	for {
		n, err := client.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:n], []byte("commit")) {
			close(cut)
			if deliver {
				_, _ = back.Write(buf[:n])
				<-answers
			}
			return
		}
		if _, err := io.Copy(back, bytes.NewReader(buf[:n])); err != nil {
			return
		}
	}
}
