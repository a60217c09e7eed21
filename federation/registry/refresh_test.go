package registry_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/federation/registry"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
)

const month = 30 * 24 * time.Hour

func TestTheSourceIsAskedConditionallyAndOnlyWhenItIsTime(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	node := w.node()
	for range 4 {
		w.later(node, 15*time.Minute)
	}
	asked := w.asked()
	if len(asked) != 2 {
		t.Fatalf("%d requests in an hour", len(asked))
	}
	if first := asked[0].Header; first.Get("If-None-Match") != "" || first.Get("If-Modified-Since") != "" {
		t.Error("the first request must not be conditional")
	}
	if second := asked[1].Header; second.Get("If-None-Match") == "" || second.Get("If-Modified-Since") == "" {
		t.Errorf("the second request is not conditional: %v", second)
	}
	if w.copies.saved != 1 {
		t.Errorf("%d copies saved for one document", w.copies.saved)
	}
	if s := w.source(node); !s.Success.Equal(w.clock.Now()) || !s.FetchedAt.Equal(samltest.Start) {
		t.Errorf("success %v, fetched %v", s.Success, s.FetchedAt)
	}
}

func TestTheDocumentMayWantToBeReadMoreOften(t *testing.T) {
	w := newWorld(t)
	for cache, want := range map[string]time.Duration{"PT10M": 10 * time.Minute, "PT1S": 5 * time.Minute, "P1D": time.Hour} {
		w.publish(w.aggregateBy(w.signer, `cacheDuration="`+cache+`"`, w.description(idA, nil, "a")))
		w.copies.rows = nil
		node := w.node()
		if s := w.source(node); s.Next.Sub(w.clock.Now()) != want {
			t.Errorf("%s: next after %v, want %v", cache, s.Next.Sub(w.clock.Now()), want)
		}
	}
}

func TestNodesSpreadTheirRequestsAndBackOffWhenItFails(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	node := w.node(func(c *registry.Config) { c.Jitter = func() float64 { return 0.5 } })
	if next := w.source(node).Next.Sub(w.clock.Now()); next != 54*time.Minute {
		t.Errorf("next after %v", next)
	}
	w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) })
	w.copies.rows = nil
	failing := w.node()
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		s := w.source(failing)
		if got := s.Next.Sub(w.clock.Now()); got != want*time.Minute || s.Failures != i+1 {
			t.Errorf("failure %d: next after %v, want %v minutes", s.Failures, got, int(want))
		}
		w.later(failing, want*time.Minute)
	}
	if log := w.log.take(); strings.Count(log, "why=status") != 1 {
		t.Errorf("the same trouble is told %d times in two hours", strings.Count(log, "why=status"))
	}
	for range 25 {
		w.later(failing, time.Hour)
	}
	if log := w.log.take(); strings.Count(log, "why=status") != 1 {
		t.Errorf("and %d times on the next day", strings.Count(log, "why=status"))
	}
}

func TestASecondNodeStartsFromTheLastGoodCopyWhileTheSourceIsDown(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	w.node()
	w.server.CloseClientConnections()
	w.answers(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	w.clock.Advance(48 * time.Hour)
	second := w.node()
	if !w.believed(second, idA, "a") {
		t.Fatal("the second node does not know the provider")
	}
	if s := w.source(second); !s.Copied || !s.FetchedAt.Equal(samltest.Start) || !s.Success.Equal(samltest.Start) {
		t.Errorf("%+v", s)
	}
	w.later(second, 0)
	if s := w.source(second); s.Code != registry.CodeUnreachable || !s.Copied || !w.believed(second, idA, "a") {
		t.Errorf("%+v", s)
	}
}

func TestANodeThatCannotReachTheSourceTakesWhatAnotherOneFetched(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	road := &road{}
	cut := w.node(func(c *registry.Config) { c.Transport = road })
	reaching := w.node()
	w.publish(w.aggregate(2*month, w.description(idA, nil, "b")))
	w.later(reaching, time.Hour)
	road.blocked = true
	w.later(cut, 0)
	if s := w.source(cut); s.Code != registry.CodeUnreachable || !w.believed(cut, idA, "b") || w.believed(cut, idA, "a") {
		t.Errorf("the cut node still believes the old key: %+v", s)
	}
}

// road is a way to the source that can be blocked.
type road struct{ blocked bool }

func (r *road) RoundTrip(q *http.Request) (*http.Response, error) {
	if r.blocked {
		return nil, errors.New("no route")
	}
	return http.DefaultTransport.RoundTrip(q)
}

// Whoever can write the table of copies gains nothing.
func TestACopyIsVerifiedWhenItIsLoaded(t *testing.T) {
	w := newWorld(t)
	attacker := samltest.ECDSA(t)
	for name, document := range map[string][]byte{
		"another signature": w.aggregateBy(attacker, "", w.description(idA, nil, "c")),
		"no signature":      []byte(w.description(idA, nil, "c")),
		"expired":           w.aggregate(-time.Hour, w.description(idA, nil, "a")),
		"nothing":           nil,
	} {
		w.publish(w.aggregate(month, w.description(idA, nil, "a")))
		w.node()
		w.copies.change(func(c *registry.Copy) { c.Document = document })
		w.answers(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
		w.log.take()
		if node := w.node(); offered(node) != "" {
			t.Errorf("%s: %s is believed", name, offered(node))
		}
		if log := w.log.take(); !strings.Contains(log, "copy of the metadata is refused") {
			t.Errorf("%s: the log does not tell: %s", name, log)
		}
		w.copies.rows = nil
	}
}

func TestATableThatFailsDoesNotStopANode(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	w.copies.fail = errors.New("database away")
	w.notes.fail = w.copies.fail
	node := w.node()
	if !w.believed(node, idA, "a") || strings.Count(w.log.take(), "database away") < 3 {
		t.Error("the node must go on and tell")
	}
	w.copies.fail = nil
	w.later(node, time.Hour)
	if w.copies.saved != 2 || len(w.copies.rows) != 1 {
		t.Errorf("the copy is not saved later: %d", w.copies.saved)
	}
}

// security.md A4: signing certificate rollover.
func TestAProviderChangesItsKeyWithoutAPause(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	node := w.node()
	for _, step := range []struct {
		keys     []string
		old, new bool
	}{{[]string{"a", "b"}, true, true}, {[]string{"b"}, false, true}} {
		w.publish(w.aggregate(month, w.description(idA, nil, step.keys...)))
		w.later(node, time.Hour)
		if w.believed(node, idA, "a") != step.old || w.believed(node, idA, "b") != step.new {
			t.Errorf("with %v: old %v, new %v", step.keys, w.believed(node, idA, "a"), w.believed(node, idA, "b"))
		}
	}
}

func TestTheFederationChangesItsKeyWithoutARestart(t *testing.T) {
	w := newWorld(t)
	next := samltest.ECDSA(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	node := w.node()
	w.pin(w.signer, next)
	w.later(node, time.Hour)
	if s := w.source(node); len(s.Pinned) != 2 || !w.believed(node, idA, "a") {
		t.Fatalf("with both: %+v", s)
	}
	w.publish(w.aggregateBy(next, `validUntil="2026-12-01T00:00:00Z"`, w.description(idA, nil, "b")))
	w.later(node, time.Hour)
	if !w.believed(node, idA, "b") {
		t.Fatalf("signed by the new key: %+v", w.source(node))
	}
	w.pin(next)
	w.later(node, time.Hour)
	if s := w.source(node); len(s.Pinned) != 1 || !w.believed(node, idA, "b") || s.Code != "" {
		t.Errorf("with the new one alone: %+v", s)
	}
}

func TestACertificateTakenAwayCountsNoMore(t *testing.T) {
	w := newWorld(t)
	w.publish(w.aggregate(month, w.description(idA, nil, "a")))
	node := w.node()
	w.file("federation.pem", []byte("half a fi"))
	w.later(node, time.Hour)
	if s := w.source(node); s.Code != registry.CodePins || !w.believed(node, idA, "a") {
		t.Errorf("a file that cannot be read takes nothing away: %+v", s)
	}
	w.pin(samltest.ECDSA(t))
	w.later(node, time.Hour)
	if s := w.source(node); s.Code != registry.CodeSignature || s.Held || offered(node) != "" {
		t.Errorf("what nobody vouches for any more is believed: %+v", s)
	}
}

func TestFilesAreReadAgainWhenTheyChange(t *testing.T) {
	w := newWorld(t)
	path := w.file("a.xml", []byte(w.description(idA, nil, "a")))
	node := w.node(files(path))
	w.file("a.xml", []byte(w.description(idA, nil, "b")))
	w.later(node, time.Minute)
	if w.believed(node, idA, "a") || !w.believed(node, idA, "b") {
		t.Error("the new file does not count")
	}
	w.file("a.xml", []byte("<half"))
	w.later(node, time.Minute)
	if s := w.source(node); s.Code != registry.CodeUnreadable || s.Kind != registry.KindFile || !w.believed(node, idA, "b") {
		t.Errorf("a broken file must leave the last good one: %+v", s)
	}
	w.file("a.xml", []byte(w.description(idA, nil, "a")))
	w.later(node, time.Minute)
	if s := w.source(node); s.Code != "" || s.Failures != 0 || !w.believed(node, idA, "a") {
		t.Errorf("%+v", s)
	}
	if w.copies.saved != 0 {
		t.Error("a file must not be copied: the table would become an anchor of trust")
	}
}

func TestAFileMayHaveToBeSignedToo(t *testing.T) {
	w := newWorld(t)
	path := w.file("all.xml", w.aggregate(month, w.description(idA, nil, "a")))
	node := w.node(func(c *registry.Config) {
		c.Sources = []registry.SourceConfig{{MetadataFile: path, MetadataCertificate: w.pin(samltest.ECDSA(t))}}
	})
	if s := w.source(node); s.Code != registry.CodeSignature || offered(node) != "" {
		t.Errorf("%+v", s)
	}
}

func TestAProviderPastItsEndIsBelievedNoMoreWhileOthersGoOn(t *testing.T) {
	w := newWorld(t)
	soon := func(e *metadata.Entity) { e.ValidUntil = w.clock.Now().Add(2 * time.Hour) }
	w.publish(w.aggregate(month, w.description(idA, soon, "a"), w.description(idB, nil, "b")))
	node := w.node()
	if offered(node) != "a.example.it b.example.it" {
		t.Fatal(offered(node))
	}
	w.clock.Advance(2 * time.Hour) // and no job runs
	p, found := node.Provider(idA)
	if offered(node) != "b.example.it" || !found || p.Current(w.clock.Now()) {
		t.Errorf("offered: %s", offered(node))
	}
	if e := node.State(w.clock.Now()).Entities[0]; e.Current || e.Offered || e.Warnings[0].Code != registry.WarnMetadataExpired {
		t.Errorf("%+v", e)
	}
}

func TestADocumentOfThisProcessIsTrusted(t *testing.T) {
	w := newWorld(t)
	node := w.node(files())
	if err := node.Introduce("demo", []byte(w.description(idA, nil, "a"))); err != nil {
		t.Fatal(err)
	}
	if err := node.Introduce("demo", []byte(w.description(idB, nil, "b"))); err != nil || offered(node) != "b.example.it" {
		t.Errorf("%v: %s", err, offered(node))
	}
	if err := node.Introduce("bad", []byte("<x/>")); err == nil {
		t.Error("nonsense is trusted")
	}
	w.later(node, time.Hour)
	if offered(node) != "b.example.it" {
		t.Error(offered(node))
	}
}

func TestReadersSeeOneSetWhileItIsExchanged(t *testing.T) {
	w := newWorld(t)
	both := func(key string) []byte {
		return w.aggregate(month, w.description(idA, nil, key), w.description(idB, nil, key))
	}
	w.publish(both("a"))
	node := w.node()
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for ctx.Err() == nil {
				all := node.Providers()
				if len(all) != 2 || hasKey(all[0], w.keys["a"]) != hasKey(all[1], w.keys["a"]) {
					t.Error("half of one document and half of another")
					return
				}
				node.State(samltest.Start)
			}
		})
	}
	for i := range 20 {
		w.publish(both([]string{"b", "a"}[i%2]))
		for _, j := range node.Jobs() {
			if err := j.Run(t.Context(), samltest.Start.Add(time.Duration(i+1)*time.Hour)); err != nil {
				t.Error(err)
			}
		}
	}
	stop()
	readers.Wait()
}

func TestServicesAreReadTheSameWay(t *testing.T) {
	w := newWorld(t)
	path := w.file("services.xml", []byte(w.description(idA, func(e *metadata.Entity) {
		e.Service = &metadata.Service{
			Certificates: []metadata.Certificate{{Use: "signing", DER: w.keys["a"].Certificate}},
			Consumers:    []metadata.Consumer{{Endpoint: metadata.Endpoint{Binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", Location: idA + "/acs"}}},
		}
	}, "a")))
	c := w.config()
	files(path)(&c)
	services, err := registry.NewServices(c)
	if err != nil {
		t.Fatal(err)
	}
	services.Load(t.Context())
	if s, ok := services.Service(idA); !ok || len(s.Consumers) != 1 {
		t.Errorf("%+v", s)
	}
	if _, ok := services.Service(idB); ok {
		t.Error("an unknown service is found")
	}
}
