package signature

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	_ "crypto/sha256" // what Hash names
	_ "crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
)

// hashes that may stand under a signature of an issuer or over a data group.
var hashes = map[string]crypto.Hash{
	"2.16.840.1.101.3.4.2.1": crypto.SHA256,
	"2.16.840.1.101.3.4.2.2": crypto.SHA384,
	"2.16.840.1.101.3.4.2.3": crypto.SHA512,
	"2.16.840.1.101.3.4.2.4": crypto.SHA224,
}

const oidSHA1 = "1.3.14.3.2.26"

// Hash is the hash of an identifier. SHA-1 is refused: who can make two contents
// of one hash can have one signed and show the other.
func Hash(a pkix.AlgorithmIdentifier) (crypto.Hash, error) {
	if !absentOrNull(a.Parameters) {
		return 0, fmt.Errorf("%w: parameters of a hash", ErrMalformed)
	}
	if h, ok := hashes[a.Algorithm.String()]; ok {
		return h, nil
	}
	if a.Algorithm.String() == oidSHA1 {
		return 0, fmt.Errorf("%w: SHA-1", ErrWeak)
	}
	return 0, fmt.Errorf("%w: hash %s", ErrUnsupported, a.Algorithm)
}

// Sum hashes bytes.
func Sum(h crypto.Hash, b []byte) []byte {
	d := h.New()
	d.Write(b)
	return d.Sum(nil)
}

func absentOrNull(p asn1.RawValue) bool {
	return len(p.FullBytes) == 0 || bytes.Equal(p.FullBytes, asn1.NullBytes)
}

type scheme int

const (
	pkcs1 scheme = iota + 1
	pss
	ecdsaDER
)

var schemes = map[string]struct {
	scheme scheme
	hash   crypto.Hash
}{
	"1.2.840.113549.1.1.11": {pkcs1, crypto.SHA256},
	"1.2.840.113549.1.1.12": {pkcs1, crypto.SHA384},
	"1.2.840.113549.1.1.13": {pkcs1, crypto.SHA512},
	"1.2.840.113549.1.1.14": {pkcs1, crypto.SHA224},
	"1.2.840.10045.4.3.1":   {ecdsaDER, crypto.SHA224},
	"1.2.840.10045.4.3.2":   {ecdsaDER, crypto.SHA256},
	"1.2.840.10045.4.3.3":   {ecdsaDER, crypto.SHA384},
	"1.2.840.10045.4.3.4":   {ecdsaDER, crypto.SHA512},
}

var weak = map[string]bool{"1.2.840.113549.1.1.5": true, "1.2.840.10045.4.1": true, "1.2.840.113549.1.1.4": true}

// minRSA is the smallest modulus of an issuer's key. ICAO 9303-12 wants 2,048 for
// signers and 3,072 for countries; older ones that are still valid have 2,048.
const minRSA = 2048

// Verify checks an issuer's signature over a message. digest is the hash that CMS names
// beside the signature, 0 for certificates: an algorithm that says only RSA means that one.
func (k Key) Verify(a pkix.AlgorithmIdentifier, digest crypto.Hash, message, signature []byte) error {
	oid := a.Algorithm.String()
	s, known := schemes[oid]
	switch {
	case weak[oid]:
		return fmt.Errorf("%w: %s", ErrWeak, oid)
	case a.Algorithm.Equal(oidPSS):
		return k.verifyPSS(a.Parameters.FullBytes, message, signature)
	case a.Algorithm.Equal(oidRSA) && digest != 0:
		s.scheme, s.hash = pkcs1, digest
	case !known:
		return fmt.Errorf("%w: algorithm %s", ErrUnsupported, oid)
	}
	if !absentOrNull(a.Parameters) {
		return fmt.Errorf("%w: parameters of %s", ErrMalformed, oid)
	}
	sum := Sum(s.hash, message)
	if s.scheme == pkcs1 {
		if err := k.strongRSA(); err != nil {
			return err
		}
		if rsa.VerifyPKCS1v15(k.RSA, s.hash, sum, signature) != nil {
			return ErrWrong
		}
		return nil
	}
	return k.verifyECDSA(sum, signature)
}

func (k Key) strongRSA() error {
	if k.RSA == nil {
		return fmt.Errorf("%w: an RSA signature and another key", ErrMalformed)
	}
	if n := k.RSA.N.BitLen(); n < minRSA {
		return fmt.Errorf("%w: RSA key of %d bits", ErrWeak, n)
	}
	return nil
}

func (k Key) verifyECDSA(sum, signature []byte) error {
	if k.Curve == nil {
		return fmt.Errorf("%w: an ECDSA signature and another key", ErrMalformed)
	}
	var rs struct{ R, S *big.Int }
	if !whole(signature, &rs) {
		return fmt.Errorf("%w: ECDSA signature", ErrMalformed)
	}
	if !k.Curve.Verify(k.Point, sum, rs.R, rs.S) {
		return ErrWrong
	}
	return nil
}

var oidMGF1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 8}

type pssParameters struct {
	Hash    pkix.AlgorithmIdentifier `asn1:"explicit,tag:0,optional"`
	MGF     pkix.AlgorithmIdentifier `asn1:"explicit,tag:1,optional"`
	Salt    int                      `asn1:"explicit,tag:2,optional,default:20"`
	Trailer int                      `asn1:"explicit,tag:3,optional,default:1"`
}

// verifyPSS wants one hash for message and mask (RFC 4055 3.1); what is left out means SHA-1.
func (k Key) verifyPSS(parameters, message, signature []byte) error {
	var p pssParameters
	if !whole(parameters, &p) {
		return fmt.Errorf("%w: parameters of PSS", ErrMalformed)
	}
	if len(p.Hash.Algorithm) == 0 {
		return fmt.Errorf("%w: SHA-1", ErrWeak)
	}
	h, err := Hash(p.Hash)
	if err != nil {
		return err
	}
	var mask pkix.AlgorithmIdentifier
	if !p.MGF.Algorithm.Equal(oidMGF1) || !whole(p.MGF.Parameters.FullBytes, &mask) {
		return fmt.Errorf("%w: mask of PSS", ErrUnsupported)
	}
	if other, err := Hash(mask); err != nil || other != h || p.Trailer != 1 || p.Salt < 0 || p.Salt > 64 {
		return fmt.Errorf("%w: parameters of PSS", ErrUnsupported)
	}
	if err := k.strongRSA(); err != nil {
		return err
	}
	if rsa.VerifyPSS(k.RSA, h, Sum(h, message), signature, &rsa.PSSOptions{SaltLength: saltLength(p.Salt), Hash: h}) != nil {
		return ErrWrong
	}
	return nil
}

// saltLength is the option for a length: in the options 0 means "any".
func saltLength(n int) int {
	if n == 0 {
		return rsa.PSSSaltLengthAuto
	}
	return n
}
