// Package account says what an account of the gateway is: a person with a
// Codice Persona, the identities that lead to it, and attributes of which each
// has a source and a date.
//
// It owns the types and the algorithm of the Codice Persona. It does not store
// anything (gatewaydb does), does not decide who may enter (access does) and has
// no pages (selfcare and registration do).
package account
