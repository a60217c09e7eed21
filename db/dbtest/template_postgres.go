package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"atrio/db"
)

// databases are the PostgreSQL databases that are copied, by the text of their migrations.
// They belong to a run of go test, as the SQLite files do: see run.
var databases struct {
	sync.Mutex
	ready map[[sha256.Size]byte]string
}

// database gives a copy of a database with the modules migrated: it costs the server a sixth of
// what the migrations do, and of what a schema with its tables takes to be dropped.
func database(t testing.TB, dir string, modules []db.Module) string {
	t.Helper()
	server := server(t)
	name := ofRun(dir) + strings.ToLower(rand.Text()[:20])
	administer(t, server.String(), "CREATE DATABASE "+name+" TEMPLATE "+template(t, dir, modules)+" STRATEGY file_copy")
	t.Cleanup(func() { administer(t, server.String(), "DROP DATABASE "+name+" WITH (FORCE)") })
	return server.JoinPath("..", name).String()
}

// template names the database that is copied, and makes it for all packages of the run: the
// advisory lock lets one of them. One that takes no connections is complete.
func template(t testing.TB, dir string, modules []db.Module) string {
	t.Helper()
	key := fingerprint(t, modules)
	databases.Lock()
	defer databases.Unlock()
	if name := databases.ready[key]; name != "" {
		return name
	}
	name := ofRun(dir) + fmt.Sprintf("template_%x", key[:8])
	server := server(t)
	d, err := db.Open(t.Context(), server.String())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() // the lock ends with the connection
	err = d.One(t.Context(), func(q db.Queryer) error {
		if _, err := q.ExecContext(t.Context(), `SELECT pg_advisory_lock(hashtextextended('atrio dbtest', 0))`); err != nil {
			return err
		}
		var complete int
		if err := q.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_database WHERE datname = $1 AND NOT datallowconn`, name).Scan(&complete); err != nil || complete == 1 {
			return err
		}
		if err := sweep(t.Context(), q, dir); err != nil {
			return err
		}
		for _, statement := range []string{"DROP DATABASE IF EXISTS " + name, "CREATE DATABASE " + name} {
			if _, err := q.ExecContext(t.Context(), statement); err != nil {
				return err
			}
		}
		migrate(t, server.JoinPath("..", name).String(), modules)
		_, err := q.ExecContext(t.Context(), "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if databases.ready == nil {
		databases.ready = map[[sha256.Size]byte]string{}
	}
	databases.ready[key] = name
	return name
}

// ofRun begins the names of the databases of a run: with its directory.
func ofRun(dir string) string {
	return besides(dir) + strings.TrimPrefix(filepath.Base(dir), runs) + "_"
}

// besides begins the names of the databases of all runs whose directories lie beside one.
func besides(dir string) string {
	place := sha256.Sum256([]byte(filepath.Dir(dir)))
	return fmt.Sprintf("run_%x_", place[:4])
}

// sweep drops what runs left on the server whose directories are gone.
func sweep(ctx context.Context, q db.Queryer, dir string) error {
	rows, err := q.QueryContext(ctx, `SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)`, besides(dir))
	if err != nil {
		return err
	}
	defer rows.Close()
	var left []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		number, _, _ := strings.Cut(strings.TrimPrefix(name, besides(dir)), "_")
		if _, err := os.Stat(filepath.Join(filepath.Dir(dir), runs+number)); errors.Is(err, fs.ErrNotExist) {
			left = append(left, name)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, name := range left {
		if _, err := q.ExecContext(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}
