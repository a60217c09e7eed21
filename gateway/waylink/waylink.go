// Package waylink makes the links by which people stop or finish a change that waits:
// the reset of second factors, another e-mail address. A link names the change and what it
// does; one kind does not become the other. Whoever has it may do that one thing, so it
// goes to contacts of the holder alone, and the page behind it asks for a button: programs
// open links too.
package waylink

import (
	"encoding/hex"
	"strings"

	"atrio/authn/otp"
	"atrio/base/seal"
)

// Kind is what a link does.
type Kind string

// The kinds.
const (
	Stop   Kind = "stop"
	Finish Kind = "finish"
)

// Links are those to the changes of one matter.
type Links struct {
	Keyring *seal.Keyring
	// Matter separates the tokens of one matter from those of another.
	Matter string
	// URL is the page that takes the token.
	URL string
}

// idLength is that of the ids of changes, account.NewID.
const idLength = 32

// token is the id with a MAC of 128 bits.
func (l Links) token(id string, k Kind) string {
	return id + "." + hex.EncodeToString(l.Keyring.MAC(l.Matter+"."+string(k), id)[:16])
}

// Address is the link that does something to the change of an id.
func (l Links) Address(id string, k Kind) string { return l.URL + "?token=" + l.token(id, k) }

// Read gives the id and the kind of a token that is ours, else "".
func (l Links) Read(token string) (id string, k Kind) {
	id, _, _ = strings.Cut(token, ".")
	for _, k := range []Kind{Stop, Finish} {
		if len(id) == idLength && otp.Equal(token, l.token(id, k)) {
			return id, k
		}
	}
	return "", ""
}
