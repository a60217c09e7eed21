package oidcop

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"atrio/base/fault"
	"atrio/base/seal"
	"atrio/people/person"
)

// code is the inside of an authorization code. Codes are sealed values: nothing
// is stored until one is redeemed, any node can redeem it, and its inside can
// neither be read nor changed. // DESIGN decision 3
//
// Login is the correlation id of the login at the door. // G6.7
type code struct {
	ID, Client, Redirect, Challenge, Scopes, Nonce, Account, Session, ACR, Login string

	AMR   []string
	Level person.Level
	// AuthTime is in token time, seconds since 1970.
	AuthTime int64
}

// codeFields is the number of fields that pack writes.
const codeFields = 13

// pack writes the fields with NUL between them, which no parameter of a request may
// hold (parse) and no value of ours does: less work than JSON, and a shorter address for
// the browser.
func (c code) pack() ([]byte, error) {
	fields := [codeFields]string{
		c.ID, c.Client, c.Redirect, c.Challenge, c.Scopes, c.Nonce, c.Account, c.Session, c.ACR,
		strings.Join(c.AMR, " "), strconv.Itoa(int(c.Level)), strconv.FormatInt(c.AuthTime, 10), c.Login,
	}
	packed := strings.Join(fields[:], "\x00")
	if strings.Count(packed, "\x00") != codeFields-1 {
		return nil, errCode
	}
	return []byte(packed), nil
}

// unpackCode reads what pack wrote, and what 0.1.0 wrote, which had no Login. What a
// later version wrote less than a minute ago is refused like any foreign code.
func unpackCode(packed []byte) (code, error) {
	f := strings.Split(string(packed), "\x00")
	if len(f) == codeFields-1 {
		f = append(f, "")
	}
	if len(f) != codeFields {
		return code{}, seal.ErrBroken.Because(errCode)
	}
	level, err1 := strconv.Atoi(f[10])
	authTime, err2 := strconv.ParseInt(f[11], 10, 64)
	if err := errors.Join(err1, err2); err != nil {
		return code{}, seal.ErrBroken.Because(err)
	}
	return code{
		ID: f[0], Client: f[1], Redirect: f[2], Challenge: f[3], Scopes: f[4], Nonce: f[5], Account: f[6], Session: f[7], ACR: f[8],
		AMR: strings.Fields(f[9]), Level: person.Level(level), AuthTime: authTime, Login: f[12],
	}, nil
}

// errCode is an inside that this version does not write.
var errCode = fault.New(fault.Internal, "error.internal").For("code_inside")

const codePurpose = "oidc-code"

// newID draws the key of a grant: 128 random bits.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (p *Provider) sealCode(c code) (string, error) {
	plain, err := c.pack()
	if err != nil {
		return "", err
	}
	return p.Site.Keyring.Seal(codePurpose, p.Clock().Add(codeLife), plain)
}

func (p *Provider) openCode(sealed string) (code, error) {
	plain, err := p.Site.Keyring.Open(codePurpose, p.Clock(), sealed)
	if err != nil {
		return code{}, err
	}
	return unpackCode(plain)
}

// authTime is the login in token time: the age of the session is measured by the
// calendar, the token counts back from its own clock. // DESIGN decision 5
func (p *Provider) authTime(s Subject) int64 {
	age := max(0, p.Site.Now().Sub(s.AuthTime))
	return p.Clock().Add(-age).Truncate(time.Second).Unix()
}
