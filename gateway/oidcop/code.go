package oidcop

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"atrio/base/fault"
	"atrio/people/person"
)

// code is the inside of an authorization code. Codes are sealed values: nothing
// is stored until one is redeemed, any node can redeem it, and its inside can
// neither be read nor changed. // DESIGN decision 3
type code struct {
	ID        string       `json:"i"`
	Client    string       `json:"c"`
	Redirect  string       `json:"r"`
	Challenge string       `json:"p"`
	Scopes    string       `json:"s"`
	Nonce     string       `json:"n,omitempty"`
	Account   string       `json:"a"`
	Session   string       `json:"h,omitempty"`
	Level     person.Level `json:"l"`
	ACR       string       `json:"k,omitempty"`
	AMR       []string     `json:"m,omitempty"`
	// AuthTime is in token time, seconds since 1970.
	AuthTime int64 `json:"t"`
}

const codePurpose = "oidc-code"

// newID draws the key of a grant: 128 random bits.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (p *Provider) sealCode(c code) (string, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("oidcop: %w", err)
	}
	return p.Site.Keyring.Seal(codePurpose, p.Clock().Add(codeLife), plain)
}

func (p *Provider) openCode(sealed string) (code, error) {
	plain, err := p.Site.Keyring.Open(codePurpose, p.Clock(), sealed)
	if err != nil {
		return code{}, err
	}
	var c code
	if err := json.Unmarshal(plain, &c); err != nil {
		return code{}, fault.New(fault.Internal, "error.internal").Because(err)
	}
	return c, nil
}

// authTime is the login in token time: the age of the session is measured by the
// calendar, the token counts back from its own clock. // DESIGN decision 5
func (p *Provider) authTime(s Subject) int64 {
	age := max(0, p.Site.Now().Sub(s.AuthTime))
	return p.Clock().Add(-age).Truncate(time.Second).Unix()
}
