package identity

import (
	"crypto/rand"
	"io"
	"regexp"

	"atrio/base/fault"
)

// SPIDCode is the identifier of a digital identity, unique in the whole of SPID:
// four letters of the provider and ten letters or digits, "ABCD123456789A".
type SPIDCode string

// SPID-RT attributi spidCode
var (
	spidCodeForm     = regexp.MustCompile(`^[A-Z]{4}[A-Z0-9]{10}$`)
	providerCodeForm = regexp.MustCompile(`^[A-Z]{4}$`)
)

// codeAlphabet has 32 signs, so that five bits choose one without bias. I, L, O
// and U are left out: the code is read aloud to help desks.
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// ParseSPIDCode accepts only the official form.
func ParseSPIDCode(s string) (SPIDCode, error) {
	if !spidCodeForm.MatchString(s) {
		return "", fault.New(fault.Invalid, "error.idp.spid_code")
	}
	return SPIDCode(s), nil
}

// ValidProviderCode reports whether s can stand in front of spidCodes: four
// capital letters.
func ValidProviderCode(s string) bool { return providerCodeForm.MatchString(s) }

// NewSPIDCode draws a code for the provider from random (crypto/rand when nil).
// 50 random bits: the caller relies on the unique index of the store and draws
// again on a conflict.
func NewSPIDCode(provider string, random io.Reader) (SPIDCode, error) {
	if random == nil {
		random = rand.Reader
	}
	var raw [10]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", fault.New(fault.Internal, "error.internal").Because(err)
	}
	for n, b := range raw {
		raw[n] = codeAlphabet[b&31]
	}
	return ParseSPIDCode(provider + string(raw[:]))
}
