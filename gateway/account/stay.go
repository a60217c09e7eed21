package account

import "time"

// Stay is a browser in which the password of an account need not be typed again for a
// while: the first factor stays, the session does not. // G1.3
type Stay struct {
	// Hash is the SHA-256 of the secret in the cookie: a stolen table opens nothing.
	Hash []byte
	// Handle is the public name, for the list and for ending it.
	Handle    string
	AccountID string
	// PasswordAt names the password that it stands for, and TypedAt is when that was
	// typed: the time that services are told.
	PasswordAt, TypedAt time.Time
	ExpiresAt           time.Time
	// UserAgent and Address help a person to recognise it in the list.
	UserAgent, Address string
}
