// Package secondfactor is what a second factor is, whoever asks for it: its kinds and
// their names in a token, the outcomes of a code, recovery codes, telephone numbers
// that may be sent a code.
//
// It owns no page and no row: gateway/secondfactor and idp/credential do.
package secondfactor

// Kind of a second factor.
type Kind string

// The kinds, the recommended one first: a passkey cannot be phished, an app cannot be
// intercepted, a message can: codes by telephone are "restricted" in SP 800-63B-4 3.1.3.3.
const (
	Passkey Kind = "passkey"
	TOTP    Kind = "totp"
	SMS     Kind = "sms"
	// Desk is the word of a help desk: it confirms the login whose number the person reads
	// out, after it has checked who that is.
	Desk Kind = "desk"
	// Federated is the wish to enter by SPID, CIE or eIDAS alone. // G4.2
	Federated Kind = "federated"
	// Recovery is a code of the list that a person keeps for a lost device.
	Recovery Kind = "recovery"
)

// Kinds lists all kinds, the recommended one first.
func Kinds() []Kind { return []Kind{Passkey, TOTP, SMS, Desk, Federated, Recovery} }

// Asks tells whether a page can ask for this kind after a password.
func (k Kind) Asks() bool {
	return k == Passkey || k == TOTP || k == SMS || k == Desk || k == Recovery
}

// Stands tells whether this kind makes an account one with a second factor. Recovery
// codes alone do not: they help out of a loss.
func (k Kind) Stands() bool {
	return k == Passkey || k == TOTP || k == SMS || k == Desk || k == Federated
}

// AMR is the name of the kind in a token. RFC 8176 2
func (k Kind) AMR() string {
	switch k {
	case Passkey:
		return "hwk"
	case SMS:
		return "sms"
	case TOTP, Recovery:
		return "otp"
	case Desk:
		return "mca" // more than one channel
	}
	return ""
}
