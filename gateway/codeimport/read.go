package codeimport

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

	"atrio/gateway/account"
	"atrio/gateway/registration"
	"atrio/people/person"
)

// Bounds of a file.
const (
	// LargestFile in bytes, and MostLines.
	LargestFile = 128 << 20
	MostLines   = 1_000_000

	longestName  = 80
	longestEmail = 254 // RFC 5321 4.5.3.1.3
	// mostFaults bounds what is told about a file that is wrong from top to bottom.
	mostFaults = 100
)

// columns are the names of the first line; only the code is required.
var columns = []string{"code", "given_name", "family_name", "fiscal_code", "birth_date", "email", "language"}

// Rules say what a file may hold.
type Rules struct {
	// WithoutCheckDigit takes codes whose last digit is no check digit.
	WithoutCheckDigit bool
	// OwnDomains are mail domains of the institution, which are no personal addresses.
	OwnDomains []string
	// Today bounds days of birth.
	Today time.Time
}

// Read reads a whole file: UTF-8, the columns named in the first line, separated by
// commas or semicolons. It tells all that is wrong at once, line by line; of a file with
// one wrong line nothing is to be imported, since nobody knows what else is wrong with it.
func Read(in io.Reader, rules Rules) ([]Line, error) {
	data, err := io.ReadAll(io.LimitReader(in, LargestFile+1))
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	switch {
	case len(data) > LargestFile:
		return nil, fmt.Errorf("the file is larger than %d MiB: part it", LargestFile>>20)
	case !utf8.Valid(data):
		return nil, errors.New("the file is not UTF-8: save it again as CSV UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = separator(data)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("the first line: %w", err)
	}
	places, err := placesOf(head)
	if err != nil {
		return nil, err
	}
	return readLines(r, places, rules)
}

// separator is a semicolon where the first line has one, as spreadsheets in Italian write.
func separator(data []byte) rune {
	first, _ := bufio.NewReader(bytes.NewReader(data)).ReadString('\n')
	if strings.Contains(first, ";") {
		return ';'
	}
	return ','
}

// placesOf finds the columns by their names.
func placesOf(head []string) (map[string]int, error) {
	places := map[string]int{}
	for i, name := range head {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(columns, name) {
			return nil, fmt.Errorf("the first line names the column %q, which means nothing here; the columns are: %s", name, strings.Join(columns, ", "))
		}
		if _, twice := places[name]; twice {
			return nil, fmt.Errorf("the first line names the column %s twice", name)
		}
		places[name] = i
	}
	if _, found := places["code"]; !found {
		return nil, errors.New("the first line names no column code")
	}
	return places, nil
}

func readLines(r *csv.Reader, places map[string]int, rules Rules) ([]Line, error) {
	var list []Line
	var faults []error
	codes, fiscal := map[account.Code]int{}, map[person.FiscalCode]int{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, errors.Join(append(faults, err)...) // what follows cannot be parted into lines
		}
		number, _ := r.FieldPos(0)
		line, err := read(number, record, places, rules)
		if err == nil {
			err = twice(line, codes, fiscal)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", number, err))
		}
		if len(faults) == mostFaults {
			return nil, errors.Join(append(faults, errors.New("and perhaps more"))...)
		}
		if list = append(list, line); len(list) > MostLines {
			return nil, fmt.Errorf("the file has more than %d lines: part it", MostLines)
		}
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if len(list) == 0 {
		return nil, errors.New("the file has no line but the first")
	}
	return list, nil
}

// twice refuses what stands in two lines.
func twice(l Line, codes map[account.Code]int, fiscal map[person.FiscalCode]int) error {
	if before, found := codes[l.Code]; found {
		return fmt.Errorf("the code %s stands in line %d already", l.Code, before)
	}
	codes[l.Code] = l.Number
	if l.FiscalCode == "" {
		return nil
	}
	if before, found := fiscal[l.FiscalCode]; found {
		return fmt.Errorf("the codice fiscale stands in line %d already, with another code", before)
	}
	fiscal[l.FiscalCode] = l.Number
	return nil
}

// read reads one line. The errors quote no personal data: they end in logs of the operator.
func read(number int, record []string, places map[string]int, rules Rules) (l Line, err error) {
	field := func(name string) string {
		if i, found := places[name]; found {
			return strings.TrimSpace(record[i])
		}
		return ""
	}
	l = Line{Number: number, GivenName: field("given_name"), FamilyName: field("family_name"), BirthDate: field("birth_date"), Email: field("email"), Language: strings.ToLower(field("language"))}
	if l.Code, err = account.ReadCode(field("code")); err != nil {
		return l, fmt.Errorf("code: %q has to be %d to %d digits, the first not 0", field("code"), account.MinDigits, account.MaxDigits)
	}
	if !l.Code.Checks() && !rules.WithoutCheckDigit {
		return l, fmt.Errorf("code: the last digit of %s is no check digit; if your codes have none, set gateway.codes_without_check_digit", l.Code)
	}
	if text := field("fiscal_code"); text != "" {
		if l.FiscalCode, err = person.ParseFiscalCode(text); err != nil {
			return l, errors.New("fiscal_code: this is no codice fiscale")
		}
	}
	return l, l.check(rules)
}

// check refuses what could not be shown, written to, or entered by anybody.
func (l Line) check(rules Rules) error {
	for _, name := range []string{l.GivenName, l.FamilyName} {
		if utf8.RuneCountInString(name) > longestName || strings.ContainsFunc(name, unicode.IsControl) {
			return fmt.Errorf("a name is longer than %d characters, or has characters that no name has", longestName)
		}
	}
	if l.BirthDate != "" {
		day, err := time.Parse(time.DateOnly, l.BirthDate)
		if err != nil || day.After(rules.Today) || day.Year() < 1880 {
			return errors.New("birth_date: write a day of the past as 2006-01-02")
		}
	}
	if l.Email != "" {
		if err := personal(l.Email, rules.OwnDomains); err != nil {
			return err
		}
	}
	if l.Language != "" && l.Language != "it" && l.Language != "en" {
		return errors.New("language: write it or en")
	}
	switch known := l.FiscalCode != "" || l.Email != ""; {
	case l.Names() && !known:
		return errors.New("a person needs an email or a fiscal_code: nobody could ever enter the account")
	case !l.Names() && (known || l.BirthDate != ""):
		return errors.New("a person needs a given_name or a family_name; a line with a code alone reserves it")
	}
	return nil
}

// personal checks the form of an address, and that it is not lost with the affiliation.
func personal(email string, own []string) error {
	local, domain, found := strings.Cut(email, "@")
	bad := !found || local == "" || len(local) > 64 || len(email) > longestEmail || !strings.Contains(strings.Trim(domain, "."), ".") ||
		strings.Contains(domain, "@") || strings.ContainsFunc(email, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) ||
		strings.ContainsAny(email, `<>",;:\()[]`)
	if bad {
		return errors.New("email: this is no address")
	}
	if registration.OwnAddress(own, email) {
		return fmt.Errorf("email: an address of %s is no personal one: it is lost with the affiliation", domain)
	}
	return nil
}
