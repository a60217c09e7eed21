package spiddoor

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

	"atrio/base/fault"
	"atrio/saml"
)

// metadataCache keeps the signed description of the service: it changes with the
// configuration and with the keys, so it is signed once for each set of keys.
type metadataCache struct {
	mu      sync.Mutex // one signature at a time
	current atomic.Pointer[description]
}

// description is a signed document; it never changes.
type description struct {
	keys        [32]byte
	plain, gzip []byte
	etag        string
}

// serveMetadata publishes the description of the service. // SPID-RT metadata
func (d *Door) serveMetadata(w http.ResponseWriter, r *http.Request) error {
	c, err := d.description()
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
func (d *Door) Document() ([]byte, error) {
	c, err := d.description()
	if err != nil {
		return nil, err
	}
	return c.plain, nil
}

// description is the document for the keys of now. While they cannot sign, the
// document before is served: it says less, but nothing wrong.
func (d *Door) description() (*description, error) {
	mark := d.SP.KeyMark()
	if c := d.metadata.current.Load(); c != nil && c.keys == mark {
		return c, nil
	}
	d.metadata.mu.Lock()
	defer d.metadata.mu.Unlock()
	old := d.metadata.current.Load()
	if old != nil && old.keys == mark {
		return old, nil
	}
	c, err := d.describe(mark)
	if err != nil && old != nil && fault.Is(err, fault.Unavailable) {
		return old, nil
	}
	if err != nil {
		return nil, err
	}
	d.metadata.current.Store(c)
	return c, nil
}

func (d *Door) describe(mark [32]byte) (*description, error) {
	plain, err := d.SP.Metadata(saml.NewID(), d.Now())
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
