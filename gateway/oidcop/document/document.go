// Package document is a JSON document that everybody may read, as the discovery of the
// OpenID Provider and its keys are: rendered once, plain and compressed.
package document

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Document is a JSON answer rendered once, plain and compressed.
type Document struct {
	plain, small         []byte
	plainLen, smallLen   []string
	etag, etagCompressed []string
}

// New renders a value.
func New(value any) (Document, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return Document{}, fmt.Errorf("document: %w", err)
	}
	var small bytes.Buffer
	z, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err != nil {
		return Document{}, fmt.Errorf("document: %w", err)
	}
	if _, err := z.Write(plain); err != nil {
		return Document{}, fmt.Errorf("document: %w", err)
	}
	if err := z.Close(); err != nil {
		return Document{}, fmt.Errorf("document: %w", err)
	}
	sum := sha256.Sum256(plain)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	return Document{
		plain: plain, small: small.Bytes(),
		plainLen: []string{strconv.Itoa(len(plain))}, smallLen: []string{strconv.Itoa(small.Len())},
		// A tag of its own for each coding. // RFC 9110 8.8.3.3
		etag: []string{`"` + tag + `"`}, etagCompressed: []string{`"` + tag + `-gzip"`},
	}, nil
}

// Serve answers with the document, or 304 when the caller has it.
func (d *Document) Serve(w http.ResponseWriter, r *http.Request) error {
	body, length, etag := d.plain, d.plainLen, d.etag
	h := w.Header()
	if acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, length, etag = d.small, d.smallLen, d.etagCompressed
		h["Content-Encoding"] = []string{"gzip"}
	}
	h["Content-Type"] = []string{"application/json"}
	h["Cache-Control"] = []string{"public, max-age=300"}
	h["Vary"] = []string{"Accept-Encoding"}
	h["Etag"] = etag
	h["Access-Control-Allow-Origin"] = []string{"*"} // public data, read by services that run in a browser
	if strings.Contains(r.Header.Get("If-None-Match"), etag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h["Content-Length"] = length
	if r.Method == http.MethodHead {
		return nil
	}
	_, _ = w.Write(body) // the peer may have gone
	return nil
}

// acceptsGzip reads Accept-Encoding as far as it matters here.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return !strings.HasPrefix(q, "q=0") || strings.Trim(q, "q=0.") != ""
		}
	}
	return false
}
