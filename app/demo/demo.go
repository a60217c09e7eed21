// Package demo is what the demonstration adds to the three roles: fictitious
// people, a catalogue of courses, an inbox for all mail and SMS, a clock that
// can be moved, a relying service, and the desk that explains it all.
//
// It runs on loopback only and exists in `atrio demo` alone; app wires it.
package demo

import (
	"fmt"
	"net/url"
	"strconv"
)

// Addresses of the demonstration, all on one host, told apart by the port.
type Addresses struct {
	Host string
	Base int // port of the gateway
}

// URL is the base URL of the role that listens offset ports above the gateway.
func (a Addresses) url(offset int) string {
	return (&url.URL{Scheme: "http", Host: a.Host + ":" + strconv.Itoa(a.Base+offset)}).String()
}

// Gateway, IdP, Portal and Desk are the base URLs.
func (a Addresses) Gateway() string { return a.url(0) }
func (a Addresses) IdP() string     { return a.url(1) }
func (a Addresses) Portal() string  { return a.url(2) }
func (a Addresses) Desk() string    { return a.url(3) }

// Cards is where cards are asked for; away from the others, at the 8443 that people know
// when the gateway has 8080.
func (a Addresses) Cards() string {
	return "https://" + a.Host + ":" + strconv.Itoa(a.Base+CardsOffset)
}

// CardsOffset of the listener that asks for cards.
const CardsOffset = 363

// Operations is the listener of metrics and health.
func (a Addresses) Operations() string { return a.url(9) }

// Listen is the loopback address to listen on for an offset.
func (a Addresses) Listen(offset int) string {
	return fmt.Sprintf("127.0.0.1:%d", a.Base+offset)
}
