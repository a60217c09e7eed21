package smpp

import (
	"crypto/rand"
	"errors"
	"unicode/utf8"

	"github.com/linxGnu/gosmpp/data"
)

// part is one short message of a text.
type part struct {
	coding data.Encoding
	octets []byte
	header bool // octets begin with a header that tells how to put the parts together
}

// maxParts bounds a text: more is a mistake that costs money.
const maxParts = 6

var errText = errors.New("smpp: the text is empty, too long or no UTF-8")

// What one short message holds: 140 octets, which are 160 septets of the basic alphabet
// or 70 units of UTF-16. The header of a part takes 6 octets. // 3GPP 23.040 9.2.3.24.1
const (
	alone7, joined7   = 160, 153
	alone16, joined16 = 140, 134
)

// divide writes a text in the basic alphabet, or in UTF-16 where it has other letters,
// and cuts it into parts; no character is cut.
func divide(text string) ([]part, error) {
	if text == "" || !utf8.ValidString(text) {
		return nil, errText
	}
	coding, alone, joined := data.Encoding(data.GSM7BIT), alone7, joined7
	whole, err := coding.Encode(text)
	if err != nil {
		coding, alone, joined = data.UCS2, alone16, joined16
		if whole, err = coding.Encode(text); err != nil {
			return nil, errText
		}
	}
	if len(whole) <= alone {
		return []part{{coding: coding, octets: whole}}, nil
	}
	var cut [][]byte
	var current []byte
	for _, r := range text {
		c, err := coding.Encode(string(r))
		if err != nil {
			return nil, errText
		}
		if len(current)+len(c) > joined {
			cut, current = append(cut, current), nil
		}
		current = append(current, c...)
	}
	cut = append(cut, current)
	if len(cut) > maxParts {
		return nil, errText
	}
	return together(cut, coding), nil
}

// together puts the header of a concatenated message before each part: element 0, 3
// octets, reference, how many, which. // 3GPP 23.040 9.2.3.24.1
func together(cut [][]byte, coding data.Encoding) []part {
	var reference [1]byte
	_, _ = rand.Read(reference[:]) // crypto/rand.Read never fails since Go 1.24
	var parts []part
	for i, c := range cut {
		header := []byte{5, 0, 3, reference[0], byte(len(cut)), byte(i + 1)}
		parts = append(parts, part{coding: coding, octets: append(header, c...), header: true})
	}
	return parts
}
