package places

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Archive is the archive of municipalities of the national register (ANPR), as
// the Ministry of the Interior publishes it: one line for each change.
type Archive struct {
	// Newest is the day of the newest line.
	Newest time.Time
	// Skipped is how many lines have no cadastral code: nobody can be found by them.
	Skipped int

	municipalities []municipality
}

// Codes is how many municipalities the archive has.
func (a *Archive) Codes() int { return len(a.municipalities) }

// largestArchive bounds what is read; the archive of 2026 has less than 2 MB.
const largestArchive = 32 << 20

// ReadANPR reads the archive: comma or semicolon separated, in UTF-8. A file with
// one wrong line is refused as a whole, with the number of the line.
func ReadANPR(r io.Reader) (*Archive, error) {
	data, err := io.ReadAll(io.LimitReader(r, largestArchive+1))
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > largestArchive:
		return nil, fmt.Errorf("archive: more than %d bytes", largestArchive)
	case !utf8.Valid(data):
		return nil, errors.New("archive: not in UTF-8")
	}
	a, err := readLines(newReader(data))
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	return a, nil
}

func newReader(data []byte) *csv.Reader {
	c := csv.NewReader(bytes.NewReader(data))
	if head, _, _ := bytes.Cut(data, []byte("\n")); bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		c.Comma = ';'
	}
	c.ReuseRecord = true
	return c
}

// CheckANPR looks at the names of the columns alone: it finds a file that is another
// one, not a line that is wrong.
func CheckANPR(r io.Reader) error {
	head, err := bufio.NewReader(io.LimitReader(r, longestHead)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := readHead(newReader(bytes.TrimPrefix(head, []byte("\ufeff")))); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}

// longestHead is four times what the Ministry writes.
const longestHead = 1 << 10

// columns that are read; those in the second line need not be there.
var (
	needed  = []string{"CODCATASTALE", "DENOMINAZIONE_IT", "SIGLAPROVINCIA", "DATAISTITUZIONE", "DATACESSAZIONE"}
	welcome = []string{"ALTRADENOMINAZIONE", "DATAULTIMOAGG"}
)

// readHead tells in which column what stands.
func readHead(c *csv.Reader) (map[string]int, error) {
	head, err := c.Read()
	if err != nil {
		return nil, fmt.Errorf("no first line with the names of the columns: %w", err)
	}
	column := map[string]int{}
	for _, name := range welcome {
		column[name] = -1
	}
	for i, name := range head {
		column[strings.ToUpper(strings.TrimSpace(name))] = i
	}
	for _, name := range needed {
		if _, there := column[name]; !there {
			return nil, fmt.Errorf("no column %s", name)
		}
	}
	return column, nil
}

func readLines(c *csv.Reader) (*Archive, error) {
	column, err := readHead(c)
	if err != nil {
		return nil, err
	}
	a, byCode := &Archive{}, map[string][]period{}
	var newest day
	for {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		line, _ := c.FieldPos(0)
		get := func(name string) string {
			if i := column[name]; i >= 0 {
				return strings.TrimSpace(fields[i])
			}
			return ""
		}
		if changed, err := parseDay(get("DATAULTIMOAGG")); err == nil && changed > newest {
			newest = changed
		}
		code := get("CODCATASTALE")
		if code == "ND" || code == "" {
			a.Skipped++
			continue
		}
		p, err := readPeriod(code, get)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		byCode[code] = append(byCode[code], p)
	}
	a.Newest = newest.time()
	for code, periods := range byCode {
		m := municipality{strings.Clone(code), periods}
		m.order()
		a.municipalities = append(a.municipalities, m)
	}
	slices.SortFunc(a.municipalities, func(a, b municipality) int { return strings.Compare(a.code, b.code) })
	return a, nil
}

func readPeriod(code string, get func(string) string) (p period, err error) {
	if !isCode(code) || code[0] == abroad {
		return p, fmt.Errorf("%.10q is no code of a municipality", code)
	}
	p.name, p.other = get("DENOMINAZIONE_IT"), get("ALTRADENOMINAZIONE")
	if p.name == "" || len(p.name) > longestName || len(p.other) > longestName {
		return p, errors.New("no name, or a very long one")
	}
	p.name, p.other = display(p.name), display(p.other)
	if p.province = get("SIGLAPROVINCIA"); !isProvince(p.province) {
		return p, fmt.Errorf("%.10q is no province", p.province)
	}
	p.province = strings.Clone(p.province)
	if p.first, err = parseDay(get("DATAISTITUZIONE")); err != nil {
		return p, err
	}
	if p.last, err = parseDay(get("DATACESSAZIONE")); err != nil {
		return p, err
	}
	if p.first > p.last {
		return p, errors.New("the days are in the wrong order")
	}
	return p, nil
}

// order puts the periods in the order of time and joins those between which
// nothing changed that matters here. Where two overlap, the later one counts: the
// archive has a code for which two names were told at the same time.
func (m *municipality) order() {
	slices.SortStableFunc(m.periods, func(a, b period) int { return int(a.first - b.first) })
	joined := m.periods[:1]
	for _, p := range m.periods[1:] {
		last := &joined[len(joined)-1]
		if last.last >= p.first {
			if last.first == p.first {
				*last = p
				continue
			}
			last.last = p.first.before()
		}
		if same := *last; last.last.after() == p.first && same.name == p.name && same.other == p.other && same.province == p.province {
			last.last = p.last
			continue
		}
		joined = append(joined, p)
	}
	m.periods = slices.Clip(joined)
}

// With is the directory with the archive in the place of its own municipalities.
// Those that the archive does not have stay: it is older than they are, or lacks them.
func (d *Directory) With(a *Archive) *Directory {
	list := make([]municipality, 0, len(d.municipalities))
	for _, m := range a.municipalities {
		if i, known := d.position(m.code); known {
			m.periods = d.municipalities[i].written(m.periods)
		}
		list = append(list, m)
	}
	imported := make(map[string]bool, len(list))
	for _, m := range list {
		imported[m.code] = true
	}
	for _, m := range d.municipalities {
		if !imported[m.code] {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b municipality) int { return strings.Compare(a.code, b.code) })
	return newDirectory(list, Source{Imported: true, Newest: a.Newest})
}

// written gives the periods the spelling of names that is known here: the archive
// shouts, so that where small letters go is a guess.
func (m *municipality) written(periods []period) []period {
	periods = slices.Clone(periods)
	for i := range periods {
		for _, own := range m.periods {
			if strings.EqualFold(own.name, periods[i].name) {
				periods[i].name = own.name
			}
		}
	}
	return periods
}
