package evidence_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/base/keys/archivekey"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/db/shareddb"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"

	"filippo.io/age"
)

var present = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// Two persons each keep one private key of the archive.
var first, second = identity(), identity()

func identity() *age.HybridIdentity {
	i, err := age.GenerateHybridIdentity()
	if err != nil {
		panic(err)
	}
	return i
}

func both(t *testing.T) *archivekey.Identities {
	t.Helper()
	return private(t, first.String(), second.String())
}

func private(t *testing.T, lines ...string) *archivekey.Identities {
	t.Helper()
	keys, err := archivekey.ParseIdentities(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// world is a vault on a database.
type world struct {
	*evidence.Vault
	store *idpdb.Store
	url   string
	now   time.Time
}

func ring(fill byte) *seal.Keyring {
	return seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{fill}})
}

func open(t *testing.T, d *db.DB, rawURL, dir string) *world {
	t.Helper()
	offline, err := archivekey.Parse([]string{first.Recipient().String(), second.Recipient().String()})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{store: idpdb.NewStore(d, ring(1), nil), url: rawURL, now: present}
	w.Vault = &evidence.Vault{Store: w.store, Keeping: w.store, Ring: ring(1), Offline: offline, Dir: dir, Now: func() time.Time { return w.now }}
	return w
}

// each runs fn on both databases.
func each(t *testing.T, fn func(t *testing.T, w *world)) {
	dbtest.EachURL(t, func(t *testing.T, rawURL string) {
		fn(t, open(t, dbtest.Open(t, rawURL), rawURL, directory(t)))
	}, shareddb.Module(), idpdb.Module())
}

func directory(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "recordings")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func item(kind evidence.Kind, content string) evidence.New {
	return evidence.New{Request: "request-1", Kind: kind, MediaType: "image/jpeg", Author: "applicant-1", Content: []byte(content)}
}

func (w *world) put(t *testing.T, n evidence.New) evidence.Item {
	t.Helper()
	i, err := w.Put(t.Context(), n)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// record keeps a recording of these segments and gives its summary.
func (w *world) record(t *testing.T, segments ...string) evidence.Summary {
	t.Helper()
	r, err := w.Record(t.Context(), evidence.NewRecording{Request: "request-1", Kind: evidence.VideoSegment, MediaType: "video/webm", Author: "operator-1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range segments {
		if _, err := r.Append(t.Context(), []byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := r.Close(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// play gives all segments of a recording.
func play(ctx context.Context, p *evidence.Playback) (all []string, err error) {
	for n := range p.Segments {
		s, err := p.Segment(ctx, n+1)
		if err != nil {
			return nil, err
		}
		all = append(all, string(s))
	}
	return all, nil
}

var (
	work = evidence.Access{By: "operator-1", Purpose: "Verifica della richiesta"}
	pair = evidence.Access{By: "operator-1", Second: "operator-2", Purpose: "Ordine del giudice", Ground: evidence.Judicial, Case: "RG 12/2026", Address: "192.0.2.7"}
)

// exec runs a statement that somebody with the database might run.
func (w *world) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if err := w.store.DB.One(t.Context(), func(q db.Queryer) error {
		_, err := q.ExecContext(t.Context(), query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func (w *world) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := w.store.DB.Read().QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// lines are the lines of an action, oldest first: "actor subject outcome reason detail".
func (w *world) lines(t *testing.T, action string) (all []string) {
	t.Helper()
	rows, err := w.store.DB.Read().QueryContext(t.Context(), `SELECT actor, subject, outcome, reason, detail FROM audit WHERE action = $1 ORDER BY id`, action)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var actor, subject, outcome, reason, detail string
		if err := rows.Scan(&actor, &subject, &outcome, &reason, &detail); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(actor, " ", subject, " ", outcome, " ", reason, " ", detail))
	}
	return all
}

// broken is a store that cannot write lines.
type broken struct{ evidence.Store }

var errDisk = errors.New("disk full")

func (broken) NoteEvidence(context.Context, audit.Event) error { return errDisk }
