// Package authenticator is the app of level 2: a page of the provider that a telephone
// keeps on its home screen, with a private key that cannot leave it.
//
// A holder binds it with a QR code and a code by SMS (bind.go). At a login the browser shows
// a number of two digits; the app is told service, level and three numbers, the person taps
// the one that the browser shows, and the app signs all of it (prompt.go, answer.go). A
// request that nobody expected can be reported: the identity is suspended, the app is switched
// off and the holder is told. // REG 15, E24, E30, A28
//
// The key is the second factor, "something that one has"; the password was asked for before.
// The rows are the store's, the order of a login is idp.order.
package authenticator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"strconv"
	"strings"
	"time"

	"atrio/base/fault"
)

// Device is a telephone with a key.
type Device struct {
	ID       string
	Identity string
	// Name is what the holder calls it.
	Name string
	// Key is the public key as SubjectPublicKeyInfo.
	Key []byte
	// UsedAt and EndedAt are zero when it was never used, and while it can be.
	BoundAt, UsedAt, EndedAt time.Time
	// How it ended: removed or reported.
	How string
}

// The ways in which a device ends.
const (
	Removed  = "removed"
	Reported = "reported"
)

// MostDevices is how many telephones an identity may have.
const MostDevices = 5

// maxKey bounds a public key as it is sent; one on P-256 has 91 bytes.
const maxKey = 128

// signatureSize is r and s, 32 bytes each. // WebCrypto ECDSA: IEEE P1363 form
const signatureSize = 64

var errKey = fault.New(fault.Invalid, "error.invalid").For("app_key")

// readKey accepts a key on P-256 alone.
func readKey(spki []byte) (*ecdsa.PublicKey, error) {
	if len(spki) > maxKey {
		return nil, errKey
	}
	parsed, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, errKey.Because(err)
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errKey
	}
	return key, nil
}

// signed reports whether a key signed these lines.
func signed(spki, signature []byte, lines ...string) bool {
	key, err := readKey(spki)
	if err != nil || len(signature) != signatureSize {
		return false
	}
	digest := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(key, digest[:], r, s)
}

// What is signed begins with its purpose, so that a signature of one is none of another.
// No line can hold a line break: tokens and decisions are ours, and a service's name is
// put on one line.
func bindLines(token string) []string { return []string{"atrio app: bind", token} }

func enterLines(nonce, device string) []string { return []string{"atrio app: enter", nonce, device} }

func answerLines(p Prompt, number int, d Decision) []string {
	return []string{"atrio app: answer", p.ID, p.Service, strconv.Itoa(p.Level), strconv.Itoa(number), string(d)}
}

// Decision is what the person did with a request.
type Decision string

// The decisions. Report says that the person asked for nothing.
const (
	Approve Decision = "approve"
	Refuse  Decision = "refuse"
	Report  Decision = "report"
)

func (d Decision) known() bool { return d == Approve || d == Refuse || d == Report }

// Prompt is what the app is asked for a login.
type Prompt struct {
	ID       string
	Flow     string
	Identity string
	// Service is the name of who waits, on one line.
	Service string
	Level   int
	// Numbers are what the app offers, Number the one that the browser shows.
	Numbers []int
	Number  int
	// AskedAt and ExpiresAt bound it.
	AskedAt, ExpiresAt time.Time
	State              State
}

// State is what became of a prompt.
type State string

// The states; Expired is one that waited too long.
const (
	Waiting       State = ""
	Approved      State = "approved"
	WrongNumber   State = "wrong"
	Declined      State = "refused"
	ReportedAbuse State = "reported"
	Used          State = "used"
	Expired       State = "expired"
)

// at is the state at a moment.
func (p Prompt) at(now time.Time) State {
	if (p.State == Waiting || p.State == Approved) && !now.Before(p.ExpiresAt) {
		return Expired
	}
	return p.State
}

// CalledOff is the reason for the audit log when the person called the login off, and "" when
// not.
func (p Prompt) CalledOff() string {
	if p.State == Declined || p.State == ReportedAbuse {
		return "app_" + string(p.State)
	}
	return ""
}

// outcome is what a decision makes of a prompt.
func (p Prompt) outcome(d Decision, number int) State {
	switch {
	case d == Report:
		return ReportedAbuse
	case d == Refuse:
		return Declined
	case number != p.Number:
		return WrongNumber
	}
	return Approved
}
