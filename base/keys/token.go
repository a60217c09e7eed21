package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// Token is a PKCS#11 token: private keys that never leave it.
type Token interface {
	// Public finds the public key of the pair with that label.
	Public(label string) (crypto.PublicKey, error)
	// Signer signs with it; it asks nothing of the token before the first signature.
	Signer(label string, public crypto.PublicKey) crypto.Signer
}

// WithToken lets pairs live in a token.
func WithToken(t Token) Option {
	return func(s *Store) error { s.token = t; return nil }
}

// tokenSuffix is that of a file that stands for a private key in a token: its
// address as a PKCS#11 URI (RFC 7512) and its public key in PEM. With that a
// process starts, and publishes, while the token is away.
const tokenSuffix = ".pkcs11"

// labelForm keeps labels free of what a URI would have to escape.
var labelForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

const tokenURI = "pkcs11:object="

// reference writes the file of a key in the token.
func (s *Store) reference(label string) ([]byte, error) {
	if !labelForm.MatchString(label) {
		return nil, fmt.Errorf("keys: %q is no label: letters, digits, dot, hyphen, underscore, at most 64", label)
	}
	if s.token == nil {
		return nil, errNoToken
	}
	public, err := s.token.Public(label)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	return append([]byte(tokenURI+url.PathEscape(label)+";type=private\n"),
		pem.EncodeToMemory(&pem.Block{Type: publicType, Bytes: der})...), nil
}

const publicType = "PUBLIC KEY"

var errNoToken = errors.New("keys: no token is configured (pkcs11.module)")

// tokenSigner reads the file of a key in the token.
func (s *Store) tokenSigner(file string, data []byte) (crypto.Signer, error) {
	first, rest, _ := bytes.Cut(data, []byte("\n"))
	label, isURI := strings.CutPrefix(string(first), tokenURI)
	label, isPrivate := strings.CutSuffix(label, ";type=private")
	if !isURI || !isPrivate || !labelForm.MatchString(label) {
		return nil, fmt.Errorf("keys: %s does not begin with %sLABEL;type=private", s.path(file), tokenURI)
	}
	der, err := onlyBlock(s.path(file), publicType, rest)
	if err != nil {
		return nil, err
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("keys: %s: %w", s.path(file), err)
	}
	if s.token == nil {
		return nil, fmt.Errorf("keys: %s is in a token: %w", s.path(file), errNoToken)
	}
	return s.token.Signer(label, public), nil
}

// suits checks that a pair is of the kind that the purpose needs.
func (p Purpose) suits(pair *Pair) error {
	switch key := pair.Signer.Public().(type) {
	case *rsa.PublicKey:
		if p.Bits > 0 && key.N.BitLen() >= p.Bits && key.N.BitLen() <= 8192 {
			return nil
		}
	case *ecdsa.PublicKey:
		if p.Bits == 0 && key.Curve == elliptic.P256() {
			return nil
		}
	}
	if p.Bits > 0 {
		return fmt.Errorf("keys: %s holds no RSA key of at least %d bits", pair.Name, p.Bits)
	}
	return fmt.Errorf("keys: %s holds no ECDSA key on P-256", pair.Name)
}
