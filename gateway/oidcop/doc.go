// Package oidcop is the OpenID Provider of the gateway: discovery, keys,
// authorize, token, userinfo and end_session, for the services of the register.
//
// The protocol engine is github.com/luikyv/go-oidc, which nothing else imports;
// this package guards its doors (exact redirect addresses, no repeated
// parameters, one answer per code), gives it state and renders its errors. Why
// and how: docs/decisions/0002-openid-provider.md.
//
// What stands alone has a package below: acr, authcode, tokenkeys, document.
//
// It does not sign anybody in: Login (gateway/flow.go) does. It does not decide
// what a service is told: release does. Its rows are written by gatewaydb.
//
// Two clocks: Now is the calendar, by which sessions are measured; Clock is the
// time in tokens and codes, always the wall clock. // DESIGN decision 5
package oidcop
