package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// Error is what the engine said, without the values that were sent to it: those
// are personal data or secrets, and errors go to logs.
type Error struct {
	// Code is the SQLSTATE on PostgreSQL, the extended result code on SQLite,
	// empty when the driver itself refused.
	Code string
	// Constraint and Table are named on PostgreSQL where the engine tells.
	Constraint, Table string
	// Text is the engine's message where it cannot hold a value, or ours.
	Text string

	dialect Dialect
	lost    bool  // the connection broke
	cause   error // only context errors and driver sentinels
}

// Error gives code, place and text.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("db: ")
	if e.dialect != "" {
		fmt.Fprintf(&b, "%s ", e.dialect)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, "%s ", e.Code)
	}
	if e.Constraint != "" {
		fmt.Fprintf(&b, "on constraint %s ", e.Constraint)
	}
	if e.Table != "" {
		fmt.Fprintf(&b, "of table %s ", e.Table)
	}
	return strings.TrimSuffix(b.String(), " ") + ": " + e.Text
}

// Unwrap gives a context error, when that was the cause.
func (e *Error) Unwrap() error { return e.cause }

// SQLite result codes, https://www.sqlite.org/rescode.html.
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

// IsUnique reports whether err says that a row with the same key exists. On
// PostgreSQL the transaction is then lost; a statement that must go on uses
// ON CONFLICT DO NOTHING and looks at the number of rows.
func IsUnique(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.dialect {
	case Postgres:
		return e.Code == "23505"
	case SQLite:
		return e.Code == fmt.Sprint(sqliteUnique) || e.Code == fmt.Sprint(sqlitePrimaryKey)
	}
	return false
}

// again reports whether a transaction that failed with err, before its commit
// was sent, may be run once more from the start.
func again(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.cause != nil {
		return false
	}
	return e.lost || e.conflict()
}

// conflict reports an error after which the engine has certainly rolled back
// because of another transaction: safe to run again even at commit.
func (e *Error) conflict() bool {
	switch e.dialect {
	case Postgres:
		return e.Code == "40001" || e.Code == "40P01"
	case SQLite:
		return e.Code != "" && e.busy()
	}
	return false
}

// busy looks at the low byte: BUSY and LOCKED have extended forms.
func (e *Error) busy() bool {
	var code int
	_, _ = fmt.Sscan(e.Code, &code)
	return code&0xff == sqliteBusy || code&0xff == sqliteLocked
}

// safeClasses are the SQLSTATE classes whose messages name identifiers only.
// Class 22 (data exception), for one, repeats the value it did not like.
const safeClasses = "08 23 25 28 2D 3D 3F 40 42 53 55 57 58"

// refusedArgument is the harmless beginning of pgx's error for a value that it
// cannot encode; the rest of that message holds the value.
var refusedArgument = regexp.MustCompile(`^failed to encode args\[\d+\]`)

// clean turns what a driver returned into an Error without values.
func clean(ctx context.Context, dialect Dialect, err error) error {
	e := &Error{dialect: dialect}
	switch cerr := contextError(ctx, err); {
	case cerr != nil:
		e.cause, e.Text = cerr, cerr.Error()
		return e
	}
	var pg *pgconn.PgError
	var lite *sqlite.Error
	var netErr net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &connect):
		e.lost, e.Text = true, connectText(connect, err)
	case errors.As(err, &pg):
		e.Code, e.Constraint, e.Table = pg.Code, pg.ConstraintName, pg.TableName
		e.lost = strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P0")
		e.Text = pgText(pg)
	case errors.As(err, &lite):
		e.Code, e.Text = fmt.Sprint(lite.Code()), lite.Error()
	case errors.Is(err, pgconn.ErrConnClosed), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.As(err, &netErr):
		e.lost, e.Text = true, "the connection to the server broke"
	default:
		e.Text = "the driver refused an argument or a result"
		if found := refusedArgument.FindString(err.Error()); found != "" {
			e.Text = found
		}
	}
	return e
}

// contextError finds the end of a context behind a driver's error: SQLite says
// "interrupted", pgx says "timeout".
func contextError(ctx context.Context, err error) error {
	switch {
	case ctx != nil && ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	return nil
}

func pgText(pg *pgconn.PgError) string {
	if len(pg.Code) == 5 && strings.Contains(safeClasses, pg.Code[:2]) {
		return pg.Message
	}
	return "the server refused the statement or a value (message withheld: it may hold data)"
}

// connectText names host, database and user, never the password.
func connectText(c *pgconn.ConnectError, err error) string {
	text := "no answer"
	var pg *pgconn.PgError
	var op *net.OpError
	switch {
	case errors.As(err, &pg):
		text = pgText(pg)
	case errors.As(err, &op) && op.Err != nil:
		text = op.Err.Error()
	case strings.Contains(err.Error(), "tls"), strings.Contains(err.Error(), "x509"), strings.Contains(err.Error(), "server refused TLS"):
		text = "TLS failed: check the server's certificate, sslrootcert and sslmode"
	}
	if c.Config == nil {
		return "cannot connect: " + text
	}
	return fmt.Sprintf("cannot connect to %s:%d, database %q, user %q: %s", c.Config.Host, c.Config.Port, c.Config.Database, c.Config.User, text)
}
