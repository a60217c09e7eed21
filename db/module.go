package db

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
)

// Module is a set of tables with its own numbered history. FS holds
// sqlite/NNNN_name.sql and postgres/NNNN_name.sql: twins with the same names,
// numbered from 0001 without a gap, never changed after a release.
type Module struct {
	Name string
	FS   fs.FS
}

// step is one migration file in one dialect.
type step struct {
	module string
	number int
	name   string
	sql    string
	sum    string // SHA-256 of the file, hexadecimal
}

var fileName = regexp.MustCompile(`^(\d{4})_[a-z0-9_]+\.sql$`)

// steps reads the history of a module in a dialect and checks it against its
// twin.
func (m Module) steps(dialect Dialect) ([]step, error) {
	own, err := m.names(dialect)
	if err != nil {
		return nil, err
	}
	twin := SQLite
	if dialect == SQLite {
		twin = Postgres
	}
	other, err := m.names(twin)
	if err != nil {
		return nil, err
	}
	if fmt.Sprint(own) != fmt.Sprint(other) {
		return nil, fmt.Errorf("db: module %s: the migrations for sqlite and postgres must have the same names", m.Name)
	}
	list := make([]step, 0, len(own))
	for i, name := range own {
		number, _ := strconv.Atoi(fileName.FindStringSubmatch(name)[1])
		if number != i+1 {
			return nil, fmt.Errorf("db: module %s: migration %04d is missing or doubled (found %s)", m.Name, i+1, name)
		}
		text, err := fs.ReadFile(m.FS, string(dialect)+"/"+name)
		if err != nil {
			return nil, fmt.Errorf("db: module %s: %w", m.Name, err)
		}
		sum := sha256.Sum256(text)
		list = append(list, step{m.Name, number, name, string(text), hex.EncodeToString(sum[:])})
	}
	return list, nil
}

func (m Module) names(dialect Dialect) ([]string, error) {
	entries, err := fs.ReadDir(m.FS, string(dialect))
	if err != nil {
		return nil, fmt.Errorf("db: module %s: %w", m.Name, err)
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if e.IsDir() || !fileName.MatchString(e.Name()) {
			return nil, fmt.Errorf("db: module %s: %s/%s is not named NNNN_name.sql", m.Name, dialect, e.Name())
		}
		names = append(names, e.Name())
	}
	return names, nil
}
