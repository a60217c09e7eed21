package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"atrio/assets"
	"atrio/base/fault"
)

// built is what build.mjs leaves, in small.
func built() *static {
	return &static{
		files: fstest.MapFS{
			"a.123.css": {Data: []byte("plain")}, "a.123.css.br": {Data: []byte("brotli")}, "a.123.css.gz": {Data: []byte("gzip")},
			"secret.txt": {Data: []byte("x")},
		},
		index: map[string]assets.File{"a.123.css": {
			Path: "a.123.css", SHA256: strings.Repeat("ab", 32), Type: "text/css; charset=utf-8", Encodings: []string{"br", "gzip"},
		}},
		theme: map[string]themeFile{"theme/logo.1.svg": {"image/svg+xml", []byte("<svg/>")}},
	}
}

func ask(t *testing.T, file string, header http.Header) (*httptest.ResponseRecorder, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/static/"+file, nil)
	r.SetPathValue("file", file)
	r.Header = header
	w := httptest.NewRecorder()
	return w, built().serve(w, r)
}

func TestAssetsComeCompressedAndForEver(t *testing.T) {
	for accept, want := range map[string]string{
		"": "plain", "gzip": "gzip", "br, gzip": "brotli", "gzip;q=1.0, BR;q=0.5": "brotli", "br;q=0, gzip": "gzip", "identity": "plain",
	} {
		w, err := ask(t, "a.123.css", http.Header{"Accept-Encoding": {accept}})
		if err != nil {
			t.Fatal(err)
		}
		h := w.Header()
		if w.Body.String() != want || h.Get("Cache-Control") != "public, max-age=31536000, immutable" || h.Get("Vary") != "Accept-Encoding" ||
			h.Get("Content-Type") != "text/css; charset=utf-8" || (want == "plain") != (h.Get("Content-Encoding") == "") {
			t.Errorf("%q: %s %v", accept, w.Body, h)
		}
		again, err := ask(t, "a.123.css", http.Header{"Accept-Encoding": {accept}, "If-None-Match": {h.Get("Etag")}})
		if err != nil || again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%q: %d again", accept, again.Code)
		}
	}
}

func TestOnlyFilesOfTheManifestAreServed(t *testing.T) {
	for _, file := range []string{"secret.txt", "manifest.json", "../assets.go", "a.123.css.br", ""} {
		if _, err := ask(t, file, nil); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if w, err := ask(t, "theme/logo.1.svg", nil); err != nil || w.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("the theme's logo must be served: %v", err)
	}
}
