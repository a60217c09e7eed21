package samlsso

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"atrio/saml"
)

// metadata serves our description for the federation, at /metadata. SPID-RT
// metadata
func (h *Handler) metadata(w http.ResponseWriter, r *http.Request) error {
	document, err := h.Description()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(document)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	header := w.Header()
	header.Set("ETag", tag)
	header.Set("Cache-Control", "public, max-age=3600")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	header.Set("Content-Type", "application/samlmetadata+xml")
	header.Set("Content-Disposition", `inline; filename="metadata.xml"`)
	_, _ = w.Write(document) // a client that went away cannot be told
	return nil
}

// Description is signed once: nothing in it changes while the program runs.
func (h *Handler) Description() ([]byte, error) {
	h.once.Do(func() { h.document, h.documentErr = h.IdP.Metadata(saml.NewID(), h.Now()) })
	return h.document, h.documentErr
}
