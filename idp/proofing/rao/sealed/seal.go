package sealed

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"

	"github.com/go-jose/go-jose/v4"
)

// Seal is the key of a body with its certificate; those between it and an authority may
// follow.
type Seal struct {
	Key          *rsa.PrivateKey
	Certificates []*x509.Certificate
}

// Token seals what an office saw. The code is not kept: who has its halves opens the token.
func (s Seal) Token(c Claims, d Data, code Halves) (string, error) {
	if len(s.Certificates) == 0 {
		return "", errors.New("sealed: no certificate")
	}
	clear, err := json.Marshal(d)
	if err != nil {
		return "", err
	}
	crypter, err := jose.NewEncrypter(jose.A256CBC_HS512, jose.Recipient{Algorithm: jose.DIRECT, Key: code.key()}, nil)
	if err != nil {
		return "", err
	}
	inside, err := crypter.Encrypt(clear)
	if err != nil {
		return "", err
	}
	p := payload{
		Issuer:         base64.StdEncoding.EncodeToString([]byte(c.Issuer)) + "." + base64.StdEncoding.EncodeToString([]byte(c.Operator)),
		Identification: c.Identification, ID: c.ID, Issued: c.Issued.Unix(), Expires: c.Expires.Unix(), FiscalCode: c.FiscalCode,
	}
	if p.Encrypted, err = inside.CompactSerialize(); err != nil {
		return "", err
	}
	said, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	var chain []string
	for _, one := range s.Certificates {
		chain = append(chain, base64.StdEncoding.EncodeToString(one.Raw))
	}
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("x5c", chain)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: s.Key}, options)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(said)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
