// Package oracles compares saml/xmlsec with implementations that are not ours:
// the libraries helium and goxmldsig, the programs xmlsec1 and xmllint.
//
// It is a module of its own so that the product never depends on an oracle. Run
// it by name:
//
//	cd test/oracles && go test ./...
//	cd test/oracles && go test -bench Verify9KB -run '^$' .
//
// Canonical forms must be equal, byte for byte, on thousands of random
// documents; whatever we accept, xmlsec1 must accept with the same digested
// bytes. Where an oracle is known to be wrong, the generator leaves the matter
// out and says so. The random documents come from fixed seeds: a failure comes
// back on every run.
package oracles
