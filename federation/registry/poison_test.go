package registry_test

import (
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"atrio/federation/registry"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
)

const (
	idA = "https://a.example.it"
	idB = "https://b.example.it"
)

// security.md A2, metadata poisoning: whatever the source gives, the last good copy goes
// on counting and the operator is told why.
func TestAWholeDocumentThatIsNotGoodChangesNothing(t *testing.T) {
	w := newWorld(t)
	good := w.aggregate(10*24*time.Hour, w.description(idA, nil, "a"))
	attacker := samltest.ECDSA(t)
	evil := w.description(idA, nil, "c")
	text := func(document []byte) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(document) }
	}
	elsewhere := newWorld(t)
	elsewhere.publish(w.aggregate(20*24*time.Hour, evil))
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		code   string
	}{
		"the server fails": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) }, registry.CodeStatus},
		"it breaks off":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, registry.CodeUnreachable},
		"it never answers": {func(_ http.ResponseWriter, r *http.Request) { wait(hang, r) }, registry.CodeSlow},
		"it never ends":    {func(rw http.ResponseWriter, r *http.Request) { dribble(rw, good); wait(hang, r) }, registry.CodeSlow},
		"it moves to another host": {func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, elsewhere.server.URL, http.StatusFound)
		}, registry.CodeMoved},
		"it turns in circles":                    {func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, "/again", http.StatusFound) }, registry.CodeMoved},
		"huge":                                   {func(rw http.ResponseWriter, _ *http.Request) { flood(rw) }, registry.CodeTooLarge},
		"nothing":                                {text(nil), registry.CodeUnreadable},
		"no metadata":                            {text([]byte("<html>errore</html>")), registry.CodeSignature},
		"unsigned":                               {text([]byte(evil)), registry.CodeSignature},
		"signed by another key":                  {text(w.aggregateBy(attacker, "", evil)), registry.CodeSignature},
		"certificate of the attacker in KeyInfo": {text(w.aggregateBy(attacker, "", w.description(idA, nil, "a"), evil)), registry.CodeSignature},
		"changed after signing":                  {text(samltest.Apply(t, good, samltest.Replace(idA+"/sso", idB+"/sso"))), registry.CodeSignature},
		"document type":                          {text(append([]byte(`<!DOCTYPE md [<!ENTITY x "y">]>`), good...)), registry.CodeUnreadable},
		"entity bomb":                            {text(w.aggregate(20*24*time.Hour, bomb())), registry.CodeUnreadable},
		"expired":                                {text(w.aggregate(-time.Second, evil)), registry.CodeExpired},
		"older, validly signed":                  {text(w.aggregate(9*24*time.Hour, evil)), registry.CodeRollback},
		"nobody in it":                           {text(w.aggregate(20 * 24 * time.Hour)), registry.CodeEmpty},
		"only services in it":                    {text(w.aggregate(20*24*time.Hour, service(w, idB))), registry.CodeEmpty},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.publish(good)
			node := w.node(func(c *registry.Config) { c.Copies = nil })
			if c.code == registry.CodeSlow {
				w.node() // leaves a copy, so that the impatient one needs no answer to begin
				node = w.node(func(c *registry.Config) { c.Patience = 100 * time.Millisecond })
			}
			w.answers(c.answer)
			w.later(node, time.Hour)
			if !w.believed(node, idA, "a") || w.believed(node, idA, "c") || offered(node) != "a.example.it" {
				t.Errorf("the good description counts no more: %s", offered(node))
			}
			s := w.source(node)
			if s.Code != c.code || s.Failures != 1 || s.Error == "" || !s.Held {
				t.Errorf("code %q, want %q: %+v", s.Code, c.code, s)
			}
			if log := w.log.take(); !strings.Contains(log, "last good copy") || !strings.Contains(log, "why="+c.code) {
				t.Errorf("the log does not tell: %s", log)
			}
			w.clock.Advance(-time.Hour)
		})
	}
}

func wait(end chan struct{}, r *http.Request) {
	select {
	case <-end:
	case <-r.Context().Done():
	}
}

func dribble(rw http.ResponseWriter, document []byte) {
	_, _ = rw.Write(document[:len(document)/2])
	_ = http.NewResponseController(rw).Flush()
}

func flood(rw http.ResponseWriter) {
	_, _ = io.Copy(rw, io.LimitReader(endless{}, 5<<20))
}

// endless gives blanks for ever.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func bomb() string {
	var b strings.Builder
	for i := range 600 {
		fmt.Fprintf(&b, `<md:EntityDescriptor entityID="https://e%d"/>`, i)
	}
	return b.String()
}

// service is an entity with the role of a service alone.
func service(w *world, entityID string) string {
	return w.description(entityID, func(e *metadata.Entity) {
		e.Provider = nil
		e.Service = &metadata.Service{Consumers: []metadata.Consumer{{Endpoint: metadata.Endpoint{Binding: saml.BindingPost, Location: entityID + "/acs"}}}}
	})
}

func TestWithoutAnyCopyTheOthersAreServedAndTheOperatorIsTold(t *testing.T) {
	w := newWorld(t)
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusServiceUnavailable) })
	file := w.file("b.xml", []byte(w.description(idB, nil, "b")))
	node := w.node(func(c *registry.Config) { c.Sources = append(c.Sources, registry.SourceConfig{MetadataFile: file}) })
	if offered(node) != "b.example.it" {
		t.Errorf("offered: %s", offered(node))
	}
	if log := w.log.take(); !strings.Contains(log, "there is no copy") || !strings.Contains(log, "level=ERROR") {
		t.Errorf("the log: %s", log)
	}
	if s := w.source(node); s.Held || s.Code != registry.CodeStatus || !s.Success.IsZero() {
		t.Errorf("%+v", s)
	}
	w.publish(w.aggregate(24*time.Hour, w.description(idA, nil, "a")))
	w.later(node, time.Minute)
	if offered(node) != "a.example.it b.example.it" || !strings.Contains(w.log.take(), "can be used again") {
		t.Errorf("after it came back: %s", offered(node))
	}
}

// An entity that cannot be read, or that stands there twice, is a mistake of the
// federation: what it said before counts for a week.
func TestABrokenOrDoubledEntityKeepsItsLastGoodDescriptionForAWhile(t *testing.T) {
	for name, spoil := range map[string]func(w *world) []string{
		"two entities of one name": func(w *world) []string { return []string{w.description(idA, nil, "a"), w.description(idA, nil, "c")} },
		"a service over a provider": func(w *world) []string {
			return []string{w.description(idA, nil, "a"), service(w, idA)}
		},
		"an address that runs": func(w *world) []string {
			return []string{strings.Replace(w.description(idA, nil, "c"), idA+"/sso", "javascript:alert(1)", 1)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.publish(w.aggregate(90*24*time.Hour, w.description(idA, nil, "a"), w.description(idB, nil, "b")))
			node := w.node()
			w.publish(w.aggregate(91*24*time.Hour, append(spoil(w), w.description(idB, nil, "c"))...))
			w.later(node, time.Hour)
			if !w.believed(node, idA, "a") || w.believed(node, idA, "c") || !w.believed(node, idB, "c") {
				t.Error("the broken entity must keep its last good description, the others change")
			}
			if log := w.log.take(); !strings.Contains(log, "is refused") || !strings.Contains(log, idA) {
				t.Errorf("the log: %s", log)
			}
			if e := node.State(w.clock.Now()).Entities[0]; !e.Kept || len(e.Warnings) == 0 || e.Warnings[0].Code != registry.WarnKept {
				t.Errorf("the state does not tell: %+v", e)
			}
			if w.copies.saved != 1 {
				t.Error("a document that lost somebody is no good copy")
			}
			// A node that starts meanwhile takes it from the good copy.
			if second := w.node(); !w.believed(second, idA, "a") {
				t.Error("the second node does not know the provider")
			}
			w.later(node, 7*24*time.Hour)
			if _, ok := node.Provider(idA); ok {
				t.Error("after a week the old description must stop counting")
			}
			if w.copies.saved != 2 {
				t.Errorf("%d copies saved", w.copies.saved)
			}
			// A new node never knew a good description.
			w.copies.rows = nil
			if fresh := w.node(); offered(fresh) != "b.example.it" {
				t.Errorf("a new node offers %s", offered(fresh))
			}
		})
	}
}

// The week is that of the federation's mistake, not of the node that sees it.
func TestNoRestartBeginsTheWeekOfALostDescriptionAnew(t *testing.T) {
	const day = 24 * time.Hour
	w := newWorld(t)
	w.publish(w.aggregate(90*day, w.description(idA, nil, "a"), w.description(idB, nil, "b")))
	node := w.node()
	broken := strings.Replace(w.description(idA, nil, "c"), idA+"/sso", "javascript:alert(1)", 1)
	w.publish(w.aggregate(91*day, broken, w.description(idB, nil, "c")))
	w.later(node, time.Hour)
	for range 6 {
		w.clock.Advance(day)
		node = w.node()
		w.later(node, 0)
		if !w.believed(node, idA, "a") || !w.believed(node, idB, "c") {
			t.Fatal("within the week the older description counts")
		}
	}
	if w.copies.noted != 1 {
		t.Errorf("%d notes of one loss", w.copies.noted)
	}
	w.clock.Advance(day)
	node = w.node()
	if offered(node) != "b.example.it" {
		t.Errorf("after the week a restart offers %s from the copy", offered(node))
	}
	w.later(node, 0)
	if offered(node) != "b.example.it" || w.copies.saved != 2 {
		t.Errorf("after the week: %s, %d copies", offered(node), w.copies.saved)
	}
}

func TestADescriptionThatIsFoundAgainHasItsWholeWeekTheNextTime(t *testing.T) {
	const day = 24 * time.Hour
	w := newWorld(t)
	good := w.aggregateBy(w.signer, "", w.description(idA, nil, "a"), w.description(idB, nil, "b"))
	broken := w.aggregateBy(w.signer, "", strings.Replace(w.description(idA, nil, "c"), idA+"/sso", "javascript:alert(1)", 1), w.description(idB, nil, "b"))
	w.publish(good)
	node := w.node()
	for _, document := range [][]byte{broken, good, broken} {
		w.publish(document)
		w.later(node, 3*day)
		if !w.believed(node, idA, "a") {
			t.Fatal("the description counts no more")
		}
	}
	w.later(node, 4*day)
	node = w.node()
	w.later(node, 0)
	if !w.believed(node, idA, "a") {
		t.Error("the time before it was found again is counted")
	}
	// A time to come, or none, cannot make it last for ever.
	w.copies.change(func(c *registry.Copy) { c.Lost = map[string]time.Time{idA: w.clock.Now().Add(90 * day)} })
	node = w.node()
	w.later(node, 0)
	w.later(node, 7*day)
	if offered(node) != "b.example.it" {
		t.Errorf("offered: %s", offered(node))
	}
}

// What the federation says clearly counts at once: no role, no key, no address, no entry.
func TestWhatADescriptionLosesStopsCountingWithTheNextRefresh(t *testing.T) {
	for name, next := range map[string]func(w *world) string{
		"its key":  func(w *world) string { return w.description(idA, nil) },
		"its role": func(w *world) string { return service(w, idA) },
		"its way in": func(w *world) string {
			return w.description(idA, func(e *metadata.Entity) { e.Provider.SignOn = nil }, "a")
		},
		"its life": func(w *world) string {
			return w.description(idA, func(e *metadata.Entity) { e.ValidUntil = w.clock.Now() }, "a")
		},
		"its entry": func(w *world) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			other := w.description(idB, nil, "b")
			w.publish(w.aggregate(24*time.Hour, w.description(idA, nil, "a"), other))
			node := w.node()
			w.publish(w.aggregate(25*time.Hour, next(w), other))
			w.later(node, time.Hour)
			if _, ok := node.Provider(idA); ok || offered(node) != "b.example.it" {
				t.Errorf("still offered: %s", offered(node))
			}
			if second := w.node(); offered(second) != "b.example.it" {
				t.Errorf("a second node still offers it: %s", offered(second))
			}
		})
	}
}

// Also alone in its document, a provider whose key vanishes is not published.
func TestAKeyThatVanishesFromASingleDescriptionCountsNoMore(t *testing.T) {
	w := newWorld(t)
	path := w.file("a.xml", []byte(w.description(idA, nil, "a")))
	node := w.node(files(path))
	if !w.believed(node, idA, "a") {
		t.Fatal("not read")
	}
	w.file("a.xml", []byte(w.description(idA, nil)))
	w.later(node, time.Minute)
	if offered(node) != "" {
		t.Errorf("offered: %s", offered(node))
	}
}

// A scope says for whom a provider claims to speak. Nobody reads it: a provider names
// people by its own entityID and an identifier, whatever it claims beside that.
func TestAClaimedScopeGivesNothing(t *testing.T) {
	w := newWorld(t)
	const scope = `<md:Extensions><shibmd:Scope xmlns:shibmd="urn:mace:shibboleth:metadata:1.0" regexp="true">.*</shibmd:Scope></md:Extensions>`
	plain := w.description(idA, nil, "a")
	scoped := strings.Replace(plain, "<md:KeyDescriptor", scope+"<md:KeyDescriptor", 1)
	if scoped == plain {
		t.Fatal("no scope in the description")
	}
	w.publish(w.aggregate(24*time.Hour, plain))
	without := w.node(func(c *registry.Config) { c.Copies = nil })
	w.publish(w.aggregate(24*time.Hour, scoped))
	with := w.node(func(c *registry.Config) { c.Copies = nil }) // this document alone
	a, ok := without.Provider(idA)
	b, too := with.Provider(idA)
	if !ok || !too || !reflect.DeepEqual(a, b) {
		t.Errorf("with a scope %+v, without %+v", b, a)
	}
}

func TestOneEntityHasOneSource(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(24*time.Hour, w.description(idA, nil, "a"), service(w, idB)))
	path := w.file("other.xml", []byte(fmt.Sprintf(`<md:EntitiesDescriptor xmlns:md="%s">%s%s</md:EntitiesDescriptor>`, saml.NamespaceMetadata, w.description(idA, nil, "c"), w.description(idB, nil, "b"))))
	node := w.node(func(c *registry.Config) { c.Sources = append(c.Sources, registry.SourceConfig{MetadataFile: path}) })
	if !w.believed(node, idA, "a") || w.believed(node, idA, "c") {
		t.Error("the second source must not speak for the entity of the first")
	}
	if !w.believed(node, idB, "b") {
		t.Error("an entity without the role must shadow nobody")
	}
	warnings := node.State(w.clock.Now()).Sources[1].Warnings
	if len(warnings) != 1 || warnings[0].Code != registry.WarnShadowed || warnings[0].What != idA {
		t.Errorf("warnings: %+v", warnings)
	}
	// Also when the first source is past its end: the name stays its own.
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNotFound) })
	w.later(node, 25*time.Hour)
	if p, ok := node.Provider(idA); !ok || p.Current(w.clock.Now()) || offered(node) != "b.example.it" {
		t.Errorf("after the end of the first source: %s", offered(node))
	}
}
