package signaturetest

import (
	"io"
	"net/http"
	"strings"
)

// ServeHTTP answers as the addresses in the certificates say, where Base is the address
// of the server.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	var answer []byte
	switch {
	case r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/ocsp/"):
		answer, err = a.OCSP(r.Context(), a.Base+r.URL.Path, body)
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/crl/"):
		answer, err = a.CRL(r.Context(), a.Base+r.URL.Path)
	default:
		err = ErrSilent
	}
	if err != nil {
		http.Error(w, "", http.StatusServiceUnavailable)
		return
	}
	w.Write(answer)
}
