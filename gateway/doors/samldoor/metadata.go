package samldoor

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"atrio/saml"
	"atrio/web"
)

// Metadata publishes the signed description of a service. It changes only with the
// configuration, so it is signed once per process. // SPID-RT metadata
type Metadata struct {
	Path string
	// Describe writes and signs the description.
	Describe func(id string, now time.Time) ([]byte, error)
	Now      func() time.Time

	once        sync.Once
	plain, gzip []byte
	etag        string
	err         error
}

// Mount gives the description its address.
func (c *Metadata) Mount(m *web.Mux) { m.Get(c.Path, c.serve) }

func (c *Metadata) serve(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Document(); err != nil {
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
func (c *Metadata) Document() ([]byte, error) {
	c.once.Do(c.fill)
	return c.plain, c.err
}

func (c *Metadata) fill() {
	if c.plain, c.err = c.Describe(saml.NewID(), c.Now()); c.err != nil {
		return
	}
	var small bytes.Buffer
	z := gzip.NewWriter(&small)
	_, c.err = z.Write(c.plain)
	if err := z.Close(); c.err == nil {
		c.err = err
	}
	c.gzip = small.Bytes()
	sum := sha256.Sum256(c.plain)
	c.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
}
