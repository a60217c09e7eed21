package registry

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"os"
)

// maxPins allows the old and the new certificate of who signs the documents.
const maxPins = 2

// pins are the certificates that vouch for a source. They are a wrapping of keys that the
// operator chose: their dates are told, but a date alone does not stop a federation.
type pins struct {
	certificates []*x509.Certificate
	digest       [sha256.Size]byte
}

func (p pins) keys() []crypto.PublicKey {
	var keys []crypto.PublicKey
	for _, c := range p.certificates {
		keys = append(keys, c.PublicKey)
	}
	return keys
}

// readPins reads a PEM file with one certificate, or two.
func readPins(path string) (pins, error) {
	if path == "" {
		return pins{}, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return pins{}, trouble(CodePins, "the pinned certificates cannot be read").because(err)
	}
	var p pins
	for rest := data; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			if len(p.certificates) == 0 || len(bytes.TrimSpace(rest)) > 0 {
				return pins{}, trouble(CodePins, "%s is not a PEM file of certificates", path)
			}
			break
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return pins{}, trouble(CodePins, "%s holds something that is not a certificate", path).because(err)
		}
		p.certificates = append(p.certificates, c)
	}
	if len(p.certificates) > maxPins {
		return pins{}, trouble(CodePins, "%s holds more than %d certificates", path, maxPins)
	}
	p.digest = sha256.Sum256(data)
	return p, nil
}
