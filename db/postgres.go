package db

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

const (
	defaultPool    = 16
	maxPool        = 1000
	connectTimeout = 5 * time.Second
	// A connection is renewed now and then so that load moves back to a node
	// that returned.
	connectionLife = time.Hour
)

// openPostgres opens the pool.
func openPostgres(ctx context.Context, u *url.URL) (*DB, error) {
	q := u.Query()
	size := defaultPool
	if s := q.Get("pool_max_conns"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > maxPool {
			return nil, fmt.Errorf("db: pool_max_conns must be a number from 1 to %d", maxPool)
		}
		size = n
	}
	q.Del("pool_max_conns")
	if len(strings.Trim(u.Path, "/")) == 0 && q.Get("dbname") == "" && q.Get("database") == "" {
		return nil, fmt.Errorf("db: the postgres URL names no database; write postgres://user@host/database")
	}
	secureDefaults(u, q)
	copied := *u
	copied.RawQuery = q.Encode()
	cfg, err := pgx.ParseConfig(copied.String())
	if err != nil {
		// pgx's error repeats the URL.
		return nil, fmt.Errorf("db: the postgres URL is not understood: check host, port, sslmode, sslrootcert, sslcert, sslkey and target_session_attrs, and that the files they name can be read")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "atrio"
	}
	ran := new(atomic.Uint64)
	pool := sql.OpenDB(connector{stdlib.GetConnector(*cfg), Postgres, ran})
	pool.SetMaxOpenConns(size)
	// Fewer idle than open would reconnect all the time: Go's default is 2.
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxLifetime(connectionLife)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, err
	}
	return &DB{dialect: Postgres, writer: pool, reader: pool, statements: ran, patience: acquireTimeout, scrubPatience: scrubPatience}, nil
}

// secureDefaults fills in what the URL leaves open: verified TLS to another
// machine, and the writable node when several are named.
func secureDefaults(u *url.URL, q url.Values) {
	hosts := strings.Split(u.Host, ",")
	if q.Get("sslmode") == "" && os.Getenv("PGSSLMODE") == "" && !local(hosts, q.Get("host")) {
		q.Set("sslmode", "verify-full")
	}
	if len(hosts) > 1 && q.Get("target_session_attrs") == "" {
		q.Set("target_session_attrs", "read-write")
	}
}

// local reports whether all hosts are this machine or a Unix socket.
func local(hosts []string, socket string) bool {
	for _, h := range hosts {
		if name, _, err := net.SplitHostPort(h); err == nil {
			h = name
		}
		if h == "" {
			h = socket
		}
		ip := net.ParseIP(strings.Trim(h, "[]"))
		if h != "" && h != "localhost" && !strings.HasPrefix(h, "/") && (ip == nil || !ip.IsLoopback()) {
			return false
		}
	}
	return true
}
