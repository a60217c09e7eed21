package dbtest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"atrio/db"
)

// Cell is a value of a row, as a dump of the database shows it: numbers as text, bytes as
// they are.
type Cell struct {
	Table, Column string
	Value         []byte
}

// Cells are all values of some tables, or of all.
func Cells(t testing.TB, d *db.DB, tables ...string) (list []Cell) {
	t.Helper()
	names := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
	if d.Dialect() == db.Postgres {
		names = `SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name`
	}
	for _, name := range read(t, d, names) {
		table := string(name[0].Value)
		if len(tables) > 0 && !slices.Contains(tables, table) {
			continue
		}
		for _, row := range read(t, d, `SELECT * FROM "`+table+`"`) {
			for _, c := range row {
				c.Table = table
				list = append(list, c)
			}
		}
	}
	return list
}

func read(t testing.TB, d *db.DB, query string) (list [][]Cell) {
	t.Helper()
	rows, err := d.Read().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		row, into := make([]Cell, len(columns)), make([]any, len(columns))
		values := make([]any, len(columns))
		for n := range values {
			into[n] = &values[n]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for n, v := range values {
			row[n].Column = columns[n]
			switch v := v.(type) {
			case nil:
			case []byte:
				row[n].Value = bytes.Clone(v)
			default:
				row[n].Value = fmt.Append(nil, v)
			}
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// Long is the length from which on a word is searched for everywhere, in base64 and in
// hexadecimal too. A shorter one would be met by chance in what is random: it has to stand by
// itself in a text.
const Long = 8

// Found names the form in which a word stands in bytes: as it is, in base64 at any place in
// its group of three, in hexadecimal; "" when it does not.
func Found(all, word []byte) string { return search(word).in(all) }

// searched is a word in the forms in which it may stand.
type searched struct {
	word  []byte
	forms map[string][]byte
}

func search(word []byte) searched {
	if len(word) < Long {
		return searched{word: word}
	}
	forms := map[string][]byte{"raw": word, "hex": []byte(hex.EncodeToString(word)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(word)))}
	for shift := range 3 {
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			// The first and last characters depend on what stands beside.
			text := encoding.EncodeToString(append(make([]byte, shift), word...))
			forms[fmt.Sprint(name, shift)] = []byte(text[2*shift : len(text)-2])
		}
	}
	return searched{word, forms}
}

func (s searched) in(all []byte) string {
	if s.forms == nil && byItself(all, s.word) {
		return "raw"
	}
	for name, form := range s.forms {
		if bytes.Contains(all, form) {
			return name
		}
	}
	return ""
}

// byItself tells whether a word stands in a text with nothing beside it that base64 is made of.
func byItself(all, word []byte) bool {
	if !utf8.Valid(all) {
		return false
	}
	part := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/=_-", r)
	}
	for _, one := range strings.FieldsFunc(string(all), func(r rune) bool { return !part(r) }) {
		if one == string(word) {
			return true
		}
	}
	return false
}

// Telling lists the columns that show one of the words, which have names, in any case of
// letters; and the columns of the list allowed (table.column, with a reason) that show none of
// them, or have no reason.
func Telling(cells []Cell, words, allowed map[string]string) (faults []string) {
	needed := map[string]bool{}
	as, lower := map[string]searched{}, map[string]searched{}
	for what, word := range words {
		as[what], lower[what] = search([]byte(word)), search([]byte(strings.ToLower(word)))
	}
	for _, c := range cells {
		column := c.Table + "." + c.Column
		var small []byte
		if utf8.Valid(c.Value) {
			small = bytes.ToLower(c.Value)
		}
		for what := range words {
			how := as[what].in(c.Value)
			if how == "" && small != nil && lower[what].in(small) == "raw" {
				how = "in other letters"
			}
			if how == "" {
				continue
			}
			needed[column] = true
			if allowed[column] == "" {
				faults = append(faults, fmt.Sprintf("%s shows %s, %s", column, what, how))
			}
		}
	}
	for column := range allowed {
		if !needed[column] {
			faults = append(faults, column+" is allowed and shows nothing: take it off the list")
		}
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}
