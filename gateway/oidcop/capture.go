package oidcop

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"atrio/base/fault"
	"atrio/web"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

// capture holds the engine's answer back until it is known to be right.
type capture struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newCapture() *capture {
	c := &capture{header: http.Header{}, status: http.StatusOK}
	c.body.Grow(usualAnswer)
	return c
}

// usualAnswer is room for two tokens.
const usualAnswer = 2 << 10

func (c *capture) Header() http.Header         { return c.header }
func (c *capture) WriteHeader(status int)      { c.status = status }
func (c *capture) Write(b []byte) (int, error) { return c.body.Write(b) }

// send writes what was captured.
func (c *capture) send(w http.ResponseWriter) {
	noStore(w)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(c.status)
	_, _ = w.Write(c.body.Bytes()) // the peer may have gone
}

// errorCode is the error of a captured refusal, "" when it is none.
func (c *capture) errorCode() goidc.ErrorCode {
	var answer struct {
		Error goidc.ErrorCode `json:"error"`
	}
	if c.status < http.StatusBadRequest || json.Unmarshal(c.body.Bytes(), &answer) != nil {
		return ""
	}
	return answer.Error
}

// noStore: answers with tokens or personal data are never kept. // RFC 6749 5.1
func noStore(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
}

// writeError answers a service with an error. // RFC 6749 5.2
func writeError(w http.ResponseWriter, status int, code goidc.ErrorCode, text string) {
	noStore(w)
	w.Header().Set("Content-Type", "application/json")
	body, err := json.Marshal(goidc.NewError(code, text))
	if err != nil {
		status = http.StatusInternalServerError
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // the peer may have gone
}

// writeFault answers a service when something of ours failed, and logs it with
// the reference number of the request.
func (p *Provider) writeFault(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.From(err)
	p.Site.Log.LogAttrs(r.Context(), slog.LevelError, "oidc", slog.String("request", web.RequestID(r)), slog.String("error", f.Error()))
	if f.Kind == fault.Unavailable {
		w.Header().Set("Retry-After", "5")
		writeError(w, http.StatusServiceUnavailable, "temporarily_unavailable", "try again later")
		return
	}
	writeError(w, http.StatusInternalServerError, "server_error", "internal error "+web.RequestID(r))
}

// reason is the stable word of a refusal for the audit log.
func reason(code goidc.ErrorCode, refusals []error) string {
	for _, err := range refusals {
		var f *fault.Error
		if errors.As(err, &f) {
			return f.AuditReason()
		}
	}
	return string(code)
}

// internal is the first private error of the engine that is a failure of ours.
func internal(refusals []error) error {
	for _, err := range refusals {
		var public goidc.Error
		if !errors.As(err, &public) || public.Code == goidc.ErrorCodeInternalError {
			return err
		}
	}
	return errEngine
}
