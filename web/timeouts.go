package web

import (
	"net/http"
	"time"
)

// maxHeader leaves room for the cookies of three flows and the signed query of
// a SAML request.
const maxHeader = 32 << 10

// ServerTimeouts sets the limits of time and headers on a server, so that slow
// or endless requests cannot hold connections.
func ServerTimeouts(server *http.Server) {
	server.ReadHeaderTimeout = 5 * time.Second
	server.ReadTimeout = 30 * time.Second
	server.WriteTimeout = 60 * time.Second
	server.IdleTimeout = 2 * time.Minute
	server.MaxHeaderBytes = maxHeader
}
