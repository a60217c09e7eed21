package exhibit_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"atrio/idp/evidence"
	"atrio/idp/evidence/exhibit"
)

// A35
func TestOnlyPicturesAndPapersOfOursAreShown(t *testing.T) {
	for _, c := range []struct{ media, name, want, disposition string }{
		{"image/jpeg", "", "image/jpeg", ""},
		{"image/png", "", "application/octet-stream", "attachment; filename=signed_contract"},
		{"image/svg+xml", "", "application/octet-stream", "attachment; filename=signed_contract"},
		{"text/html", "contratto.pdf", "application/octet-stream", "attachment; filename=signed_contract"},
		{"application/pkcs7-mime", "", "application/octet-stream", "attachment; filename=signed_contract.p7m"},
		{"application/pdf", "", "application/pdf", "attachment; filename=signed_contract.pdf"},
		{"application/pdf", "contratto.pdf", "application/pdf", "inline; filename=contratto.pdf"},
	} {
		w := httptest.NewRecorder()
		exhibit.Write(w, evidence.Opened{Item: evidence.Item{Kind: evidence.SignedContract, MediaType: c.media}, Content: []byte("<script>")}, c.name)
		h := w.Header()
		if h.Get("Content-Type") != c.want || h.Get("Content-Disposition") != c.disposition || w.Body.String() != "<script>" || h.Get("Content-Length") != "8" {
			t.Errorf("%s %q: %v", c.media, c.name, h)
		}
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox; default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", c.media, h)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if a := exhibit.Access(r, "operator:1", "queue"); a.By != "operator:1" || a.Purpose != "queue" {
		t.Errorf("%+v", a)
	}
}
