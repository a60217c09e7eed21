package providerdb_test

import (
	"maps"
	"testing"
	"time"

	"atrio/base/audit"
	"atrio/db"
	"atrio/db/dbtest"
	"atrio/federation/registry"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/gatewaydb/gatewaydbtest"
)

func TestTheLastGoodCopyOfASourceIsKeptForAllNodes(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, nil)
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
			{"first", copyOf("one", gatewaydbtest.Start), "one", gatewaydbtest.Start, 1},
			{"the same from another node", copyOf("one", gatewaydbtest.Start.Add(time.Minute)), "one", gatewaydbtest.Start, 0},
			{"newer", copyOf("two", gatewaydbtest.Start.Add(time.Hour)), "two", gatewaydbtest.Start.Add(time.Hour), 1},
			{"a slow node", copyOf("one", gatewaydbtest.Start.Add(time.Minute)), "two", gatewaydbtest.Start.Add(time.Hour), 0},
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
			found, err := s.ForgetCopy(t.Context(), "spid", "https://registry.example.it", audit.Event{At: gatewaydbtest.Start, Role: "gateway"})
			if found != want || err != nil {
				t.Errorf("forget: %v, %v", found, err)
			}
		}
		if _, ok, err := s.LoadCopy(t.Context(), "spid", "https://registry.example.it"); ok || err != nil {
			t.Errorf("a forgotten copy: %v, %v", ok, err)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1`, audit.CopyForgotten); n != 1 {
			t.Errorf("%d audit lines", n)
		}
	})
}

func TestTheTimeOfALossIsKeptBesideTheCopyAndGoesWithIt(t *testing.T) {
	const source = "https://registry.example.it"
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, nil)
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
		save("one", gatewaydbtest.Start)
		holds("at first", nil)
		later := gatewaydbtest.Start.Add(time.Hour)
		note(map[string]time.Time{"a": gatewaydbtest.Start, "b": later})
		note(map[string]time.Time{"a": later, "b": gatewaydbtest.Start}) // another node
		holds("the earlier one counts", map[string]time.Time{"a": gatewaydbtest.Start, "b": gatewaydbtest.Start})
		note(nil, "b", "unknown")
		holds("found again", map[string]time.Time{"a": gatewaydbtest.Start})
		save("one", later)
		save("of a slow node", gatewaydbtest.Start.Add(-time.Hour))
		holds("the copy stays", map[string]time.Time{"a": gatewaydbtest.Start})
		if err := s.NoteLost(t.Context(), "cie", source, map[string]time.Time{"c": gatewaydbtest.Start}, nil); err != nil {
			t.Fatal(err)
		}
		save("two", later)
		holds("another copy", nil)
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM provider_lost`); n != 1 {
			t.Errorf("%d rows of the other world", n)
		}
		note(map[string]time.Time{"a": gatewaydbtest.Start})
		if found, err := s.ForgetCopy(t.Context(), "spid", source, audit.Event{At: gatewaydbtest.Start, Role: "gateway"}); err != nil || !found {
			t.Fatal(found, err)
		}
		save("two", later)
		holds("forgotten with its copy", nil)
	})
}

func TestWhatTheOperatorSaysOfProvidersIsReadByAllNodesAndAudited(t *testing.T) {
	dbtest.Each(t, gatewaydbtest.Modules(), func(t *testing.T, d *db.DB) {
		s := gatewaydb.NewStore(d, nil)
		say := func(n registry.Note) {
			t.Helper()
			if err := s.NoteProvider(t.Context(), n, audit.Event{At: n.At, Role: "gateway"}); err != nil {
				t.Fatal(err)
			}
		}
		say(registry.Note{World: "spid", Kind: registry.NoteOutage, EntityID: "https://a", On: true, Text: "Fermo", At: gatewaydbtest.Start})
		say(registry.Note{World: "spid", Kind: registry.NoteValidator, On: true, At: gatewaydbtest.Start})
		say(registry.Note{World: "cie", Kind: registry.NoteOutage, EntityID: "https://c", On: true, At: gatewaydbtest.Start})
		say(registry.Note{World: "spid", Kind: registry.NoteOutage, EntityID: "https://a", On: false, At: gatewaydbtest.Start.Add(time.Hour)})
		list, err := s.ProviderNotes(t.Context(), "spid")
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v, %v", list, err)
		}
		if n := list[0]; n.EntityID != "https://a" || n.On || n.Text != "" || !n.At.Equal(gatewaydbtest.Start.Add(time.Hour)) {
			t.Errorf("%+v", n)
		}
		if n := list[1]; n.Kind != registry.NoteValidator || !n.On || n.World != "spid" {
			t.Errorf("%+v", n)
		}
		if n := gatewaydbtest.Count(t, d, `SELECT count(*) FROM audit WHERE action = $1 AND outcome = 'ok'`, audit.ProviderNoted); n != 4 {
			t.Errorf("%d audit lines", n)
		}
	})
}
