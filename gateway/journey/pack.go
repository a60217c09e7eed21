package journey

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"atrio/saml/binding"
)

// maxUnpacked bounds what a sealed journey may inflate to. Only this gateway
// seals, so the bound is against our own faults.
const maxUnpacked = 16 << 10

// errPacked is a sealed value whose inside is not a journey.
var errPacked = errors.New("journey: broken packing")

// pack writes a journey as compressed JSON followed by the bytes of Request,
// which are compressed already and would grow as JSON.
func (j Journey) pack() ([]byte, error) {
	plain, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("write journey: %w", err)
	}
	small := binding.Deflate(plain)
	out := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen32+len(small)+len(j.Request)), uint64(len(small)))
	out = append(out, small...)
	return append(out, j.Request...), nil
}

// unpack reads what pack wrote.
func unpack(b []byte) (Journey, error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return Journey{}, errPacked
	}
	b = b[n:]
	plain, err := binding.Inflate(b[:size], maxUnpacked)
	if err != nil {
		return Journey{}, errors.Join(errPacked, err)
	}
	var j Journey
	if err := json.Unmarshal(plain, &j); err != nil {
		return Journey{}, errors.Join(errPacked, err)
	}
	if rest := b[size:]; len(rest) > 0 {
		j.Request = bytes.Clone(rest)
	}
	return j, nil
}
