// Package exhibit writes something that was kept to a browser: whatever it holds runs
// nothing, loads nothing, and stays in no cache. // A35
package exhibit

import (
	"mime"
	"net/http"
	"strconv"

	"atrio/idp/evidence"
	"atrio/idp/evidence/picture"
	"atrio/web"
)

// PDF is the media type of papers.
const PDF = "application/pdf"

// endings are those of downloaded files, so that programs of operators know them.
var endings = map[string]string{PDF: ".pdf", "application/pkcs7-mime": ".p7m", "application/pkix-crl": ".crl", "application/json": ".json"}

// Access is a look by this request.
func Access(r *http.Request, by, purpose string) evidence.Access {
	a := evidence.Access{By: by, Purpose: purpose, Reference: web.RequestID(r)}
	if address := web.ClientAddr(r); address.IsValid() {
		a.Address = address.String()
	}
	return a
}

// Shown tells that a page shows an item of this type as a picture.
func Shown(media string) bool { return media == picture.MediaType }

// Write writes an item. Only a picture that was made anew when it came in is shown; the rest
// is downloaded. name is that of a paper of ours, which is shown too; "" for none.
func Write(w http.ResponseWriter, o evidence.Opened, name string) {
	h, media := w.Header(), o.MediaType
	disposition := func(kind, name string) {
		h.Set("Content-Disposition", mime.FormatMediaType(kind, map[string]string{"filename": name}))
	}
	switch {
	case Shown(media):
	case media == PDF && name != "":
		disposition("inline", name)
	default:
		disposition("attachment", string(o.Kind)+endings[media])
		if media != PDF {
			media = "application/octet-stream"
		}
	}
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(o.Content)))
	Confine(h)
	w.Write(o.Content) //nolint:errcheck // a browser that went away cannot be told
}

// Confine keeps what an item holds from running, from loading and from caches. // A35
func Confine(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
}
