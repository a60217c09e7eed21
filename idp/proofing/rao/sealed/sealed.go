// Package sealed is the token by which a public office says who stood at its desk: a JWS
// that the seal of the body signs, and inside a JWE with the person's data, which opens with
// an activation code of two halves. One half is handed over at the desk, the other reaches
// the person elsewhere: who has the token alone has nothing. // 1.8, A26
//
// The format is that of the software of the public RAO. It is pure: no clock, no network.
// Whether the seal is that of a body that may identify people is asked in package rao; what
// is read here counts only together with that.
package sealed

import (
	"errors"
	"time"
)

// Refusal says why a token is not taken; it is the end of the keys "rao.refused." and of
// the reasons "rao_" in the audit log.
type Refusal string

// The refusals that a token alone tells.
const (
	// Form: it is no sealed token, or one by another algorithm.
	Form Refusal = "form"
	// Altered: the signature is not that of the certificate beside it.
	Altered Refusal = "altered"
	// WeakKey: the key of the seal is shorter than may be relied upon.
	WeakKey Refusal = "weak_key"
	Expired Refusal = "expired"
	// NotYet: it says that it was made later than now.
	NotYet Refusal = "not_yet"
	// Code: the halves of the activation code do not open it.
	Code Refusal = "code"
	// Inside: it opens, and what is inside is not about the person or the body outside.
	Inside Refusal = "inside"
)

// Error makes a refusal an error.
func (r Refusal) Error() string { return "rao: " + string(r) }

// Of gives the refusal in an error, "" when there is none.
func Of(err error) Refusal {
	var r Refusal
	errors.As(err, &r)
	return r
}

// Life is how long a token may be used. // 1.8
const Life = 30 * 24 * time.Hour

// skew is how far clocks of bodies may be ahead of ours.
const skew = 5 * time.Minute

// MaxBytes bounds a token. Those of the public software have about six thousand.
const MaxBytes = 32 << 10

// Claims are what the seal says outside, readable by everybody who has the token.
type Claims struct {
	// Issuer is the code of the body (IPA), Operator its own reference of who identified.
	Issuer, Operator string
	// Identification and ID name the identification and the token.
	Identification, ID string
	Issued, Expires    time.Time
	FiscalCode         string
}

// payload is how claims are written.
type payload struct {
	Issuer         string `json:"iss"`
	Identification string `json:"sub"`
	ID             string `json:"jti"`
	Issued         int64  `json:"iat"`
	Expires        int64  `json:"exp"`
	FiscalCode     string `json:"fiscalNumber"`
	Encrypted      string `json:"encryptedData"`
}
