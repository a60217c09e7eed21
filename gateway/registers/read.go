package registers

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
	"unicode"
	"unicode/utf8"

	"atrio/gateway/access"
	"atrio/gateway/account"
	"atrio/people/person"
	"atrio/people/places"
)

// Limits of a file.
const (
	MaxBytes = 32 << 20
	MaxLines = 200_000
	maxField = 200 // characters
	// maxFaults is how many mistakes are told.
	maxFaults = 50
)

// columns are the names that the first line may have, in any order.
var columns = []string{"person", "fiscal_code", "citizenships", "birth_date", "kind", "unit", "from", "until"}

// Columns are the names of the columns.
func Columns() []string { return slices.Clone(columns) }

// Read reads a file: CSV in UTF-8, parted by commas or semicolons, the names of the
// columns first. Days are those of the zone. Lines about one person are put together, in
// the order of their first line.
func Read(from io.Reader, zone *time.Location, now time.Time) ([]Person, error) {
	data, err := io.ReadAll(io.LimitReader(from, MaxBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > MaxBytes:
		return nil, fmt.Errorf("the file is larger than %d MiB: part it", MaxBytes>>20)
	case !utf8.Valid(data):
		return nil, errors.New("the file is not UTF-8: save it so")
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	r := csv.NewReader(bytes.NewReader(data))
	if first, _ := bufio.NewReader(bytes.NewReader(data)).ReadString('\n'); strings.Contains(first, ";") {
		r.Comma = ';'
	}
	f := &reading{csv: r, zone: zone, now: now, people: map[string]int{}}
	if err := f.header(); err != nil {
		return nil, err
	}
	if err := f.lines(); err != nil {
		return nil, err
	}
	return f.list, nil
}

// reading is a file half read.
type reading struct {
	csv    *csv.Reader
	zone   *time.Location
	now    time.Time
	names  []string
	list   []Person
	people map[string]int // by key, into list
	faults []error
	more   int
}

func (f *reading) header() error {
	names, err := f.csv.Read()
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty")
	}
	if err != nil {
		return err
	}
	for i, name := range names {
		switch {
		case !slices.Contains(columns, name):
			return fmt.Errorf("line 1: there is no column %q; there are %s", name, strings.Join(columns, ", "))
		case slices.Contains(names[:i], name):
			return fmt.Errorf("line 1: the column %s stands twice", name)
		}
	}
	if !slices.Contains(names, "person") && !slices.Contains(names, "fiscal_code") {
		return errors.New("line 1: person or fiscal_code is needed, to name the account")
	}
	f.names = names
	return nil
}

// lines reads the rest, and tells all mistakes at once.
func (f *reading) lines() error {
	for n := 1; ; n++ {
		fields, err := f.csv.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err // what follows a broken quote means nothing
		}
		if n > MaxLines {
			return fmt.Errorf("more than %d lines: part the file", MaxLines)
		}
		line, _ := f.csv.FieldPos(0)
		row := make(map[string]string, len(fields))
		for i, value := range fields {
			row[f.names[i]] = strings.TrimSpace(value)
		}
		if err := f.line(line, row); err != nil {
			f.fault(line, err)
		}
	}
	if f.more > 0 {
		f.faults = append(f.faults, fmt.Errorf("and %d more", f.more))
	}
	if len(f.faults) == 0 && len(f.list) == 0 {
		return errors.New("the file names nobody")
	}
	return errors.Join(f.faults...)
}

func (f *reading) fault(line int, err error) {
	if len(f.faults) == maxFaults {
		f.more++
		return
	}
	f.faults = append(f.faults, fmt.Errorf("line %d: %w", line, err))
}

func (f *reading) line(n int, row map[string]string) error {
	for name, value := range row {
		if utf8.RuneCountInString(value) > maxField || strings.ContainsFunc(value, unicode.IsControl) {
			return fmt.Errorf("%s: at most %d characters, on one line", name, maxField)
		}
	}
	p, err := f.person(n, row)
	if err != nil {
		return err
	}
	tie, tied, err := f.tie(n, row)
	if err != nil {
		return err
	}
	if !tied && p.Citizenships == "" && p.BirthDate == "" {
		return errors.New("says nothing about the person")
	}
	key := string(p.Code) + "|" + string(p.FiscalCode)
	i, known := f.people[key]
	if !known {
		i = len(f.list)
		f.people[key], f.list = i, append(f.list, p)
	}
	if err := f.list[i].agree(p); err != nil {
		return err
	}
	if !tied {
		return nil
	}
	for _, t := range f.list[i].Ties {
		if t.Kind == tie.Kind && t.Unit == tie.Unit && t.Overlaps(tie.Affiliation) {
			return fmt.Errorf("overlaps line %d of the same person", t.Line)
		}
	}
	f.list[i].Ties = append(f.list[i].Ties, tie)
	return nil
}

// agree takes over what another line says of the person; two lines must say the same.
func (p *Person) agree(q Person) error {
	for _, one := range []struct {
		name string
		mine *string
		more string
	}{{"citizenships", &p.Citizenships, q.Citizenships}, {"birth_date", &p.BirthDate, q.BirthDate}} {
		switch {
		case *one.mine == "":
			*one.mine = one.more
		case one.more != "" && one.more != *one.mine:
			return fmt.Errorf("%s: line %d says something else of the same person", one.name, p.Line)
		}
	}
	return nil
}

func (f *reading) person(n int, row map[string]string) (p Person, err error) {
	p.Line = n
	if typed := row["person"]; typed != "" {
		if p.Code, err = account.ParseCode(typed); err != nil {
			return p, errors.New("person: is not a Codice Persona")
		}
	}
	if typed := row["fiscal_code"]; typed != "" {
		if p.FiscalCode, err = person.ParseFiscalCode(typed); err != nil {
			return p, errors.New("fiscal_code: is not a codice fiscale")
		}
	}
	if p.Code == "" && p.FiscalCode == "" {
		return p, errors.New("person or fiscal_code is needed")
	}
	if p.Citizenships, err = citizenships(row["citizenships"]); err != nil {
		return p, err
	}
	if typed := row["birth_date"]; typed != "" {
		born, err := f.day("birth_date", typed)
		if err != nil {
			return p, err
		}
		if born.After(f.now) {
			return p, errors.New("birth_date: lies ahead")
		}
		p.BirthDate = typed
	}
	return p, nil
}

// citizenships reads states apart by blanks, and puts Italy first.
func citizenships(typed string) (string, error) {
	states := strings.Fields(typed)
	for i, code := range states {
		if s, known := places.StateByISO(code); (!known || !s.Citizenship) && code != person.OtherState {
			return "", fmt.Errorf("citizenships: %q is no state; write codes of ISO 3166-1 apart by blanks, like IT BR; XX is another or none", code)
		}
		if slices.Contains(states[:i], code) {
			return "", fmt.Errorf("citizenships: %s stands twice", code)
		}
	}
	slices.Sort(states)
	if i := slices.Index(states, person.Italy); i > 0 {
		states = slices.Insert(slices.Delete(states, i, i+1), 0, person.Italy)
	}
	return strings.Join(states, " "), nil
}

// tie reads an affiliation; the file tells the last day, the store the moment after it.
func (f *reading) tie(n int, row map[string]string) (t Tie, tied bool, err error) {
	t.Line, t.Kind, t.Unit = n, row["kind"], row["unit"]
	if t.Kind == "" {
		if t.Unit != "" || row["from"] != "" || row["until"] != "" {
			return t, false, errors.New("unit, from and until go with kind")
		}
		return t, false, nil
	}
	if !slices.Contains(access.AffiliationKinds(), t.Kind) {
		return t, false, fmt.Errorf("kind: %q is none of %s", t.Kind, strings.Join(access.AffiliationKinds(), ", "))
	}
	if typed := row["from"]; typed != "" {
		if t.From, err = f.day("from", typed); err != nil {
			return t, false, err
		}
	}
	if typed := row["until"]; typed != "" {
		last, err := f.day("until", typed)
		if err != nil {
			return t, false, err
		}
		if t.Until = last.AddDate(0, 0, 1); !t.Until.After(t.From) {
			return t, false, errors.New("until: lies before from")
		}
	}
	return t, true, nil
}

// The years of days: others are mistakes of a program.
const (
	firstYear = 1900
	lastYear  = 2199
)

// day is the midnight at which a day begins.
func (f *reading) day(column, typed string) (time.Time, error) {
	day, err := time.ParseInLocation(time.DateOnly, typed, f.zone)
	if err != nil || day.Year() < firstYear || day.Year() > lastYear {
		return day, fmt.Errorf("%s: %q is no day; write it like 2026-03-01", column, typed)
	}
	return day, nil
}
