package evidence_test

import (
	"encoding/hex"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atrio/db"
	"atrio/db/dbtest"
	"atrio/idp/evidence"
)

// everything is all that lies on disks: the files of the database, or its dump, and the
// directory of recordings with its names.
func (w *world) everything(t *testing.T) []byte {
	t.Helper()
	var all []byte
	if w.store.DB.Dialect() == db.Postgres {
		all = w.dump(t)
	} else {
		u, err := url.Parse(w.url)
		if err != nil {
			t.Fatal(err)
		}
		for _, suffix := range []string{"", "-wal"} {
			data, err := os.ReadFile(u.Path + suffix)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, data...)
		}
	}
	err := filepath.WalkDir(w.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(append(all, path...), data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// dump is every row of every table as text, binary values in their bytes too.
func (w *world) dump(t *testing.T) (all []byte) {
	t.Helper()
	for _, table := range w.texts(t, `SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema()`) {
		for _, row := range w.texts(t, `SELECT one::text FROM "`+table+`" AS one`) {
			all = append(all, row...)
			for _, part := range strings.Split(row, `\\x`)[1:] {
				if end := strings.IndexFunc(part, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }); end >= 0 {
					part = part[:end]
				}
				raw, err := hex.DecodeString(part)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, raw...)
			}
		}
	}
	return all
}

func (w *world) texts(t *testing.T, query string) (list []string) {
	t.Helper()
	rows, err := w.store.DB.Read().QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestNothingAtRestTellsAnythingWithoutTheKeys(t *testing.T) {
	// E: "Evidence at rest is unreadable without its keys".
	words := map[string]string{
		"name": "Giuseppina Esempi-Fittizi", "codice fiscale": "SMPGPP80A41H501X", "number of the document": "CA00000ZZ",
		"phone": "+393330000009", "image": string(picture()), "voice": "OpusHead di una voce inventata che parla",
	}
	each(t, func(t *testing.T, w *world) {
		var all []string
		for _, word := range words {
			all = append(all, word)
			for _, kind := range []evidence.Kind{evidence.DocumentFront, evidence.Contract, evidence.ChipReading, evidence.SignatureVerdict} {
				w.put(t, item(kind, "prima "+word+" dopo"))
			}
		}
		sum := w.record(t, strings.Join(all, "\n"), words["voice"], words["image"])
		look := func(when string) {
			t.Helper()
			rest := w.everything(t)
			if dbtest.Found(rest, []byte(sum.Recording)) == "" || dbtest.Found(rest, []byte("request-1")) == "" {
				t.Fatal("the search looks in the wrong place")
			}
			for what, word := range words {
				for at := 0; at+16 <= len(word); at += 16 { // pieces too
					if how := dbtest.Found(rest, []byte(word[at:at+16])); how != "" {
						t.Fatalf("%s: %s stands there, %s", when, what, how)
					}
				}
				if how := dbtest.Found(rest, []byte(word[:min(len(word), 24)])); how != "" {
					t.Errorf("%s: %s stands there, %s", when, what, how)
				}
			}
		}
		look("while people work on it")
		items, err := w.List(t.Context(), "request-1")
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			if i.Recording == "" {
				if _, err := w.Open(t.Context(), i.ID, work); err != nil {
					t.Fatal(err)
				}
			}
		}
		look("after somebody looked")
		if err := w.Archive(t.Context(), "request-1", "operator-1"); err != nil {
			t.Fatal(err)
		}
		look("in the archive")
	})
}

// picture is bytes like those of a picture, with no pattern that others would have.
func picture() []byte {
	out := []byte("\xff\xd8\xff\xe0\x00\x10JFIF")
	state := uint32(20260310)
	for range 2048 {
		state = state*1664525 + 1013904223
		out = append(out, byte(state>>24))
	}
	return out
}
