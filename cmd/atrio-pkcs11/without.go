//go:build !cgo

package main

import "atrio/base/keys/hsm"

// open: a program built without C cannot load the library of a token.
func open(hsm.Request) (token, error) {
	return nil, problemf(hsm.CodeToken, "this atrio-pkcs11 was built without cgo; build it with CGO_ENABLED=1 and a C compiler")
}
