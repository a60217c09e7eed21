package hsm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
)

// key is a crypto.Signer in the token.
type key struct {
	device *Device
	label  string
	public crypto.PublicKey
}

// Public is what the key file says; a token with another key cannot sign with it.
func (k *key) Public() crypto.PublicKey { return k.public }

// Sign signs a digest: PKCS#1 v1.5 for RSA, ASN.1 for ECDSA.
func (k *key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	hash := opts.HashFunc()
	if _, pss := opts.(*rsa.PSSOptions); pss || !supported(hash) || len(digest) != hash.Size() {
		return nil, errors.New("hsm: this kind of signature is not offered")
	}
	reply, err := k.device.call(Request{Op: "sign", Label: k.label, Hash: hash.String(), Digest: digest})
	if err != nil {
		return nil, err
	}
	// Another key under the same label, or a fault in the token: never let it out.
	if err := k.verify(digest, hash, reply.Signature); err != nil {
		return nil, unavailable(err)
	}
	return reply.Signature, nil
}

func supported(h crypto.Hash) bool {
	return h == crypto.SHA256 || h == crypto.SHA384 || h == crypto.SHA512
}

func (k *key) verify(digest []byte, hash crypto.Hash, signature []byte) error {
	ok := false
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(public, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(public, digest, signature)
	}
	if !ok {
		return fmt.Errorf("hsm: the signature of %s does not fit its public key: another key has that label", k.label)
	}
	return nil
}
