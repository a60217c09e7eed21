package lds

import (
	"bytes"
	"encoding/binary"

	"atrio/mrtd/tlv"
)

// Portrait is the face image of DG2.
type Portrait struct {
	Type  string // image/jpeg, image/jp2 or image/j2c (a bare JPEG 2000 stream)
	Image []byte
}

// ParseDG2 finds the first face image. What decodes it must bound pixels and memory
// itself: only the first bytes of the image are looked at here.
func ParseDG2(b []byte) (Portrait, error) {
	list, err := inside(DG2, b)
	if err != nil {
		return Portrait{}, err
	}
	group, err := list.One(0x7f61)
	if err != nil {
		return Portrait{}, err
	}
	templates, err := tlv.All(group)
	if err != nil {
		return Portrait{}, err
	}
	for _, template := range templates {
		if template.Tag != 0x7f60 { // ICAO 9303-10 4.7.2
			continue
		}
		parts, err := tlv.All(template.Value)
		if err != nil {
			return Portrait{}, err
		}
		for _, part := range parts {
			switch part.Tag {
			case 0x5f2e:
				return face19794(part.Value)
			case 0x7f2e:
				if bytes.HasPrefix(part.Value, []byte("FAC\x00")) {
					return face19794(part.Value)
				}
				return face39794(part.Value)
			}
		}
	}
	return Portrait{}, malformed(DG2, "no biometric data")
}

// face19794 reads a record of ISO 19794-5:2005: a header of 14 bytes, 20 about the face,
// 8 for every feature point, 12 about the image, and the image.
func face19794(b []byte) (Portrait, error) {
	const header, face, point, about = 14, 20, 8, 12
	if len(b) < header+face || string(b[:8]) != "FAC\x00010\x00" {
		return Portrait{}, malformed(DG2, "no face record of version 010")
	}
	if uint64(binary.BigEndian.Uint32(b[8:])) != uint64(len(b)) || binary.BigEndian.Uint16(b[12:]) == 0 {
		return Portrait{}, malformed(DG2, "length of the face record")
	}
	length := uint64(binary.BigEndian.Uint32(b[header:]))
	skip := face + point*int(binary.BigEndian.Uint16(b[header+4:])) + about
	if length > uint64(len(b)-header) || uint64(skip) >= length {
		return Portrait{}, malformed(DG2, "length of the face image")
	}
	return portrait(b[header+skip : header+int(length)])
}

// face39794 follows the path of ISO/IEC 39794-5 to the image: block of face images, its
// representations, the first of them, its two-dimensional image, the bytes.
func face39794(b []byte) (Portrait, error) {
	for _, tag := range []uint32{0x65, 0xa1, 0x30, 0xa1, 0xa0, 0xa0, 0x80} {
		list, err := tlv.All(b)
		if err != nil {
			return Portrait{}, err
		}
		if len(list) > 0 && list[0].Tag == 0xa1 && tag == 0x65 { // the block without its own tag
			if list, err = tlv.All(list[0].Value); err != nil {
				return Portrait{}, err
			}
		}
		b = nil
		for _, item := range list {
			if item.Tag == tag {
				b = item.Value
				break
			}
		}
		if b == nil {
			return Portrait{}, malformed(DG2, "no image in the face block (%X)", tag)
		}
	}
	return portrait(b)
}

func portrait(image []byte) (Portrait, error) {
	for _, known := range []struct{ begin, kind string }{
		{"\xff\xd8\xff", "image/jpeg"},
		{"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"},
		{"\xff\x4f\xff\x51", "image/j2c"},
	} {
		if bytes.HasPrefix(image, []byte(known.begin)) {
			return Portrait{Type: known.kind, Image: image}, nil
		}
	}
	return Portrait{}, malformed(DG2, "neither JPEG nor JPEG 2000")
}
