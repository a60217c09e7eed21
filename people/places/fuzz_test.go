package places

import (
	"strings"
	"testing"
	"time"
)

func FuzzReadANPR(f *testing.F) {
	f.Add(smallArchive)
	f.Add(archiveHead)
	f.Add("CODCATASTALE;DENOMINAZIONE_IT;SIGLAPROVINCIA;DATAISTITUZIONE;DATACESSAZIONE\nH501;\"Ro\nma\";RM;1861-03-17;9999-12-31\n")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ReadANPR(strings.NewReader(text))
		if err != nil {
			return
		}
		d := newDirectory(nil, Source{}).With(a)
		if list := append(d.Disagreements(a), d.OtherProvinces(a)...); len(list) != 0 {
			t.Fatalf("after the import: %+v", list)
		}
		for _, m := range d.municipalities {
			for i, p := range m.periods {
				if p.first > p.last || i > 0 && m.periods[i-1].last >= p.first {
					t.Fatalf("%s: periods out of order: %+v", m.code, m.periods)
				}
			}
			if found := d.Search(Query{Text: m.code}); len(found) != 1 || found[0].Code != m.code {
				t.Fatalf("%s is not found", m.code)
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{"roma", "san giov", "Forlì", "l'aq", "h501", "Z404", "\xff", "   "} {
		f.Add(s, "RM", int64(0), 5)
	}
	d, err := ReadANPR(strings.NewReader(smallArchive))
	if err != nil {
		f.Fatal(err)
	}
	directory := newDirectory(nil, Source{}).With(d)
	f.Fuzz(func(t *testing.T, text, province string, on int64, limit int) {
		q := Query{Text: text, Province: province, On: time.Unix(on, 0).UTC(), Limit: limit}
		found := directory.Search(q)
		if len(found) > most {
			t.Fatalf("%d places", len(found))
		}
		seen := map[string]bool{}
		for _, p := range found {
			if _, there := directory.Find(p.Code, q.On); !there || seen[p.Code] {
				t.Fatalf("%q found %+v", text, p)
			}
			seen[p.Code] = true
		}
	})
}
