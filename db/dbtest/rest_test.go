package dbtest_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"atrio/db"
	"atrio/db/dbtest"
)

func TestTheSearchFindsWhatIsNotEncrypted(t *testing.T) {
	word := []byte("RSSMRA80A01H501U")
	for name, text := range map[string][]byte{
		"raw": word, "hex": []byte(hex.EncodeToString(word)),
		"base64 0": []byte(base64.StdEncoding.EncodeToString(word)), "base64 1": []byte(base64.StdEncoding.EncodeToString(append([]byte("x"), word...))),
		"base64 2": []byte(base64.URLEncoding.EncodeToString(append([]byte("xy"), append(word, "z"...)...))),
	} {
		if dbtest.Found(append([]byte("before"), text...), word) == "" {
			t.Errorf("%s is not found", name)
		}
	}
	if how := dbtest.Found([]byte("something else"), word); how != "" {
		t.Errorf("found as %s", how)
	}
}

func TestAShortWordIsFoundByItselfAlone(t *testing.T) {
	for text, want := range map[string]string{
		"A744": "raw", `{"place":"A744"}`: "raw", "nata a (A744), oggi": "raw", "xxA744": "", "A744xx": "", "q-A744_w": "", "\xff A744": "", "": "",
	} {
		if got := dbtest.Found([]byte(text), []byte("A744")); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// A copy of a database in which one column is in clear: the scanner has to find it, wherever
// it is and in whatever form, on both engines.
func TestAColumnInClearIsFoundAndAnAllowedOneHasToBeNeeded(t *testing.T) {
	files := fstest.MapFS{}
	for dialect, blob := range map[string]string{"sqlite": "BLOB", "postgres": "bytea"} {
		files[dialect+"/0001_people.sql"] = &fstest.MapFile{Data: []byte(`CREATE TABLE people (id text NOT NULL PRIMARY KEY, at bigint NOT NULL, said text NOT NULL, raw ` + blob + ` NOT NULL, more text)`)}
	}
	words := map[string]string{"the name": "Serafina", "the day": "1975-09-23", "the same in figures": "180662400000000", "the place": "A744"}
	dbtest.Each(t, []db.Module{{Name: "people", FS: files}}, func(t *testing.T, d *db.DB) {
		put := func(id string, at int64, said string, raw []byte) {
			t.Helper()
			err := d.One(t.Context(), func(q db.Queryer) error {
				_, err := q.ExecContext(t.Context(), `INSERT INTO people (id, at, said, raw) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET at = excluded.at, said = excluded.said, raw = excluded.raw`, id, at, said, raw)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		expect := func(allowed map[string]string, want ...string) {
			t.Helper()
			var got []string
			for _, fault := range dbtest.Telling(dbtest.Cells(t, d), words, allowed) {
				what, _, _ := strings.Cut(fault, ",") // and the form
				got = append(got, what)
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		}
		put("one", 1, "sealed", []byte{0, 1, 2})
		seen := map[string]bool{}
		for _, c := range dbtest.Cells(t, d) {
			seen[c.Table+"."+c.Column] = true
		}
		for _, column := range []string{"id", "at", "said", "raw", "more"} {
			if !seen["people."+column] {
				t.Errorf("%s is not looked at: %v", column, seen)
			}
		}
		expect(nil)
		expect(map[string]string{"people.said": "a reason"}, "people.said is allowed and shows nothing: take it off the list")
		put("one", 180662400000000, "nata SERAFINA", []byte("x\x00\xff"+base64.RawURLEncoding.EncodeToString([]byte("qui 1975-09-23"))))
		expect(nil, "people.at shows the same in figures", "people.raw shows the day", "people.said shows the name")
		expect(map[string]string{"people.at": "a reason", "people.raw": "another"}, "people.said shows the name")
		expect(map[string]string{"people.at": "", "people.raw": "a reason", "people.said": "another"}, "people.at shows the same in figures")
		put("one", 1, hex.EncodeToString([]byte("Serafina")), []byte{1})
		expect(nil, "people.said shows the name")
		put("one", 1, fmt.Sprintf("%q", "A744"), []byte{1})
		expect(nil, "people.said shows the place")
	})
}
