package lds

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/mrtd/tlv"
)

func refusedAs(err error) bool {
	return errors.Is(err, ErrMalformed) || errors.Is(err, tlv.ErrMalformed)
}

var jpegBegin = []byte("\xff\xd8\xff\xe0 a picture")

// record is a face record of ISO 19794-5 with so many feature points.
func record(points int, image []byte) []byte {
	b := make([]byte, 14+20+8*points+12)
	copy(b, "FAC\x00010\x00")
	binary.BigEndian.PutUint32(b[8:], uint32(len(b)+len(image)))
	binary.BigEndian.PutUint16(b[12:], 1)
	binary.BigEndian.PutUint32(b[14:], uint32(len(b)-14+len(image)))
	binary.BigEndian.PutUint16(b[18:], uint16(points))
	return append(b, image...)
}

func dg2(tag uint32, block []byte) []byte {
	template := tlv.Append(nil, 0x7f60, tlv.Append(nil, 0xa1, tlv.Append(nil, 0x87, []byte{1, 1})), tlv.Append(nil, tag, block))
	return tlv.Append(nil, 0x75, tlv.Append(nil, 0x7f61, tlv.Append(nil, 2, []byte{1}), template))
}

// block is a face block of ISO/IEC 39794-5 around an image.
func block(image []byte) []byte {
	b := tlv.Append(nil, 0x80, image)
	for _, tag := range []uint32{0xa0, 0xa0, 0xa1} {
		b = tlv.Append(nil, tag, b)
	}
	b = tlv.Append(nil, 0x30, tlv.Append(nil, 0x80, []byte{0}), b)
	b = append(tlv.Append(nil, 0xa0, []byte{0x80, 1, 3, 0x81, 2, 7, 0xe3}), tlv.Append(nil, 0xa1, b)...)
	return tlv.Append(nil, 0xa1, tlv.Append(nil, 0x65, b))
}

func TestPortraitsOfBothFormsAreFound(t *testing.T) {
	jp2 := []byte("\x00\x00\x00\x0cjP  \r\n\x87\n and more")
	for name, c := range map[string]struct {
		file  []byte
		image []byte
		kind  string
	}{
		"19794 with JPEG":           {dg2(0x5f2e, record(0, jpegBegin)), jpegBegin, "image/jpeg"},
		"19794 with feature points": {dg2(0x5f2e, record(3, jpegBegin)), jpegBegin, "image/jpeg"},
		"19794 with JPEG 2000":      {dg2(0x5f2e, record(0, jp2)), jp2, "image/jp2"},
		"19794 with a bare stream":  {dg2(0x5f2e, record(0, []byte("\xff\x4f\xff\x51\x00"))), []byte("\xff\x4f\xff\x51\x00"), "image/j2c"},
		"19794 under the other tag": {dg2(0x7f2e, record(0, jpegBegin)), jpegBegin, "image/jpeg"},
		"39794":                     {dg2(0x7f2e, block(jpegBegin)), jpegBegin, "image/jpeg"},
		"39794 with JPEG 2000":      {dg2(0x7f2e, block(jp2)), jp2, "image/jp2"},
	} {
		p, err := ParseDG2(c.file)
		if err != nil || p.Type != c.kind || !bytes.Equal(p.Image, c.image) {
			t.Errorf("%s: %s, %q: %v", name, p.Type, p.Image, err)
		}
	}
}

func TestPortraitsThatAreNoneAreRefused(t *testing.T) {
	longer, shorter, beyond, none := record(0, jpegBegin), record(0, jpegBegin), record(0, jpegBegin), record(0, jpegBegin)
	binary.BigEndian.PutUint32(longer[8:], 0xffffffff)
	binary.BigEndian.PutUint32(shorter[14:], 10)
	binary.BigEndian.PutUint16(beyond[18:], 0xffff)
	binary.BigEndian.PutUint16(none[12:], 0)
	for name, b := range map[string][]byte{
		"nothing": nil, "another file": tlv.Append(nil, 0x61), "an empty file": tlv.Append(nil, 0x75),
		"a length beyond the end": dg2(0x5f2e, longer), "an image of ten bytes": dg2(0x5f2e, shorter), "points beyond the end": dg2(0x5f2e, beyond), "no image": dg2(0x5f2e, none),
		"half a header": dg2(0x5f2e, longer[:20]), "a page": dg2(0x5f2e, record(0, []byte("<html>"))), "no block": dg2(0x7f2e, []byte{0xa1, 0}), "another version": dg2(0x5f2e, bytes.Replace(record(0, jpegBegin), []byte("010"), []byte("020"), 1)),
	} {
		if p, err := ParseDG2(b); !refusedAs(err) {
			t.Errorf("%s is read as %s: %v", name, p.Type, err)
		}
	}
}

func group(tag uint32, fields ...[]byte) []byte { return tlv.Append(nil, tag, fields...) }

func TestDetailsAboutHolderAndDocument(t *testing.T) {
	h, err := ParseDG11(group(0x6b, tlv.Append(nil, 0x5c, []byte{0x5f, 0x0e}), tlv.Append(nil, 0x5f0e, []byte("D'ARCO<<ZOË<PROVA")), tlv.Append(nil, 0x5f10, []byte("PRVZOE85D52Z999X<<")),
		tlv.Append(nil, 0x5f2b, []byte("19850412")), tlv.Append(nil, 0x5f11, []byte("PROVA<PR")), tlv.Append(nil, 0x5f42, []byte("VIA FINTA 1<PROVA"))))
	if err != nil || h.FullName != "D'ARCO, ZOË PROVA" || h.Surname != "D'ARCO" || h.PersonalNumber != "PRVZOE85D52Z999X" || !h.Birth.Equal(day("1985-04-12")) || !slices.Equal(h.PlaceOfBirth, []string{"PROVA", "PR"}) || len(h.Address) != 2 {
		t.Errorf("%+v: %v", h, err)
	}
	packed, err := ParseDG11(group(0x6b, tlv.Append(nil, 0x5f2b, []byte{0x19, 0x85, 0x04, 0x12})))
	if err != nil || !packed.Birth.Equal(day("1985-04-12")) {
		t.Errorf("%+v: %v", packed, err)
	}
	for _, open := range []string{"19850000", "1985<<<<", "00000000"} {
		if h, err := ParseDG11(group(0x6b, tlv.Append(nil, 0x5f2b, []byte(open)))); err != nil || !h.Birth.IsZero() {
			t.Errorf("%s: %s, %v", open, h.Birth, err)
		}
	}
	d, err := ParseDG12(group(0x6c, tlv.Append(nil, 0x5f19, []byte("COMUNE<DI<PROVA")), tlv.Append(nil, 0x5f26, []byte("20230412"))))
	if err != nil || d.IssuingAuthority != "COMUNE DI PROVA" || !d.Issued.Equal(day("2023-04-12")) {
		t.Errorf("%+v: %v", d, err)
	}
}

func TestMalformedDetailsAreRefused(t *testing.T) {
	for name, field := range map[string][]byte{
		"no UTF-8":            tlv.Append(nil, 0x5f0e, []byte{0xc3}),
		"a control character": tlv.Append(nil, 0x5f0e, []byte("PROVA\r\nX: y")),
		"a long name":         tlv.Append(nil, 0x5f0e, bytes.Repeat([]byte("A"), maxText+1)),
		"a date that is none": tlv.Append(nil, 0x5f2b, []byte("19851342")),
		"letters as a date":   tlv.Append(nil, 0x5f2b, []byte("tomorrow")),
		"a number twice":      append(tlv.Append(nil, 0x5f10, []byte("A")), tlv.Append(nil, 0x5f10, []byte("B"))...),
	} {
		if h, err := ParseDG11(group(0x6b, field)); !refusedAs(err) {
			t.Errorf("%s is read as %+v: %v", name, h, err)
		}
	}
}

func TestNamesOfFiles(t *testing.T) {
	for f, want := range map[File]string{DG1: "DG1", DG15: "DG15", SOD: "EF.SOD", COM: "EF.COM", CardAccess: "EF.CardAccess", 0x2f00: "file 2F00"} {
		if f.String() != want {
			t.Errorf("%s, not %s", f, want)
		}
	}
	if DG14.Number() != 14 || SOD.Number() != 0 || DG14.Tag() != 0x6e {
		t.Error("numbers of files")
	}
	if tags, err := ParseCOM([]byte{0x60, 4, 0x5c, 2, 0x61, 0x75}); err != nil || !bytes.Equal(tags, []byte{0x61, 0x75}) {
		t.Errorf("%X: %v", tags, err)
	}
	if _, err := ParseCOM([]byte{0x60, 0}); !refusedAs(err) {
		t.Error(err)
	}
}

func FuzzParseDG2(f *testing.F) {
	f.Add(dg2(0x5f2e, record(1, jpegBegin)))
	f.Add(dg2(0x7f2e, block(jpegBegin)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ParseDG2(b); err == nil && (!strings.HasPrefix(p.Type, "image/") || !bytes.Contains(b, p.Image)) {
			t.Fatalf("%X is read as %s", b, p.Type)
		}
	})
}

func FuzzParseDetails(f *testing.F) {
	f.Add(group(0x6b, tlv.Append(nil, 0x5f0e, []byte("PROVA<<ANNA"))))
	f.Add(group(0x6c, tlv.Append(nil, 0x5f26, []byte("20230412"))))
	f.Add([]byte{0x60, 4, 0x5c, 2, 0x61, 0x75})
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := ParseDG11(b); err == nil && len(h.FullName) > maxText+2 {
			t.Fatalf("a name of %d bytes", len(h.FullName))
		}
		if d, err := ParseDG12(b); err == nil && d.Issued.After(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Fatalf("issued %s", d.Issued)
		}
		if tags, err := ParseCOM(b); err == nil && len(tags) > 16 {
			t.Fatalf("%d tags", len(tags))
		}
	})
}
