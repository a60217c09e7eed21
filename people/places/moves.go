package places

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
)

// provinceFacts are the moves of municipalities between provinces, the earliest
// first: "day from to codes". Without codes it was everybody in the new province
// who was there before and whom no other line of that day names: so a province is
// founded. A line from a province to itself names those who were there all along.
// The file is written by tools/places.
//
//go:embed facts/provinces.tsv
var provinceFacts string

type move struct {
	on       day
	from, to string
	codes    map[string]bool // nil: everybody else
}

// since is a province and the first day in it.
type since struct {
	first    day
	province string
}

func readMoves(r io.Reader) ([]move, error) {
	var moves []move
	err := eachLine(r, func(f []string) error {
		if len(f) != 3 && len(f) != 4 {
			return errors.New("not three or four fields")
		}
		on, err := parseDay(f[0])
		if err != nil {
			return err
		}
		if !isProvince(f[1]) || !isProvince(f[2]) {
			return errors.New("no province")
		}
		m := move{on: on, from: f[1], to: f[2]}
		if len(f) == 4 {
			if m.codes, err = codeSet(f[3]); err != nil {
				return err
			}
		}
		moves = append(moves, m)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("places: facts of provinces: %w", err)
	}
	return moves, nil
}

// codeSet reads codes that stand side by side without anything between.
func codeSet(s string) (map[string]bool, error) {
	set := map[string]bool{}
	for len(s) >= 4 && isCode(s[:4]) {
		set[s[:4]] = true
		s = s[4:]
	}
	if s != "" {
		return nil, fmt.Errorf("%.10q is no code", s)
	}
	return set, nil
}

// provincesOverTime goes back in time from the last province of each
// municipality. What it gives for a code begins with the earliest.
func provincesOverTime(records map[string]*record, moves []move) map[string][]since {
	moves = slices.Clone(moves)
	slices.SortStableFunc(moves, func(a, b move) int {
		if a.on != b.on {
			return int(b.on - a.on) // the latest first
		}
		return named(b) - named(a) // who is named before everybody else
	})
	byCode := make(map[string]*walk, len(records))
	walks := make([]*walk, 0, len(records))
	for code, r := range records {
		w := &walk{record: r, now: r.province}
		byCode[code], walks = w, append(walks, w)
	}
	for _, m := range moves {
		if m.codes == nil {
			for _, w := range walks {
				w.undo(m)
			}
		}
		for code := range m.codes {
			if w := byCode[code]; w != nil {
				w.undo(m)
			}
		}
	}
	over := map[string][]since{}
	for _, w := range walks {
		if w.over != nil {
			over[w.code] = append(w.over, since{w.first, w.now})
			slices.Reverse(over[w.code])
		}
	}
	return over
}

// walk is a municipality on the way back in time.
type walk struct {
	*record
	now  string // the province
	done day    // of the last move looked at that names it
	over []since
}

func (w *walk) undo(m move) {
	if w.now != m.to || w.done == m.on || w.record.first >= m.on || w.last < m.on {
		return
	}
	if w.done = m.on; m.from != m.to {
		w.over = append(w.over, since{m.on, m.to})
		w.now = m.from
	}
}

func named(m move) int {
	if m.codes == nil {
		return 0
	}
	return 1
}
