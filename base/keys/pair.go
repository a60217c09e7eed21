package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"time"
)

// Pair is a private key with its names and, if there is one, its certificate.
type Pair struct {
	Name string // of the files
	// KeyID is SHA-256 over the DER of the public key (SubjectPublicKeyInfo), in
	// base64url: the same on every node, and new with every key. The idea is that
	// of RFC 7638, without its detour over JSON.
	KeyID       string
	Signer      crypto.Signer
	Certificate *x509.Certificate // nil until one is in the directory
	// State, Since and PublishedSince are those of a Rotation.
	State                 State
	Since, PublishedSince time.Time
}

// keyIDLength is that of 32 bytes in base64url.
const keyIDLength = 43

// RSA loads the pair name, or creates it with that many bits: at least 2048
// (SPID Avviso 29 v3), at most 8192. A loaded key may be longer than bits, not
// shorter.
func (s *Store) RSA(name string, bits int) (*Pair, error) {
	if bits < 2048 || bits > 8192 {
		return nil, fmt.Errorf("keys: an RSA key of %d bits is not offered", bits)
	}
	p, err := s.pair(name, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, bits) })
	if err != nil {
		return nil, err
	}
	key, ok := p.Signer.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < bits {
		return nil, fmt.Errorf("keys: %s holds no RSA key of at least %d bits", s.path(name+keySuffix), bits)
	}
	return p, nil
}

// ECDSA loads the pair name, or creates it on the curve P-256.
func (s *Store) ECDSA(name string) (*Pair, error) {
	p, err := s.pair(name, func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) })
	if err != nil {
		return nil, err
	}
	if key, ok := p.Signer.(*ecdsa.PrivateKey); !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("keys: %s holds no ECDSA key on P-256", s.path(name+keySuffix))
	}
	return p, nil
}

// Audit loads the key that signs audit checkpoints, or creates it.
func (s *Store) Audit() (ed25519.PrivateKey, error) {
	signer, err := s.privateKey(auditFile, func() (crypto.Signer, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	})
	if err != nil {
		return nil, err
	}
	key, ok := signer.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("keys: %s holds no Ed25519 key", s.path(auditFile))
	}
	return key, nil
}

const (
	keySuffix  = ".key.pem"
	certSuffix = ".crt.pem"
	auditFile  = "audit.pem"
)

func (s *Store) pair(name string, fresh func() (crypto.Signer, error)) (*Pair, error) {
	if !nameForm.MatchString(name) {
		return nil, fmt.Errorf("keys: %q is not a name for a pair", name)
	}
	if s.exists(name + tokenSuffix) {
		return s.load(name)
	}
	if _, err := s.privateKey(name+keySuffix, fresh); err != nil {
		return nil, err
	}
	return s.load(name)
}

// load reads a pair that exists, in a file or in a token.
func (s *Store) load(name string) (*Pair, error) {
	p := &Pair{Name: name}
	data, err := s.read(name + tokenSuffix)
	if errors.Is(err, os.ErrNotExist) {
		if data, err = s.read(name + keySuffix); err == nil {
			p.Signer, err = parseKey(s.path(name+keySuffix), data)
		}
	} else if err == nil {
		p.Signer, err = s.tokenSigner(name+tokenSuffix, data)
	}
	if err != nil {
		return nil, err
	}
	if p.KeyID, err = keyID(p.Signer.Public()); err != nil {
		return nil, err
	}
	if p.Certificate, err = s.certificate(p); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return p, nil
}

func keyID(public crypto.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	sum := sha256.Sum256(der)
	return base64.RawURLEncoding.EncodeToString(sum[:]), nil
}

func (s *Store) privateKey(file string, fresh func() (crypto.Signer, error)) (crypto.Signer, error) {
	data, err := s.loadOrCreate(file, func() ([]byte, error) {
		key, err := fresh()
		if err != nil {
			return nil, err
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: privateType, Bytes: der}), nil
	})
	if err != nil {
		return nil, err
	}
	return parseKey(s.path(file), data)
}

// parseKey reads a private key; path says in errors where it was.
func parseKey(path string, data []byte) (crypto.Signer, error) {
	block, err := onlyBlock(path, privateType, data)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(block)
	if err != nil { // the cause may quote the key
		return nil, fmt.Errorf("keys: %s is not a PKCS#8 key; convert it with: openssl pkcs8 -topk8 -nocrypt", path)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("keys: %s holds a key that cannot sign", path)
	}
	return signer, nil
}

const (
	privateType     = "PRIVATE KEY"
	certificateType = "CERTIFICATE"
)

// onlyBlock returns the contents of the one PEM block of the file.
func onlyBlock(path, kind string, data []byte) ([]byte, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != kind {
		return nil, fmt.Errorf("keys: %s does not begin with a PEM block %q", path, kind)
	}
	if next, _ := pem.Decode(rest); next != nil {
		return nil, fmt.Errorf("keys: %s holds more than one PEM block", path)
	}
	return block.Bytes, nil
}
