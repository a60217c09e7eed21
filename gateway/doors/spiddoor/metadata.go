package spiddoor

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"

	"atrio/saml"
)

// metadataCache keeps the signed description of the service: it changes only with
// the configuration, so it is signed once per process.
type metadataCache struct {
	once        sync.Once
	plain, gzip []byte
	etag        string
	err         error
}

// serveMetadata publishes the description of the service. // SPID-RT metadata
func (d *Door) serveMetadata(w http.ResponseWriter, r *http.Request) error {
	if _, err := d.Document(); err != nil {
		return err
	}
	c := &d.metadata
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
func (d *Door) Document() ([]byte, error) {
	d.metadata.once.Do(func() { d.metadata.fill(d) })
	return d.metadata.plain, d.metadata.err
}

func (c *metadataCache) fill(d *Door) {
	if c.plain, c.err = d.SP.Metadata(saml.NewID(), d.Now()); c.err != nil {
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
