package samlsso

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"atrio/base/fault"
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

// description is a signed document and the mark of the keys in it.
type description struct {
	keys     [32]byte
	document []byte
}

// Description is the signed description with the keys of now. While they cannot
// sign, the document before is served: it says less, but nothing wrong.
func (h *Handler) Description() ([]byte, error) {
	mark := h.IdP.KeyMark()
	if d := h.description.Load(); d != nil && d.keys == mark {
		return d.document, nil
	}
	h.describing.Lock()
	defer h.describing.Unlock()
	old := h.description.Load()
	if old != nil && old.keys == mark {
		return old.document, nil
	}
	document, err := h.IdP.Metadata(saml.NewID(), h.Now())
	if err != nil {
		if old != nil && fault.Is(err, fault.Unavailable) {
			return old.document, nil
		}
		return nil, err
	}
	h.description.Store(&description{mark, document})
	return document, nil
}
