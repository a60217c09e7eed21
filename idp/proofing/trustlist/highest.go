package trustlist

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// mark is how far the lists of a territory have come.
type mark struct {
	Sequence int       `json:"sequence"`
	Issued   time.Time `json:"issued"`
}

func markOf(l *List) mark { return mark{l.Sequence, l.Issued} }

// above says whether a list is older than the mark, by number or by date.
func (m mark) above(l *List) bool { return l.Sequence < m.Sequence || l.Issued.Before(m.Issued) }

// highestFile keeps the marks beside the lists, so that a restart does not forget them: a
// list that was put back on the disk while nothing ran is not opened either. Whoever may
// write the directory can take the file away too; it is against mistakes and old copies.
func (s *Shelf) highestFile() string { return filepath.Join(s.Dir, "highest.json") }

// highest reads the marks, by territory.
func (s *Shelf) highest() (map[string]mark, error) {
	data, err := os.ReadFile(s.highestFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var marks map[string]mark
	if err := json.Unmarshal(data, &marks); err != nil {
		return nil, fmt.Errorf("%s: %w", s.highestFile(), err)
	}
	return marks, nil
}

// raise writes the mark of a list that was imported.
func (s *Shelf) raise(marks map[string]mark, l *List) error {
	raised := map[string]mark{}
	maps.Copy(raised, marks)
	raised[l.Territory] = markOf(l)
	data, err := json.Marshal(raised)
	if err != nil {
		return err
	}
	return s.replace(s.highestFile(), data)
}
