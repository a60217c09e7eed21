package gatewaydb_test

import (
	"maps"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/federation/registry"
	"atrio/gateway/gatewaydb"
)

func TestTheLastGoodCopyOfASourceIsKeptForAllNodes(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := &gatewaydb.Store{DB: d}
		copyOf := func(document string, at time.Time) registry.Copy {
			return registry.Copy{World: "spid", Source: "https://registry.example.it", Document: []byte(document), ETag: `"` + document + `"`, Modified: "then", FetchedAt: at}
		}
		holds := func(when, want string, at time.Time) {
			t.Helper()
			c, ok, err := s.LoadCopy(t.Context(), "spid", "https://registry.example.it")
			if err != nil || !ok || string(c.Document) != want || c.ETag != `"`+want+`"` || c.Modified != "then" || !c.FetchedAt.Equal(at) {
				t.Errorf("%s: %+v, %v, %v", when, c, ok, err)
			}
		}
		if _, ok, err := s.LoadCopy(t.Context(), "spid", "https://registry.example.it"); ok || err != nil {
			t.Fatalf("an empty table: %v, %v", ok, err)
		}
		for _, step := range []struct {
			when   string
			save   registry.Copy
			want   string
			at     time.Time
			writes uint64
		}{
			{"first", copyOf("one", start), "one", start, 1},
			{"the same from another node", copyOf("one", start.Add(time.Minute)), "one", start, 0},
			{"newer", copyOf("two", start.Add(time.Hour)), "two", start.Add(time.Hour), 1},
			{"a slow node", copyOf("one", start.Add(time.Minute)), "two", start.Add(time.Hour), 0},
		} {
			before := d.Commits()
			if err := s.SaveCopy(t.Context(), step.save); err != nil {
				t.Fatal(err)
			}
			holds(step.when, step.want, step.at)
			if n := d.Commits() - before; uint64(n) != step.writes {
				t.Errorf("%s: %d commits", step.when, n)
			}
		}
		if _, ok, err := s.LoadCopy(t.Context(), "cie", "https://registry.example.it"); ok || err != nil {
			t.Errorf("another world: %v, %v", ok, err)
		}
		for _, want := range []bool{true, false} {
			found, err := s.ForgetCopy(t.Context(), "spid", "https://registry.example.it", audit.Event{At: start, Role: "gateway"})
			if found != want || err != nil {
				t.Errorf("forget: %v, %v", found, err)
			}
		}
		if _, ok, err := s.LoadCopy(t.Context(), "spid", "https://registry.example.it"); ok || err != nil {
			t.Errorf("a forgotten copy: %v, %v", ok, err)
		}
		if n := count(t, d, `SELECT count(*) FROM audit WHERE action = $1`, audit.CopyForgotten); n != 1 {
			t.Errorf("%d audit lines", n)
		}
	})
}

func TestTheTimeOfALossIsKeptBesideTheCopyAndGoesWithIt(t *testing.T) {
	const source = "https://registry.example.it"
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := &gatewaydb.Store{DB: d}
		save := func(document string, at time.Time) {
			t.Helper()
			if err := s.SaveCopy(t.Context(), registry.Copy{World: "spid", Source: source, Document: []byte(document), FetchedAt: at}); err != nil {
				t.Fatal(err)
			}
		}
		note := func(lost map[string]time.Time, found ...string) {
			t.Helper()
			if err := s.NoteLost(t.Context(), "spid", source, lost, found); err != nil {
				t.Fatal(err)
			}
		}
		holds := func(when string, want map[string]time.Time) {
			t.Helper()
			c, ok, err := s.LoadCopy(t.Context(), "spid", source)
			if err != nil || !ok || !maps.EqualFunc(c.Lost, want, time.Time.Equal) {
				t.Errorf("%s: %v, %v, %v", when, c.Lost, ok, err)
			}
		}
		save("one", start)
		holds("at first", nil)
		later := start.Add(time.Hour)
		note(map[string]time.Time{"a": start, "b": later})
		note(map[string]time.Time{"a": later, "b": start}) // another node
		holds("the earlier one counts", map[string]time.Time{"a": start, "b": start})
		note(nil, "b", "unknown")
		holds("found again", map[string]time.Time{"a": start})
		save("one", later)
		save("of a slow node", start.Add(-time.Hour))
		holds("the copy stays", map[string]time.Time{"a": start})
		if err := s.NoteLost(t.Context(), "cie", source, map[string]time.Time{"c": start}, nil); err != nil {
			t.Fatal(err)
		}
		save("two", later)
		holds("another copy", nil)
		if n := count(t, d, `SELECT count(*) FROM provider_lost`); n != 1 {
			t.Errorf("%d rows of the other world", n)
		}
		note(map[string]time.Time{"a": start})
		if found, err := s.ForgetCopy(t.Context(), "spid", source, audit.Event{At: start, Role: "gateway"}); err != nil || !found {
			t.Fatal(found, err)
		}
		save("two", later)
		holds("forgotten with its copy", nil)
	})
}

func TestWhatTheOperatorSaysOfProvidersIsReadByAllNodesAndAudited(t *testing.T) {
	dbtest.Each(t, modules(), func(t *testing.T, d *db.DB) {
		s := &gatewaydb.Store{DB: d}
		say := func(n registry.Note) {
			t.Helper()
			if err := s.NoteProvider(t.Context(), n, audit.Event{At: n.At, Role: "gateway"}); err != nil {
				t.Fatal(err)
			}
		}
		say(registry.Note{World: "spid", Kind: registry.NoteOutage, EntityID: "https://a", On: true, Text: "Fermo", At: start})
		say(registry.Note{World: "spid", Kind: registry.NoteValidator, On: true, At: start})
		say(registry.Note{World: "cie", Kind: registry.NoteOutage, EntityID: "https://c", On: true, At: start})
		say(registry.Note{World: "spid", Kind: registry.NoteOutage, EntityID: "https://a", On: false, At: start.Add(time.Hour)})
		list, err := s.ProviderNotes(t.Context(), "spid")
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		if n := list[0]; n.EntityID != "https://a" || n.On || n.Text != "" || !n.At.Equal(start.Add(time.Hour)) {
			t.Errorf("%+v", n)
		}
		if n := list[1]; n.Kind != registry.NoteValidator || !n.On || n.World != "spid" {
			t.Errorf("%+v", n)
		}
		if n := count(t, d, `SELECT count(*) FROM audit WHERE action = $1 AND outcome = 'ok'`, audit.ProviderNoted); n != 4 {
			t.Errorf("%d audit lines", n)
		}
	})
}
