// Package hsm signs with keys that live in a PKCS#11 token.
//
// The library of a token is C code of somebody else. It runs in a helper process
// (cmd/atrio-pkcs11) that this package starts and talks to over its standard
// input and a pipe: the program itself stays free of C, and a library that
// crashes or hangs takes nobody along. A helper that ended is started again by
// the next signature, one that does not answer in time is killed. While there is
// no signature to be had, callers get a fault of kind Unavailable.
//
// The PIN goes over the pipe, never into arguments, environment or log. A PIN
// that the token refused is not tried again: tokens lock themselves after a few.
package hsm

// Request is a line, in JSON, from the program to the helper.
type Request struct {
	ID uint64 `json:"id"`
	// Op is "open" (once, first), "public" or "sign".
	Op string `json:"op"`
	// Module, Token and PIN of "open": path of the library, label of the token.
	Module string `json:"module,omitempty"`
	Token  string `json:"token,omitempty"`
	PIN    string `json:"pin,omitempty"`
	// Label is that of the key pair.
	Label string `json:"label,omitempty"`
	// Hash is "SHA-256", "SHA-384" or "SHA-512"; Digest is what it gave.
	Hash   string `json:"hash,omitempty"`
	Digest []byte `json:"digest,omitempty"`
}

// ReplyFile is the number of the open file to which the helper writes replies.
const ReplyFile = 3

// Reply is a line back. Replies come in any order.
type Reply struct {
	ID uint64 `json:"id"`
	// Code is empty when all is well; Message says more, never a secret.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Public is the DER of "public" (SubjectPublicKeyInfo), Signature that of "sign":
	// PKCS#1 v1.5 for RSA, ASN.1 for ECDSA.
	Public    []byte `json:"public,omitempty"`
	Signature []byte `json:"signature,omitempty"`
}

// Codes of replies.
const (
	// CodePIN: the token refuses the PIN.
	CodePIN = "pin"
	// CodeKey: the token has no such key, or not exactly one.
	CodeKey = "key"
	// CodeToken: the library or the token is not there or failed; the helper ends.
	CodeToken = "token"
)

// MaxFrame bounds a line of either side.
const MaxFrame = 64 << 10
