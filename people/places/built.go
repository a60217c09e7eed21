package places

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// record is a municipality with its last name and province, before what is known
// of its history is added.
type record struct {
	code, name, other, province string
	first, last                 day
	was                         []formerName
}

type formerName struct {
	last day
	name string
}

// built reads the file of the assets and puts the facts over it.
func built(fsys fs.FS) ([]municipality, error) {
	f, err := fsys.Open(Built)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("places: not built yet: run `make assets`: %w", err)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := readBuilt(f)
	if err != nil {
		return nil, fmt.Errorf("places: %s: %w: run `make assets`", Built, err)
	}
	if err := correct(records, municipalityFacts); err != nil {
		return nil, err
	}
	moves, err := readMoves(strings.NewReader(provinceFacts))
	if err != nil {
		return nil, err
	}
	return histories(records, moves), nil
}

// readBuilt reads lines "code name province first last".
func readBuilt(r io.Reader) (map[string]*record, error) {
	records := map[string]*record{}
	err := eachLine(r, func(f []string) error {
		if len(f) != 5 {
			return errors.New("not five fields")
		}
		first, err := parseDay(f[3])
		if err != nil {
			return err
		}
		last, err := parseDay(f[4])
		if err != nil {
			return err
		}
		if last != still { // the package tells the day after
			last = last.before()
		}
		return add(records, &record{code: strings.Clone(f[0]), name: strings.Clone(display(repaired(f[1]))), province: strings.Clone(f[2]), first: first, last: last})
	})
	return records, err
}

func add(records map[string]*record, r *record) error {
	switch {
	case !isCode(r.code) || r.code[0] == abroad:
		return fmt.Errorf("%.10q is no code of a municipality", r.code)
	case records[r.code] != nil:
		return fmt.Errorf("%s stands there twice", r.code)
	case r.name == "" || len(r.name) > longestName || !isProvince(r.province) || r.first > r.last:
		return fmt.Errorf("%s has no name, a wrong province or days in the wrong order", r.code)
	}
	records[r.code] = r
	return nil
}

const longestName = 120

func isCode(s string) bool {
	return len(s) == 4 && s[0] >= 'A' && s[0] <= 'Z' && strings.Trim(s[1:], "0123456789") == ""
}

func isProvince(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// eachLine gives the fields of every line that is neither empty nor a comment.
func eachLine(r io.Reader, line func(fields []string) error) error {
	s := bufio.NewScanner(r)
	for n := 1; s.Scan(); n++ {
		text := s.Text()
		if text == "" || text[0] == '#' {
			continue
		}
		if err := line(strings.Split(text, "\t")); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return s.Err()
}

// histories gives each municipality its periods.
func histories(records map[string]*record, moves []move) []municipality {
	provinces := provincesOverTime(records, moves)
	list := make([]municipality, 0, len(records))
	for code, r := range records {
		list = append(list, municipality{code, r.periods(provinces[code])})
	}
	slices.SortFunc(list, func(a, b municipality) int { return strings.Compare(a.code, b.code) })
	return list
}

// periods cuts the time of a municipality where its province or name changed.
func (r *record) periods(provinces []since) []period {
	cuts := []day{r.first}
	for _, p := range provinces {
		cuts = append(cuts, p.first)
	}
	for _, w := range r.was {
		cuts = append(cuts, w.last.after())
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var list []period
	for i, first := range cuts {
		if first < r.first || first > r.last {
			continue
		}
		p := period{first: first, last: r.last, name: r.name, other: r.other, province: r.province}
		if i+1 < len(cuts) {
			p.last = min(cuts[i+1].before(), r.last)
		}
		for _, s := range provinces {
			if s.first <= first {
				p.province = s.province
			}
		}
		for _, w := range slices.Backward(r.was) {
			if first <= w.last {
				p.name = w.name
			}
		}
		list = append(list, p)
	}
	return list
}
