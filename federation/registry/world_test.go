package registry_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/federation/registry"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// world is a federation that publishes a document, and a node that reads it.
type world struct {
	t      *testing.T
	clock  *samltest.Clock
	signer xmlsec.Signer // of the federation
	keys   map[string]xmlsec.Signer
	server *httptest.Server
	dir    string
	copies *copies
	notes  *notes
	log    *lines

	mu       sync.Mutex
	document []byte
	answer   http.HandlerFunc // in place of the document
	requests []*http.Request
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, clock: samltest.NewClock(), signer: samltest.ECDSA(t), dir: t.TempDir(), copies: &copies{}, notes: &notes{}, log: &lines{}}
	w.keys = map[string]xmlsec.Signer{"a": samltest.ECDSA(t), "b": samltest.ECDSA(t), "c": samltest.ECDSA(t)}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	return w
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.requests = append(w.requests, r)
	document, answer := w.document, w.answer
	w.mu.Unlock()
	if answer != nil {
		answer(rw, r)
		return
	}
	sum := sha256.Sum256(document)
	rw.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	http.ServeContent(rw, r, "", samltest.Start, bytes.NewReader(document))
}

// publish puts a document on the server.
func (w *world) publish(document []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.document, w.answer = document, nil
}

// answers makes the server do something else.
func (w *world) answers(h http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = h
}

func (w *world) asked() (all []*http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}

// description is a provider as text.
func (w *world) description(entityID string, change func(*metadata.Entity), signers ...string) string {
	w.t.Helper()
	e := &metadata.Entity{
		EntityID: entityID,
		Provider: &metadata.Provider{
			WantAuthnRequestsSigned: true,
			SignOn:                  []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: entityID + "/sso"}},
		},
		Organization: &metadata.Organization{DisplayNames: metadata.Localized{{Lang: "it", Text: "Gestore " + entityID}}},
	}
	for _, name := range signers {
		e.Provider.Certificates = append(e.Provider.Certificates, metadata.Certificate{Use: "signing", DER: w.keys[name].Certificate})
	}
	if change != nil {
		change(e)
	}
	document, err := e.XML()
	if err != nil {
		w.t.Fatal(err)
	}
	return string(document)
}

// aggregate is a document of the federation with a validUntil this far away.
func (w *world) aggregate(life time.Duration, entities ...string) []byte {
	return w.aggregateBy(w.signer, `validUntil="`+string(saml.At(w.clock.Now().Add(life)))+`"`, entities...)
}

func (w *world) aggregateBy(signer xmlsec.Signer, attributes string, entities ...string) []byte {
	w.t.Helper()
	text := `<md:EntitiesDescriptor xmlns:md="` + saml.NamespaceMetadata + `" ID="_all" ` + attributes + `>` + strings.Join(entities, "") + `</md:EntitiesDescriptor>`
	document, err := xmlsec.Sign([]byte(text), "_all", xmlsec.Name{}, signer)
	if err != nil {
		w.t.Fatal(err)
	}
	return document
}

// pin writes the certificates that vouch for the federation.
func (w *world) pin(signers ...xmlsec.Signer) string {
	w.t.Helper()
	var out []byte
	for _, s := range signers {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate})...)
	}
	return w.file("federation.pem", out)
}

func (w *world) file(name string, data []byte) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// config is that of a node which reads the server.
func (w *world) config() registry.Config {
	return registry.Config{
		World:   "spid",
		Sources: []registry.SourceConfig{{MetadataURL: w.server.URL + "/entities", MetadataCertificate: w.pin(w.signer)}},
		Copies:  w.copies, Notes: w.notes, Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Jitter: func() float64 { return 0 },
	}
}

// node starts a node.
func (w *world) node(changes ...func(*registry.Config)) *registry.Registry {
	w.t.Helper()
	c := w.config()
	for _, change := range changes {
		change(&c)
	}
	r, err := registry.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Load(w.t.Context())
	return r
}

// files makes a node that reads files in place of the server.
func files(paths ...string) func(*registry.Config) {
	return func(c *registry.Config) {
		c.Sources = nil
		for _, p := range paths {
			c.Sources = append(c.Sources, registry.SourceConfig{MetadataFile: p})
		}
	}
}

// later moves the clock and runs the jobs.
func (w *world) later(r *registry.Registry, d time.Duration) {
	w.t.Helper()
	w.clock.Advance(d)
	for _, j := range r.Jobs() {
		if err := j.Run(w.t.Context(), w.clock.Now()); err != nil {
			w.t.Errorf("job %s: %v", j.Name, err)
		}
	}
}

// offered are the names of the providers that people can choose.
func offered(r *registry.Registry) string {
	var ids []string
	for _, p := range r.Providers() {
		ids = append(ids, strings.TrimPrefix(p.EntityID, "https://"))
	}
	return strings.Join(ids, " ")
}

// believed reports whether the key of a name counts for a provider.
func (w *world) believed(r *registry.Registry, entityID, name string) bool {
	p, ok := r.Provider(entityID)
	return ok && p.Current(w.clock.Now()) && hasKey(p, w.keys[name])
}

func hasKey(p spidsaml.Provider, s xmlsec.Signer) bool {
	return slices.ContainsFunc(p.Keys, func(k crypto.PublicKey) bool {
		known, ok := k.(interface{ Equal(crypto.PublicKey) bool })
		return ok && known.Equal(s.Key.Public())
	})
}

// source is the state of the first source.
func (w *world) source(r *registry.Registry) registry.SourceState {
	return r.State(w.clock.Now()).Sources[0]
}

// copies is the table of copies, in memory.
type copies struct {
	mu    sync.Mutex
	rows  map[string]registry.Copy
	saved int
	noted int
	fail  error
}

func (c *copies) LoadCopy(_ context.Context, world, source string) (registry.Copy, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.rows[world+" "+source]
	return row, ok, c.fail
}

func (c *copies) SaveCopy(_ context.Context, row registry.Copy) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rows == nil {
		c.rows = map[string]registry.Copy{}
	}
	if c.rows[row.World+" "+row.Source].FetchedAt.After(row.FetchedAt) {
		return c.fail
	}
	c.rows[row.World+" "+row.Source] = row
	c.saved++
	return c.fail
}

func (c *copies) NoteLost(_ context.Context, world, source string, lost map[string]time.Time, found []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.rows[world+" "+source]
	if c.fail != nil || !ok {
		return c.fail
	}
	c.noted++
	row.Lost = maps.Clone(row.Lost)
	if row.Lost == nil {
		row.Lost = map[string]time.Time{}
	}
	for id, since := range lost {
		if before, known := row.Lost[id]; !known || since.Before(before) {
			row.Lost[id] = since
		}
	}
	for _, id := range found {
		delete(row.Lost, id)
	}
	c.rows[world+" "+source] = row
	return nil
}

// change edits the only copy, as who can write the table would.
func (c *copies) change(edit func(*registry.Copy)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, row := range c.rows {
		edit(&row)
		c.rows[key] = row
	}
}

// notes is what the operator said.
type notes struct {
	list []registry.Note
	fail error
}

func (n *notes) ProviderNotes(context.Context, string) ([]registry.Note, error) {
	return n.list, n.fail
}

// lines is a log.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// take gives what was written since the last time.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.buf.String()
	l.buf.Reset()
	return s
}

var errDown = errors.New("database away")
