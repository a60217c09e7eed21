package samldoor

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"atrio/base/fault"
	"atrio/saml"
	"atrio/web"
)

// Metadata publishes the signed description of a service. It changes with the
// configuration and with the keys, so it is signed once for each set of keys.
// SPID-RT metadata
type Metadata struct {
	Path string
	// Describe writes and signs the description.
	Describe func(id string, now time.Time) ([]byte, error)
	// KeyMark changes with the keys.
	KeyMark func() [32]byte
	Now     func() time.Time

	mu      sync.Mutex // one signature at a time
	current atomic.Pointer[description]
}

// description is a signed document; it never changes.
type description struct {
	keys        [32]byte
	plain, gzip []byte
	etag        string
}

// Mount gives the description its address.
func (m *Metadata) Mount(mux *web.Mux) { mux.Get(m.Path, m.serve) }

func (m *Metadata) serve(w http.ResponseWriter, r *http.Request) error {
	c, err := m.description()
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/samlmetadata+xml")
	h.Set("ETag", c.etag)
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == c.etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := c.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = c.gzip
	}
	_, _ = w.Write(body) // a browser that went away cannot be told
	return nil
}

// Document is the signed description of the service, as served.
func (m *Metadata) Document() ([]byte, error) {
	c, err := m.description()
	if err != nil {
		return nil, err
	}
	return c.plain, nil
}

// description is the document for the keys of now. While they cannot sign, the
// document before is served: it says less, but nothing wrong.
func (m *Metadata) description() (*description, error) {
	mark := m.KeyMark()
	if c := m.current.Load(); c != nil && c.keys == mark {
		return c, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.current.Load()
	if old != nil && old.keys == mark {
		return old, nil
	}
	c, err := m.describe(mark)
	if err != nil && old != nil && fault.Is(err, fault.Unavailable) {
		return old, nil
	}
	if err != nil {
		return nil, err
	}
	m.current.Store(c)
	return c, nil
}

func (m *Metadata) describe(mark [32]byte) (*description, error) {
	plain, err := m.Describe(saml.NewID(), m.Now())
	if err != nil {
		return nil, err
	}
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	_, err = z.Write(plain)
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(plain)
	return &description{keys: mark, plain: plain, gzip: small.Bytes(), etag: `"` + hex.EncodeToString(sum[:12]) + `"`}, nil
}
