package xmlsec

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"math/big"
)

// minRSABits is the smallest RSA modulus trusted or used: SPID asks for it, and
// NIST SP 800-131A 3 allows nothing less.
const minRSABits = 2048

// family is a kind of signature key.
type family uint8

const (
	familyRSA family = iota + 1 // RSASSA-PKCS1-v1_5
	familyECDSA
)

// method is a signature algorithm.
type method struct {
	uri    string
	family family
	hash   crypto.Hash
}

// methodOf gives the signature algorithm of a URI; ok is false for everything
// that is not on this list (RFC 9231 2.3.2 to 2.3.4, 2.3.6): SHA-1 and HMAC are not.
func methodOf(uri string) (m method, ok bool) {
	const more = "http://www.w3.org/2001/04/xmldsig-more#"
	switch uri {
	case more + "rsa-sha256":
		return method{uri, familyRSA, crypto.SHA256}, true
	case more + "rsa-sha384":
		return method{uri, familyRSA, crypto.SHA384}, true
	case more + "rsa-sha512":
		return method{uri, familyRSA, crypto.SHA512}, true
	case more + "ecdsa-sha256":
		return method{uri, familyECDSA, crypto.SHA256}, true
	case more + "ecdsa-sha384":
		return method{uri, familyECDSA, crypto.SHA384}, true
	case more + "ecdsa-sha512":
		return method{uri, familyECDSA, crypto.SHA512}, true
	}
	return method{}, false
}

// methodURI is the reverse of methodOf.
func methodURI(f family, h crypto.Hash) string {
	const more = "http://www.w3.org/2001/04/xmldsig-more#"
	name := "rsa-sha"
	if f == familyECDSA {
		name = "ecdsa-sha"
	}
	switch h {
	case crypto.SHA384:
		return more + name + "384"
	case crypto.SHA512:
		return more + name + "512"
	}
	return more + name + "256"
}

// digestOf gives the digest algorithm of a URI, and digestURI the reverse.
func digestOf(uri string) (crypto.Hash, bool) {
	for _, h := range [...]crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
		if digestURI(h) == uri {
			return h, true
		}
	}
	return 0, false
}

func digestURI(h crypto.Hash) string {
	switch h {
	case crypto.SHA384:
		return "http://www.w3.org/2001/04/xmldsig-more#sha384"
	case crypto.SHA512:
		return "http://www.w3.org/2001/04/xmlenc#sha512"
	}
	return "http://www.w3.org/2001/04/xmlenc#sha256"
}

// sum digests data with one of the three hashes.
func sum(h crypto.Hash, data []byte) []byte {
	switch h {
	case crypto.SHA384:
		s := sha512.Sum384(data)
		return s[:]
	case crypto.SHA512:
		s := sha512.Sum512(data)
		return s[:]
	}
	s := sha256.Sum256(data)
	return s[:]
}

// familyOf gives the kind of a public key; 0 if it is of no usable kind or too weak.
func familyOf(key crypto.PublicKey) family {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k != nil && k.N != nil && k.N.BitLen() >= minRSABits {
			return familyRSA
		}
	case *ecdsa.PublicKey:
		if k != nil && coordinateBytes(k) > 0 {
			return familyECDSA
		}
	}
	return 0
}

// coordinateBytes is the length of r and of s in a signature by that key
// (RFC 9231 2.3.6); 0 if the curve is not one of P-256, P-384, P-521.
func coordinateBytes(k *ecdsa.PublicKey) int {
	switch k.Curve {
	case elliptic.P256(), elliptic.P384(), elliptic.P521():
		return (k.Params().BitSize + 7) / 8
	}
	return 0
}

// check reports whether one of the trusted keys made value over data.
func (m method) check(data, value []byte, keys []crypto.PublicKey) error {
	if len(keys) == 0 {
		return fail(CodeNoKey, 0, "no trusted key") // never verified by nobody
	}
	digest := sum(m.hash, data)
	usable := false
	for _, key := range keys {
		if familyOf(key) != m.family {
			continue
		}
		usable = true
		switch k := key.(type) {
		case *rsa.PublicKey:
			if rsa.VerifyPKCS1v15(k, m.hash, digest, value) == nil {
				return nil
			}
		case *ecdsa.PublicKey:
			if checkECDSA(k, digest, value) {
				return nil
			}
		}
	}
	if !usable {
		return fail(CodeKey, 0, "no trusted key fits the signature algorithm")
	}
	return fail(CodeMismatch, 0, "the signature was made by no trusted key")
}

// checkECDSA checks a signature in the form of XML signatures: r and s, each as
// long as the curve's order, one after the other (XMLDSIG 1.1 6.4.3).
func checkECDSA(k *ecdsa.PublicKey, digest, value []byte) bool {
	n := coordinateBytes(k)
	if len(value) != 2*n {
		return false
	}
	r, s := new(big.Int).SetBytes(value[:n]), new(big.Int).SetBytes(value[n:])
	return ecdsa.Verify(k, digest, r, s)
}
