package registry_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/federation/registry"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
)

// words are the warnings of a list.
func words(list []registry.Warning) (out []string) {
	for _, w := range list {
		out = append(out, w.Code+" "+strings.Repeat("!", w.Stage))
	}
	return out
}

// The certificates of these tests end on 10 September 2026.
func TestTheOperatorIsWarnedThirtySevenAndOneDaysBeforeAnEnd(t *testing.T) {
	w := newWorld(t)
	end := samltest.Start.AddDate(0, 6, 0)
	until := func(e *metadata.Entity) { e.ValidUntil = end }
	path := w.file("a.xml", []byte(w.description(idA, until, "a")))
	node := w.node(files(path))
	const day = 24 * time.Hour
	for _, step := range []struct {
		before time.Duration
		want   []string
		tells  int
	}{
		{31 * day, nil, 0},
		{30 * day, []string{"metadata !", "certificate !"}, 2},
		{30*day - time.Hour, []string{"metadata !", "certificate !"}, 0},
		{7 * day, []string{"metadata !!", "certificate !!"}, 2},
		{day, []string{"metadata !!!", "certificate !!!"}, 2},
		{0, []string{"metadata_expired !!!!", "certificate_expired !!!!"}, 2},
	} {
		w.later(node, end.Add(-step.before).Sub(w.clock.Now()))
		state := node.State(w.clock.Now())
		if got := words(state.Entities[0].Warnings); !slices.Equal(got, step.want) {
			t.Errorf("%v before: %v, want %v", step.before, got, step.want)
		}
		if log := w.log.take(); strings.Count(log, "metadata need attention") < step.tells {
			t.Errorf("%v before the end the log has: %s", step.before, log)
		} else if step.tells == 0 && log != "" {
			t.Errorf("%v before the end nothing new is to be told: %s", step.before, log)
		}
	}
}

// A federation that signs anew every day for ten days must not be a standing warning.
func TestADocumentThatIsRenewedAllTheTimeWarnsOnlyWhenItIsNot(t *testing.T) {
	w := newWorld(t)
	const day = 24 * time.Hour
	w.publish(w.aggregate(10*day, w.description(idA, nil, "a")))
	node := w.node()
	if s := w.source(node); len(s.Warnings) != 0 {
		t.Errorf("fresh: %v", words(s.Warnings))
	}
	w.later(node, 4*day)
	if s := w.source(node); len(s.Warnings) != 0 {
		t.Errorf("six days left: %v", words(s.Warnings))
	}
	w.later(node, 5*day)
	if s := w.source(node); !slices.Equal(words(s.Warnings), []string{"metadata !!!"}) {
		t.Errorf("one day left: %v", words(s.Warnings))
	}
	w.later(node, day)
	if s := w.source(node); !slices.Equal(words(s.Warnings), []string{"stale !", "metadata_expired !!!!"}) || s.Code != registry.CodeExpired {
		t.Errorf("over: %+v", s)
	}
}

// The registry of SPID gives its document no end: only its age tells.
func TestASourceThatIsNotReadAnyMoreIsTold(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregateBy(w.signer, "", w.description(idA, nil, "a")))
	node := w.node()
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNotFound) })
	for _, step := range []struct {
		after time.Duration
		want  []string
	}{{23 * time.Hour, nil}, {time.Hour, []string{"stale !"}}, {6 * 24 * time.Hour, []string{"stale !!!"}}} {
		w.later(node, step.after)
		if got := words(w.source(node).Warnings); !slices.Equal(got, step.want) || offered(node) != "a.example.it" {
			t.Errorf("after %v: %v, want %v", step.after, got, step.want)
		}
		if log := w.log.take(); len(step.want) > 0 && !strings.Contains(log, "warning=stale") {
			t.Errorf("the log: %s", log)
		}
	}
}

func TestThePinnedCertificatesAreWatchedToo(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregateBy(w.signer, "", w.description(idA, nil, "a")))
	node := w.node()
	w.later(node, samltest.Start.AddDate(0, 6, 1).Sub(w.clock.Now()))
	s := w.source(node)
	if !slices.Equal(words(s.Warnings), []string{"pin_expired !!!!"}) {
		t.Errorf("%v", words(s.Warnings))
	}
	// The certificate wraps the key that the operator chose: its date alone stops nobody.
	if s.Code != "" || offered(node) != "a.example.it" {
		t.Errorf("%+v", s)
	}
}

func TestOutagesCanBeSaidWhileTheProgramRuns(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a"), w.description(idB, nil, "b")))
	node := w.node(func(c *registry.Config) { c.Outages = []string{idB} })
	check := func(when, id, text string, on bool) {
		t.Helper()
		if gotText, gotOn := node.Outage(id); gotText != text || gotOn != on {
			t.Errorf("%s: %s: %q, %v", when, id, gotText, gotOn)
		}
	}
	check("configured", idB, "", true)
	check("configured", idA, "", false)
	w.notes.list = []registry.Note{
		{Kind: registry.NoteOutage, EntityID: idA, On: true, Text: "Fermo fino alle 18"},
		{Kind: registry.NoteOutage, EntityID: idB, On: false},
	}
	w.later(node, 30*time.Second)
	check("noted", idA, "Fermo fino alle 18", true)
	check("noted", idB, "", false)
	w.notes.fail = errDown
	w.later(node, 30*time.Second)
	check("when the table fails", idA, "Fermo fino alle 18", true)
	if e := node.State(w.clock.Now()).Entities[0]; !e.Outage || e.OutageText == "" {
		t.Errorf("%+v", e)
	}
}

func TestTheValidatorIsOfferedOnlyWhileItIsSwitchedOn(t *testing.T) {
	const validator = "https://validator.example.it"
	w := newWorld(t)
	path := w.file("b.xml", []byte(w.description(idB, nil, "b")))
	w.publish(w.aggregate(month, w.description(idA, nil, "a"), w.description(validator, nil, "c")))
	change := func(c *registry.Config) {
		c.TestProviders = []string{validator}
		c.Sources = append(c.Sources, registry.SourceConfig{MetadataFile: path, Test: true})
	}
	node := w.node(change)
	if _, known := node.Provider(validator); known || offered(node) != "a.example.it" {
		t.Errorf("off: %s", offered(node))
	}
	w.notes.list = []registry.Note{{Kind: registry.NoteValidator, On: true}}
	w.later(node, 30*time.Second)
	if offered(node) != "a.example.it validator.example.it b.example.it" {
		t.Errorf("on by note: %s", offered(node))
	}
	state := node.State(w.clock.Now())
	if e := state.Entities[1]; !state.Validator || !e.Test || !e.Offered || !slices.Equal(words(e.Warnings), []string{"test "}) {
		t.Errorf("%+v", e)
	}
	w.notes.list[0].On = false
	configured := w.node(change, func(c *registry.Config) { c.Validator = true })
	if offered(configured) != "a.example.it" {
		t.Errorf("the note must win over the configuration: %s", offered(configured))
	}
}

func TestMistakesOfConfigurationAreNamed(t *testing.T) {
	for want, list := range map[string][]registry.SourceConfig{
		"either metadata_file":    {{}},
		"either metadata_file or": {{MetadataFile: "/a", MetadataURL: "https://a.example"}},
		"must be signed":          {{MetadataURL: "https://a.example"}},
		"is not an address":       {{MetadataURL: "ftp://a.example", MetadataCertificate: "/c"}},
		"write it like":           {{MetadataURL: "https://user:pass@a.example", MetadataCertificate: "/c"}},
		"write 5m to 7d":          {{MetadataFile: "/a", Refresh: 1}},
		"/a stands there twice":   {{MetadataFile: "/a"}, {MetadataFile: "/a"}},
		"[1]: needs either":       {{MetadataFile: "/a"}, {}},
	} {
		faults := registry.ValidateSources(list)
		if len(faults) == 0 || !strings.Contains(faults[len(faults)-1].Error()+faults[0].Error(), want) {
			t.Errorf("want %q in %v", want, faults)
		}
	}
	if faults := registry.ValidateSources([]registry.SourceConfig{{MetadataFile: "/a"}, {MetadataURL: "https://a.example/x?y=1", MetadataCertificate: "/c"}}); len(faults) > 0 {
		t.Error(faults)
	}
	if _, err := registry.New(registry.Config{}); err == nil {
		t.Error("a registry of nothing")
	}
}

func TestFindingAProviderAllocatesNothing(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	node := w.node()
	if n := testing.AllocsPerRun(100, func() { _, _ = node.Provider(idA) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
