package mrtd

import (
	"crypto/sha1" // ICAO 9303-11 9.7.2
	"fmt"
	"strings"

	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
)

// Key opens a chip: something printed on the document, so that nobody reads it unseen.
// It is not shown when it is printed.
type Key struct {
	secret    []byte // as PACE takes it
	reference byte   // how PACE names it; ICAO 9303-11 4.4.4.1
}

const (
	referenceMRZ = 1
	referenceCAN = 2
)

// Format keeps the key out of logs, whatever the verb.
func (Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, "key of a document") }

// KeyFromZone makes the key of the machine-readable zone: document number, and birth and
// expiry date as YYMMDD.
func KeyFromZone(number, birth, expiry string) (Key, error) {
	number = strings.ToUpper(strings.TrimSpace(number))
	for _, r := range number {
		if r != '<' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return Key{}, fmt.Errorf("mrtd: a document number has letters and digits alone")
		}
	}
	if number == "" || len(number) > 22 || !sixDigits(birth) || !sixDigits(expiry) {
		return Key{}, fmt.Errorf("mrtd: a key needs a document number and two dates of six digits")
	}
	sum := sha1.Sum([]byte(lds.KeyInformation(number, birth, expiry)))
	return Key{sum[:], referenceMRZ}, nil
}

// KeyFromCAN makes the key of the card access number: six digits on the front.
func KeyFromCAN(can string) (Key, error) {
	if !sixDigits(can) {
		return Key{}, fmt.Errorf("mrtd: a card access number has six digits")
	}
	return Key{[]byte(can), referenceCAN}, nil
}

func sixDigits(s string) bool { return len(s) == 6 && strings.Trim(s, "0123456789") == "" }

// basic are the keys of BAC (ICAO 9303-11 9.7.2): of the first sixteen bytes.
func (k Key) basic() (enc, mac []byte) {
	seed := k.secret[:16]
	return messaging.TDES.Derive(seed, messaging.ForEncryption), messaging.TDES.Derive(seed, messaging.ForChecksum)
}
