// Package lds reads the files of the logical data structure on the chip of an
// electronic document (ICAO 9303-10): the machine-readable zone, the portrait,
// further details about holder and document, and the security objects that say
// which protocols the chip speaks.
//
// It says what is written there, not whether it is true: read a file's hash against
// the signed list first, then the file.
package lds

import (
	"errors"
	"fmt"

	"atrio/mrtd/tlv"
)

// ErrMalformed is what every error of this package wraps, or tlv.ErrMalformed.
var ErrMalformed = errors.New("lds: malformed")

// File is a file of the chip, by its identifier.
type File uint16

// The files of ICAO 9303-10 4.6 that matter here. Fingerprints and irises
// (DG3, DG4) are for authorities with certificates for them.
const (
	CardAccess File = 0x011c
	COM        File = 0x011e
	SOD        File = 0x011d
	DG1        File = 0x0101 // machine-readable zone
	DG2        File = 0x0102 // portrait
	DG11       File = 0x010b // further details about the holder
	DG12       File = 0x010c // further details about the document
	DG14       File = 0x010e // security options: keys for chip authentication
	DG15       File = 0x010f // key for active authentication
)

// tags are the outermost tags of the files.
var tags = map[File]uint32{COM: 0x60, SOD: 0x77, DG1: 0x61, DG2: 0x75, DG11: 0x6b, DG12: 0x6c, DG14: 0x6e, DG15: 0x6f, CardAccess: 0x31}

// Tag is the outermost tag of a file.
func (f File) Tag() uint32 { return tags[f] }

// Number is the number of a data group, 0 for other files.
func (f File) Number() int {
	if f > 0x0100 && f <= 0x0110 {
		return int(f & 0xff)
	}
	return 0
}

// String is the name of the file.
func (f File) String() string {
	switch f {
	case CardAccess:
		return "EF.CardAccess"
	case COM:
		return "EF.COM"
	case SOD:
		return "EF.SOD"
	}
	if n := f.Number(); n > 0 {
		return fmt.Sprintf("DG%d", n)
	}
	return fmt.Sprintf("file %04X", uint16(f))
}

// Content is what stands inside the outermost tag of a file.
func Content(f File, b []byte) ([]byte, error) {
	item, err := tlv.Only(b, f.Tag())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	return item.Value, nil
}

func inside(f File, b []byte) (tlv.List, error) {
	content, err := Content(f, b)
	if err != nil {
		return nil, err
	}
	list, err := tlv.All(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	return list, nil
}

func malformed(f File, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrMalformed, f, fmt.Sprintf(format, args...))
}

// ParseCOM reads which data groups EF.COM says are there, by their tags. Nobody signs it.
func ParseCOM(b []byte) (tagList []byte, err error) {
	list, err := inside(COM, b)
	if err != nil {
		return nil, err
	}
	tagList, err = list.One(0x5c)
	if err == nil && (tagList == nil || len(tagList) > 16) {
		return nil, malformed(COM, "no list of groups")
	}
	return tagList, err
}
