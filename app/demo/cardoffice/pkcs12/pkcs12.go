// Package pkcs12 writes a key with its certificates as browsers take them in (RFC 7292):
// encrypted with AES-256 by a password (PBES2, RFC 8018) and guarded by a MAC. It only
// writes, and only for the demonstration.
package pkcs12

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // only names the key for its certificate
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"unicode/utf16"
)

var (
	oidData        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidEncrypted   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
	oidShroudedKey = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidX509        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	oidLocalKeyID  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 21}
	oidPBES2       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidHMACSHA256  = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	oidAES256CBC   = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
	oidSHA256      = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
)

// rounds of both derivations.
const rounds = 10_000

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

type attribute struct {
	ID    asn1.ObjectIdentifier
	Value [][]byte `asn1:"set"`
}

type bag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue `asn1:"tag:0,explicit"`
	Attributes []attribute   `asn1:"set,optional,omitempty"`
}

// Encode writes the file; the first certificate is that of the key.
func Encode(key crypto.PrivateKey, chain []*x509.Certificate, password string) ([]byte, error) {
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	id := sha1.Sum(chain[0].Raw) //nolint:gosec // see the import
	mark := []attribute{{oidLocalKeyID, [][]byte{id[:]}}}
	var certificates []bag
	for i, c := range chain {
		wrapped, err := asn1.Marshal(struct {
			ID   asn1.ObjectIdentifier
			Data []byte `asn1:"tag:0,explicit"`
		}{oidX509, c.Raw})
		if err != nil {
			return nil, err
		}
		one := bag{ID: oidCertBag, Value: explicit(wrapped)}
		if i == 0 {
			one.Attributes = mark
		}
		certificates = append(certificates, one)
	}
	algorithm, sealed, err := encrypt(plain, password)
	if err != nil {
		return nil, err
	}
	shrouded, err := asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}{algorithm, sealed})
	if err != nil {
		return nil, err
	}
	first, err := encrypted(certificates, password)
	if err != nil {
		return nil, err
	}
	second, err := data([]bag{{ID: oidShroudedKey, Value: explicit(shrouded), Attributes: mark}})
	if err != nil {
		return nil, err
	}
	safe, err := asn1.Marshal([]contentInfo{first, second})
	if err != nil {
		return nil, err
	}
	return sealedBy(safe, password)
}

// sealedBy guards the contents with a MAC.
func sealedBy(safe []byte, password string) ([]byte, error) {
	salt := make([]byte, 16)
	if _, err := rand.Read(salt); err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, macKey(password, salt))
	mac.Write(safe)
	octets, err := asn1.Marshal(safe)
	if err != nil {
		return nil, err
	}
	type digestInfo struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	type macData struct {
		MAC    digestInfo
		Salt   []byte
		Rounds int
	}
	return asn1.Marshal(struct {
		Version int
		Safe    contentInfo
		MAC     macData
	}{3, contentInfo{oidData, explicit(octets)}, macData{digestInfo{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, mac.Sum(nil)}, salt, rounds}})
}

func explicit(der []byte) asn1.RawValue {
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: der}
}

func data(bags []bag) (contentInfo, error) {
	der, err := asn1.Marshal(bags)
	if err != nil {
		return contentInfo{}, err
	}
	octets, err := asn1.Marshal(der)
	return contentInfo{oidData, explicit(octets)}, err
}

func encrypted(bags []bag, password string) (contentInfo, error) {
	der, err := asn1.Marshal(bags)
	if err != nil {
		return contentInfo{}, err
	}
	algorithm, sealed, err := encrypt(der, password)
	if err != nil {
		return contentInfo{}, err
	}
	type inner struct {
		Type      asn1.ObjectIdentifier
		Algorithm pkix.AlgorithmIdentifier
		Content   []byte `asn1:"tag:0"`
	}
	outer, err := asn1.Marshal(struct {
		Version int
		Inner   inner
	}{0, inner{oidData, algorithm, sealed}})
	return contentInfo{oidEncrypted, explicit(outer)}, err
}

// encrypt is PBES2 with PBKDF2 (HMAC-SHA-256) and AES-256-CBC. RFC 8018 6.2
func encrypt(plain []byte, password string) (pkix.AlgorithmIdentifier, []byte, error) {
	var none pkix.AlgorithmIdentifier
	salt, iv := make([]byte, 16), make([]byte, aes.BlockSize)
	for _, b := range [][]byte{salt, iv} {
		if _, err := rand.Read(b); err != nil {
			return none, nil, err
		}
	}
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, 32)
	if err != nil {
		return none, nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return none, nil, err
	}
	fill := aes.BlockSize - len(plain)%aes.BlockSize
	padded := append([]byte(nil), plain...)
	for range fill {
		padded = append(padded, byte(fill))
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(padded, padded)
	type derivation struct {
		Salt   []byte
		Rounds int
		PRF    pkix.AlgorithmIdentifier
	}
	type scheme struct {
		ID         asn1.ObjectIdentifier
		Parameters any
	}
	type parameters struct{ Derivation, Cipher scheme }
	der, err := asn1.Marshal(parameters{
		scheme{oidPBKDF2, derivation{salt, rounds, pkix.AlgorithmIdentifier{Algorithm: oidHMACSHA256, Parameters: asn1.NullRawValue}}},
		scheme{oidAES256CBC, iv},
	})
	return pkix.AlgorithmIdentifier{Algorithm: oidPBES2, Parameters: asn1.RawValue{FullBytes: der}}, padded, err
}

// macKey derives the key of the MAC. RFC 7292 B.2
func macKey(password string, salt []byte) []byte {
	const block, forMAC = 64, 3
	var text []byte
	for _, u := range append(utf16.Encode([]rune(password)), 0) {
		text = append(text, byte(u>>8), byte(u))
	}
	long := func(s []byte) (out []byte) {
		for n := (len(s) + block - 1) / block * block; len(out) < n; {
			out = append(out, s[len(out)%len(s)])
		}
		return out
	}
	var purpose [block]byte
	for i := range purpose {
		purpose[i] = forMAC
	}
	// One digest is long enough for the key, so that the blocks are never added to.
	sum := sha256.Sum256(append(append(purpose[:], long(salt)...), long(text)...))
	for range rounds - 1 {
		sum = sha256.Sum256(sum[:])
	}
	return sum[:]
}
