package sealed

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Token is one whose signature is that of the first of its Certificates. Nothing else is
// known of it: who holds that certificate is for others to find out.
type Token struct {
	Claims
	// Certificates are those that came with it, the seal's first.
	Certificates []*x509.Certificate
	encrypted    string
}

// maxChain bounds the certificates of a token: seal, issuer, root and one between.
const maxChain = 4

// minRSA is the shortest key that is relied upon.
const minRSA = 2048

// Strip takes out what mail programs and people put into a token: white space.
func Strip(s string) string { return strings.Join(strings.Fields(s), "") }

// Read reads a token. The algorithm is fixed, the key is that of the certificate alone, and
// nothing of the payload is looked at before its signature holds.
func Read(token string) (Token, error) {
	if len(token) > MaxBytes {
		return Token{}, Form
	}
	chain, err := certificates(token)
	if err != nil {
		return Token{}, err
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return Token{}, Form
	}
	key, ok := chain[0].PublicKey.(*rsa.PublicKey)
	switch {
	case !ok:
		return Token{}, Form
	case key.N.BitLen() < minRSA:
		return Token{}, WeakKey
	}
	said, err := signed.Verify(key)
	if err != nil {
		return Token{}, Altered
	}
	t := Token{Certificates: chain}
	return t, t.read(said)
}

// certificates are those in the header of a token, which has three parts, each written in
// the one way in which it can be.
func certificates(token string) ([]*x509.Certificate, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, Form
	}
	var header []byte
	for i, part := range parts {
		raw, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || len(raw) == 0 {
			return nil, Form
		}
		if i == 0 {
			header = raw
		}
	}
	var h struct {
		Chain    []string `json:"x5c"`
		Critical []string `json:"crit"`
	}
	if err := json.Unmarshal(header, &h); err != nil || len(h.Critical) > 0 || len(h.Chain) == 0 || len(h.Chain) > maxChain {
		return nil, Form
	}
	var chain []*x509.Certificate
	for _, one := range h.Chain {
		der, err := base64.StdEncoding.DecodeString(one)
		if err != nil {
			return nil, Form
		}
		c, err := x509.ParseCertificate(der)
		if err != nil || !bytes.Equal(c.Raw, der) {
			return nil, Form
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// references are those of identifications, tokens, bodies and operators.
var references = regexp.MustCompile(`^[\x21-\x7e]{1,128}$`)

// fiscalForm is that of a codice fiscale.
var fiscalForm = regexp.MustCompile(`^[A-Z0-9]{16}$`)

// read reads what was signed.
func (t *Token) read(said []byte) error {
	var p payload
	if err := json.Unmarshal(said, &p); err != nil {
		return Form
	}
	issuer, operator, ok := strings.Cut(p.Issuer, ".")
	code, wrong := base64.StdEncoding.DecodeString(issuer)
	who, wrongToo := base64.StdEncoding.DecodeString(operator)
	if !ok || wrong != nil || wrongToo != nil {
		return Form
	}
	t.Claims = Claims{
		Issuer: string(code), Operator: string(who), Identification: p.Identification, ID: p.ID,
		Issued: time.Unix(p.Issued, 0).UTC(), Expires: time.Unix(p.Expires, 0).UTC(), FiscalCode: bare(p.FiscalCode),
	}
	for _, one := range []string{t.Issuer, t.Operator, t.Identification, t.ID} {
		if !references.MatchString(one) {
			return Form
		}
	}
	if t.encrypted = p.Encrypted; !fiscalForm.MatchString(t.FiscalCode) || p.Issued <= 0 || p.Encrypted == "" {
		return Form
	}
	return nil
}

// Current tells whether a token may be used at a time, and no longer than tokens may.
func (c Claims) Current(at time.Time) error {
	switch {
	case !at.Before(c.Expires):
		return Expired
	case c.Issued.After(at.Add(skew)):
		return NotYet
	case c.Expires.Sub(c.Issued) > Life+24*time.Hour: // days that end with the day
		return Form
	}
	return nil
}

// Open opens a token with the halves of its code.
func (t Token) Open(code Halves) (Data, error) {
	inside, err := jose.ParseEncryptedCompact(t.encrypted, []jose.KeyAlgorithm{jose.DIRECT}, []jose.ContentEncryption{jose.A256CBC_HS512})
	if err != nil {
		return Data{}, Inside
	}
	clear, err := inside.Decrypt(code.key())
	if err != nil {
		return Data{}, Code
	}
	return t.Claims.read(clear)
}
