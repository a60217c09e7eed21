package db

import (
	"context"
	"database/sql/driver"
)

const (
	// maxStatements bounds the prepared statements kept per SQLite connection.
	maxStatements = 128
	// maxStatementText leaves long statements, which are built for one use, out.
	maxStatementText = 2048
)

// statements keeps the prepared statements of one SQLite connection: compiling
// the text costs more than running it. (pgx does the same by itself.) While one
// runs it is not in the map, so the same text may run twice at a time. A
// connection is used by one goroutine at a time, so no lock is needed.
type statements struct {
	idle map[string]driver.Stmt
}

// sqliteStmt is what the SQLite driver's statements offer.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// take gives a statement for a text: a kept one or a new one.
func (s *statements) take(ctx context.Context, c fullConn, query string) (sqliteStmt, error) {
	if st, ok := s.idle[query]; ok {
		delete(s.idle, query)
		return st.(sqliteStmt), nil
	}
	st, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.(sqliteStmt), nil
}

// put keeps a statement that ended well.
func (s *statements) put(query string, st driver.Stmt) error {
	if _, double := s.idle[query]; double || len(query) > maxStatementText {
		return st.Close()
	}
	if len(s.idle) >= maxStatements {
		for text, other := range s.idle { // any one: the set of texts is fixed and small
			delete(s.idle, text)
			if err := other.Close(); err != nil {
				return err
			}
			break
		}
	}
	s.idle[query] = st
	return nil
}

// close frees all; the connection is about to end.
func (s *statements) close() {
	for text, st := range s.idle {
		delete(s.idle, text)
		_ = st.Close()
	}
}

// exec runs a statement without rows. Scripts, which have no arguments, go to
// the driver as they are.
func (s *statements) exec(ctx context.Context, c fullConn, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 0 {
		return c.ExecContext(ctx, query, nil)
	}
	st, err := s.take(ctx, c, query)
	if err != nil {
		return nil, err
	}
	res, err := st.ExecContext(ctx, args)
	if err != nil {
		_ = st.Close()
		return nil, err
	}
	return res, s.put(query, st)
}

// query runs a statement with rows; it is kept again when the rows are closed.
func (s *statements) query(ctx context.Context, c fullConn, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 {
		return c.QueryContext(ctx, query, nil)
	}
	st, err := s.take(ctx, c, query)
	if err != nil {
		return nil, err
	}
	r, err := st.QueryContext(ctx, args)
	if err != nil {
		_ = st.Close()
		return nil, err
	}
	return &keptRows{Rows: r, st: st, text: query, home: s}, nil
}

// keptRows gives its statement back.
type keptRows struct {
	driver.Rows
	st   driver.Stmt
	text string
	home *statements
}

func (r *keptRows) Close() error {
	if err := r.Rows.Close(); err != nil {
		_ = r.st.Close()
		return err
	}
	return r.home.put(r.text, r.st)
}
