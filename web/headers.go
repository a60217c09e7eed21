package web

import (
	"net/http"
	"strings"
)

// contentPolicy is the Content-Security-Policy of every answer. Nothing inline
// and nothing foreign: style, script, font and image come from this site; data:
// images are the icons inside the style sheet. Where forms may lead is added by
// formPolicy; pages with NoFormAction leave that out.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// formPolicy lets forms lead to this site and to the named origins.
func (s *Site) formPolicy() string {
	return "; form-action " + strings.Join(append([]string{"'self'"}, s.FormTargets...), " ")
}

// safeHeaders are the defaults of every answer; a handler may override
// Cache-Control for what is public and the same for all. The values are shared
// by all requests: Header.Set replaces them, nothing may change them in place.
func (s *Site) safeHeaders() http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", contentPolicy+s.formPolicy())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions("()", "()"))
	h.Set("Cache-Control", "no-store")
	if s.secure() {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains") // RFC 6797 6.1
	}
	for name, values := range h {
		h[name] = values[:1:1] // an Add must copy
	}
	return h
}

// permissions is the Permissions-Policy of an answer: nothing, but for what is said of
// camera and microphone.
func permissions(camera, microphone string) string {
	return "camera=" + camera + ", geolocation=(), microphone=" + microphone + ", payment=(), usb=()"
}

// AllowCamera lets the page of this answer, and no page of others inside it, ask for the
// camera.
func AllowCamera(w http.ResponseWriter) {
	w.Header().Set("Permissions-Policy", permissions("(self)", "()"))
}
