// Package tlv reads and writes the tag-length-value form in which the chip of
// an electronic document keeps its files (ISO 7816-4, BER-TLV of definite
// length). It reads bytes of strangers: every length is held against what is
// there, nothing is allocated from a length alone, and nothing follows the
// last item.
package tlv

import (
	"errors"
	"fmt"
)

// ErrMalformed is what every error of this package wraps.
var ErrMalformed = errors.New("tlv: malformed")

// maxItems is how many items one level may hold. The longest list that ICAO
// 9303-10 knows has some thirty.
const maxItems = 256

// Item is one tag with what it holds.
type Item struct {
	Tag   uint32
	Value []byte
	Raw   []byte // tag, length and value as they were read
}

// Header reads tag and length at the beginning of b, which may be shorter than
// the value: how a reader learns how much of a file to fetch.
func Header(b []byte) (tag uint32, header, length int, err error) {
	if len(b) == 0 {
		return 0, 0, 0, fmt.Errorf("%w: no tag", ErrMalformed)
	}
	tag, header = uint32(b[0]), 1
	if b[0]&0x1f == 0x1f {
		for {
			if header == len(b) || header == 4 {
				return 0, 0, 0, fmt.Errorf("%w: tag does not end", ErrMalformed)
			}
			c := b[header]
			tag, header = tag<<8|uint32(c), header+1
			if c&0x80 == 0 {
				break
			}
		}
	}
	if header == len(b) {
		return 0, 0, 0, fmt.Errorf("%w: no length", ErrMalformed)
	}
	first := b[header]
	header++
	if first < 0x80 {
		return tag, header, int(first), nil
	}
	n := int(first & 0x7f)
	if n == 0 || n > 3 || header+n > len(b) { // 0x80 would be an indefinite length
		return 0, 0, 0, fmt.Errorf("%w: length of length %d", ErrMalformed, n)
	}
	for _, c := range b[header : header+n] {
		length = length<<8 | int(c)
	}
	return tag, header + n, length, nil
}

// Next reads the first item of b and says what follows.
func Next(b []byte) (item Item, rest []byte, err error) {
	tag, header, length, err := Header(b)
	if err != nil {
		return Item{}, nil, err
	}
	if length > len(b)-header {
		return Item{}, nil, fmt.Errorf("%w: tag %X wants %d bytes, %d are there", ErrMalformed, tag, length, len(b)-header)
	}
	end := header + length
	return Item{Tag: tag, Value: b[header:end:end], Raw: b[:end:end]}, b[end:], nil
}

// Only reads b as one item with the tag, and nothing after it.
func Only(b []byte, tag uint32) (Item, error) {
	item, rest, err := Next(b)
	if err != nil {
		return Item{}, err
	}
	if item.Tag != tag || len(rest) != 0 {
		return Item{}, fmt.Errorf("%w: tag %X with %d bytes after it, wanted %X alone", ErrMalformed, item.Tag, len(rest), tag)
	}
	return item, nil
}

// List is the items of one level.
type List []Item

// All reads b as items up to its end.
func All(b []byte) (List, error) {
	var all List
	for len(b) > 0 {
		if len(all) == maxItems {
			return nil, fmt.Errorf("%w: more than %d items", ErrMalformed, maxItems)
		}
		item, rest, err := Next(b)
		if err != nil {
			return nil, err
		}
		all, b = append(all, item), rest
	}
	return all, nil
}

// One is the value under a tag that may stand at most once; nil when it is not there.
func (l List) One(tag uint32) ([]byte, error) {
	var found []byte
	for _, item := range l {
		if item.Tag != tag {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%w: tag %X twice", ErrMalformed, tag)
		}
		found = item.Value
	}
	return found, nil
}

// Append writes a tag, the shortest length, and the parts one after the other.
func Append(dst []byte, tag uint32, parts ...[]byte) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		if c := byte(tag >> shift); c != 0 || shift == 0 {
			dst = append(dst, c)
		}
	}
	length := 0
	for _, p := range parts {
		length += len(p)
	}
	switch {
	case length < 0x80:
		dst = append(dst, byte(length))
	case length < 0x100:
		dst = append(dst, 0x81, byte(length))
	case length < 0x10000:
		dst = append(dst, 0x82, byte(length>>8), byte(length))
	default:
		dst = append(dst, 0x83, byte(length>>16), byte(length>>8), byte(length))
	}
	for _, p := range parts {
		dst = append(dst, p...)
	}
	return dst
}
