package oidcop_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"atrio/gateway/oidcop"
)

func (h *house) document(path string, header ...string) *http.Response {
	r := httptest.NewRequest(http.MethodGet, h.url+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w.Result()
}

func TestDocumentsAreCachedAndCompressed(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{oidcop.DiscoveryPath, oidcop.KeysPath} {
		plain := h.document(path)
		body, _ := io.ReadAll(plain.Body)
		if plain.StatusCode != http.StatusOK || plain.Header.Get("Content-Type") != "application/json" || !json.Valid(body) || plain.Header.Get("Content-Encoding") != "" {
			t.Fatalf("%s: %d %v", path, plain.StatusCode, plain.Header)
		}
		small := h.document(path, "Accept-Encoding", "br, gzip;q=0.8")
		z, err := gzip.NewReader(small.Body)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(z); string(got) != string(body) || small.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: compressed differs", path)
		}
		if plain.Header.Get("Vary") == "" || plain.Header.Get("Etag") == small.Header.Get("Etag") {
			t.Errorf("%s: codings share a tag: %v", path, plain.Header)
		}
		if res := h.document(path, "If-None-Match", `W/"x", `+plain.Header.Get("Etag")); res.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %d for a known tag", path, res.StatusCode)
		}
		if res := h.document(path, "Accept-Encoding", "gzip;q=0"); res.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: gzip was forbidden", path)
		}
	}
}

func TestTheKeySetHoldsPublicKeysOnly(t *testing.T) {
	h := newHouse(t)
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(h.document(oidcop.KeysPath).Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	algs := map[string]bool{}
	for _, key := range set.Keys {
		algs[key.Algorithm] = true
		if !key.IsPublic() || key.Use != "sig" || key.KeyID == "" {
			t.Errorf("key %+v", key.KeyID)
		}
	}
	if !algs["ES256"] || !algs["RS256"] || len(set.Keys) != 2 {
		t.Errorf("algorithms %v", algs)
	}
}

func TestDiscoverySaysWhatIsServed(t *testing.T) {
	h := newHouse(t)
	var doc map[string]any
	if err := json.NewDecoder(h.document(oidcop.DiscoveryPath).Body).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	if doc["issuer"] != h.url || doc["request_uri_parameter_supported"] != false || doc["authorization_response_iss_parameter_supported"] != true {
		t.Errorf("%v", doc)
	}
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint"} {
		address, _ := doc[name].(string)
		if res := h.document(address[len(h.url):]); res.StatusCode == http.StatusNotFound {
			t.Errorf("%s %s is not served", name, address)
		}
	}
	for _, absent := range []string{"registration_endpoint", "introspection_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint"} {
		if doc[absent] != nil {
			t.Errorf("%s is published", absent)
		}
	}
}
