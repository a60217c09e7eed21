//go:build cgo

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"math/big"

	"github.com/miekg/pkcs11"

	"atrio/base/keys/hsm"
)

// public gives the public key of a pair as SubjectPublicKeyInfo, after making
// sure that its private half is there too.
func (d *device) public(label string) (der []byte, err error) {
	err = d.with(func(session pkcs11.SessionHandle) error {
		if _, err := d.private(session, label); err != nil {
			return err
		}
		handle, err := d.object(session, pkcs11.CKO_PUBLIC_KEY, label)
		if err != nil {
			return err
		}
		kind, err := d.kind(session, handle)
		if err != nil {
			return err
		}
		key, err := d.key(session, handle, kind)
		if err != nil {
			return err
		}
		if der, err = x509.MarshalPKIXPublicKey(key); err != nil {
			return problemf(hsm.CodeKey, "the public key cannot be written")
		}
		return nil
	})
	return der, err
}

func (d *device) kind(session pkcs11.SessionHandle, handle pkcs11.ObjectHandle) (uint, error) {
	values, err := d.ctx.GetAttributeValue(session, handle, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, nil)})
	if err != nil || len(values) != 1 {
		return 0, failure("kind of key", err)
	}
	var kind uint // a CK_ULONG as this machine has it
	switch value := values[0].Value; len(value) {
	case 8:
		kind = uint(binary.NativeEndian.Uint64(value))
	case 4:
		kind = uint(binary.NativeEndian.Uint32(value))
	}
	if len(values[0].Value) == 0 {
		return 0, problemf(hsm.CodeKey, "the token does not tell the kind of the key")
	}
	if kind != pkcs11.CKK_RSA && kind != pkcs11.CKK_EC {
		return 0, problemf(hsm.CodeKey, "only RSA and ECDSA keys are used")
	}
	return kind, nil
}

func (d *device) key(session pkcs11.SessionHandle, handle pkcs11.ObjectHandle, kind uint) (crypto.PublicKey, error) {
	wanted := []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_MODULUS, nil), pkcs11.NewAttribute(pkcs11.CKA_PUBLIC_EXPONENT, nil)}
	if kind == pkcs11.CKK_EC {
		wanted = []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, nil), pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil)}
	}
	values, err := d.ctx.GetAttributeValue(session, handle, wanted)
	if err != nil || len(values) != 2 {
		return nil, failure("public key", err)
	}
	if kind == pkcs11.CKK_EC {
		return point(values[0].Value, values[1].Value)
	}
	exponent := new(big.Int).SetBytes(values[1].Value)
	if !exponent.IsInt64() || exponent.Int64() < 3 || exponent.BitLen() > 31 {
		return nil, problemf(hsm.CodeKey, "the exponent of the RSA key is not usable")
	}
	return &rsa.PublicKey{N: new(big.Int).SetBytes(values[0].Value), E: int(exponent.Int64())}, nil
}

// curves by the DER of their names.
var curves = map[string]elliptic.Curve{
	"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07": elliptic.P256(),
	"\x06\x05\x2b\x81\x04\x00\x22":             elliptic.P384(),
	"\x06\x05\x2b\x81\x04\x00\x23":             elliptic.P521(),
}

// point reads an uncompressed point, in an OCTET STRING or bare: tokens differ.
func point(params, value []byte) (crypto.PublicKey, error) {
	curve, known := curves[string(params)]
	if !known {
		return nil, problemf(hsm.CodeKey, "the curve is none of P-256, P-384, P-521")
	}
	var inner []byte
	if rest, err := asn1.Unmarshal(value, &inner); err == nil && len(rest) == 0 {
		value = inner
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, value)
	if err != nil {
		return nil, problemf(hsm.CodeKey, "the point of the key is not understood")
	}
	return key, nil
}

// joined makes the ASN.1 of an ECDSA signature from r and s side by side.
func joined(raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw)%2 != 0 {
		return nil, problemf(hsm.CodeToken, "the token gave no ECDSA signature")
	}
	half := len(raw) / 2
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
	if err != nil {
		return nil, problemf(hsm.CodeToken, "the token gave no ECDSA signature")
	}
	return der, nil
}
