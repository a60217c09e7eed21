package cms

import (
	"errors"
	"slices"
)

// Bounds of what is read. A chunk of a streamed file counts as one element.
const (
	maxDepth    = 24
	maxElements = 1 << 18
)

var errBER = errors.New("cms: malformed BER")

// Normalise writes the first element of data as DER and gives what follows it. Of BER
// it admits what programs that write streams use, nothing else: indefinite lengths,
// lengths with more octets than needed, OCTET STRINGs in pieces (ITU-T X.690 8.1.3, 8.7).
// It is done once: whoever reads afterwards knows DER alone.
func Normalise(data []byte) (der, rest []byte, err error) {
	n := normaliser{out: make([]byte, 0, len(data)+16)}
	rest, err = n.element(data, 0)
	if err != nil {
		return nil, nil, err
	}
	return n.out, rest, nil
}

type normaliser struct {
	out      []byte
	elements int
}

// element appends the DER of the first element of in.
func (n *normaliser) element(in []byte, depth int) ([]byte, error) {
	tag, length, body, err := n.header(in, depth)
	if err != nil {
		return nil, err
	}
	if tag&constructed == 0 {
		n.out = append(n.out, tag)
		n.out = appendLength(n.out, length)
		n.out = append(n.out, body[:length]...)
		return body[length:], nil
	}
	start := len(n.out)
	rest, err := n.children(tag, length, body, depth)
	if err != nil {
		return nil, err
	}
	if tag == octetString|constructed {
		tag = octetString
	}
	n.out = slices.Insert(n.out, start, appendLength([]byte{tag}, len(n.out)-start)...)
	return rest, nil
}

// children appends what stands inside a constructed element.
func (n *normaliser) children(tag byte, length int, body []byte, depth int) (rest []byte, err error) {
	one := n.element
	if tag == octetString|constructed {
		one = n.piece
	}
	if length >= 0 {
		for inside := body[:length]; len(inside) > 0; {
			if inside, err = one(inside, depth+1); err != nil {
				return nil, err
			}
		}
		return body[length:], nil
	}
	for {
		if len(body) >= 2 && body[0] == 0 && body[1] == 0 { // end of contents
			return body[2:], nil
		}
		if body, err = one(body, depth+1); err != nil {
			return nil, err
		}
	}
}

// piece appends the content of one piece of an OCTET STRING.
func (n *normaliser) piece(in []byte, depth int) ([]byte, error) {
	tag, length, body, err := n.header(in, depth)
	if err != nil {
		return nil, err
	}
	switch tag {
	case octetString:
		n.out = append(n.out, body[:length]...)
		return body[length:], nil
	case octetString | constructed:
		return n.children(tag, length, body, depth)
	}
	return nil, errBER
}

const (
	constructed = 0x20
	octetString = 0x04
)

// header reads tag and length; length is -1 where the end is marked instead. A length
// that is given fits in body.
func (n *normaliser) header(in []byte, depth int) (tag byte, length int, body []byte, err error) {
	n.elements++
	if depth > maxDepth || n.elements > maxElements || len(in) < 2 || !admitted(in[0]) {
		return 0, 0, nil, errBER
	}
	tag, first, body := in[0], in[1], in[2:]
	switch {
	case first < 0x80:
		length = int(first)
	case first == 0x80:
		if tag&constructed == 0 {
			return 0, 0, nil, errBER
		}
		return tag, -1, body, nil
	default:
		octets := int(first & 0x7f)
		if octets > 8 || len(body) < octets {
			return 0, 0, nil, errBER
		}
		for _, b := range body[:octets] {
			if length > 1<<30>>8 {
				return 0, 0, nil, errBER
			}
			length = length<<8 | int(b)
		}
		body = body[octets:]
	}
	if length > len(body) {
		return 0, 0, nil, errBER
	}
	return tag, length, body, nil
}

// admitted are the tags that occur: of one octet, and constructed where the type says so
// or the content is a file in pieces. Other strings in pieces are somebody's trick.
func admitted(tag byte) bool {
	if tag == 0 || tag&0x1f == 0x1f {
		return false
	}
	switch tag >> 6 {
	case 0:
		sequence := tag&0x1f == 0x10 || tag&0x1f == 0x11
		return (tag&constructed != 0) == sequence || tag == octetString|constructed
	case 2:
		return true
	}
	return false
}

func appendLength(out []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(out, byte(n))
	case n < 1<<8:
		return append(out, 0x81, byte(n))
	case n < 1<<16:
		return append(out, 0x82, byte(n>>8), byte(n))
	case n < 1<<24:
		return append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}
