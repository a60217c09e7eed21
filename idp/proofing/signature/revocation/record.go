package revocation

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"
)

// Record is what is kept of an answer, to prove it in twenty years.
type Record struct {
	Source     string    `json:"source"`
	ProducedAt time.Time `json:"produced"`
	// OCSP is the answer; a CRL is long and kept in items of its own, in their order.
	OCSP   []byte   `json:"ocsp,omitempty"`
	CRL    []string `json:"crl,omitempty"`
	SHA256 string   `json:"crl_sha256,omitempty"`
}

// Keep gives the record of an answer. A CRL goes out in parts of at most so many octets; put
// keeps one and gives its reference.
func (a Answer) Keep(most int, put func(part []byte) (string, error)) (Record, error) {
	r := Record{Source: a.Source, ProducedAt: a.ProducedAt, OCSP: a.OCSP}
	for part := range slices.Chunk(a.CRL, most) {
		item, err := put(part)
		if err != nil {
			return Record{}, err
		}
		r.CRL = append(r.CRL, item)
	}
	if len(a.CRL) > 0 {
		sum := sha256.Sum256(a.CRL)
		r.SHA256 = hex.EncodeToString(sum[:])
	}
	return r, nil
}
