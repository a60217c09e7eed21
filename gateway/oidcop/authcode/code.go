// Package authcode is the authorization code: what stands in it, and how it is sealed.
package authcode

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/people/person"
)

// Code is the inside of an authorization code. Codes are sealed values: nothing
// is stored until one is redeemed, any node can redeem it, and its inside can
// neither be read nor changed. // DESIGN decision 3
//
// Login is the correlation id of the login at the door. // G6.7
type Code struct {
	ID, Client, Redirect, Challenge, Scopes, Nonce, Account, Session, ACR, Login string

	AMR   []string
	Level person.Level
	// AuthTime is in token time, seconds since 1970.
	AuthTime int64
}

// fieldCount is the number of fields that pack writes.
const fieldCount = 13

// pack writes the fields with NUL between them, which no parameter of a request may
// hold (parse) and no value of ours does: less work than JSON, and a shorter address for
// the browser.
func (c Code) pack() ([]byte, error) {
	fields := [fieldCount]string{
		c.ID, c.Client, c.Redirect, c.Challenge, c.Scopes, c.Nonce, c.Account, c.Session, c.ACR,
		strings.Join(c.AMR, " "), strconv.Itoa(int(c.Level)), strconv.FormatInt(c.AuthTime, 10), c.Login,
	}
	packed := strings.Join(fields[:], "\x00")
	if strings.Count(packed, "\x00") != fieldCount-1 {
		return nil, errInside
	}
	return []byte(packed), nil
}

// unpack reads what pack wrote, and what 0.1.0 wrote, which had no Login. What a
// later version wrote less than a minute ago is refused like any foreign code.
func unpack(packed []byte) (Code, error) {
	f := strings.Split(string(packed), "\x00")
	if len(f) == fieldCount-1 {
		f = append(f, "")
	}
	if len(f) != fieldCount {
		return Code{}, seal.ErrBroken.Because(errInside)
	}
	level, err1 := strconv.Atoi(f[10])
	authTime, err2 := strconv.ParseInt(f[11], 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return Code{}, seal.ErrBroken.Because(err)
	}
	return Code{
		ID: f[0], Client: f[1], Redirect: f[2], Challenge: f[3], Scopes: f[4], Nonce: f[5], Account: f[6], Session: f[7], ACR: f[8],
		AMR: strings.Fields(f[9]), Level: person.Level(level), AuthTime: authTime, Login: f[12],
	}, nil
}

// errInside is an inside that this version does not write.
var errInside = fault.New(fault.Internal, "error.internal").For("code_inside")

const purpose = "oidc-code"

// Seal makes an authorization code, which opens until a time.
func (c Code) Seal(ring *seal.Keyring, until time.Time) (string, error) {
	plain, err := c.pack()
	if err != nil {
		return "", err
	}
	return ring.Seal(purpose, until, plain)
}

// Open reads one.
func Open(ring *seal.Keyring, now time.Time, sealed string) (Code, error) {
	plain, err := ring.Open(purpose, now, sealed)
	if err != nil {
		return Code{}, err
	}
	return unpack(plain)
}
