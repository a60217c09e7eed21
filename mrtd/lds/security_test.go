package lds

import (
	"encoding/hex"
	"testing"

	"atrio/mrtd/tlv"
)

func bytesOf(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	paceInfo = "3012060a04007f0007020204020202010202010d" // ICAO 9303-11 G.1
	chipInfo = "3012060a04007f00070202030202020101020105" // key 5
	chipOnly = "300f060a04007f00070202030202020101"
)

func TestWhatAChipOffersIsRead(t *testing.T) {
	infos := tlv.Append(nil, 0x31, bytesOf(t, paceInfo), bytesOf(t, chipInfo), bytesOf(t, chipOnly),
		tlv.Append(nil, 0x30, bytesOf(t, "0606678108010105"), bytesOf(t, "020101"), bytesOf(t, "060a04007f00070101040103")))
	s, err := ParseDG14(tlv.Append(nil, 0x6e, infos))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.PACE) != 1 || s.PACE[0].Parameter != 13 || s.PACE[0].Protocol.String() != "0.4.0.127.0.7.2.2.4.2.2" {
		t.Errorf("%+v", s.PACE)
	}
	if len(s.Chip) != 2 || s.Chip[0].KeyID != 5 || s.Chip[1].KeyID != -1 || s.Chip[0].Version != 1 {
		t.Errorf("%+v", s.Chip)
	}
	if s.Active != "0.4.0.127.0.7.1.1.4.1.3" || !s.Has(bytesOf(t, paceInfo)) || s.Has(bytesOf(t, paceInfo)[1:]) {
		t.Errorf("%q, %X", s.Active, s.Raw)
	}
	if open, err := ParseCardAccess(infos); err != nil || len(open.PACE) != 1 {
		t.Errorf("%+v: %v", open, err)
	}
}

func TestMalformedOffersAreRefused(t *testing.T) {
	for name, content := range map[string][]byte{
		"no set":             bytesOf(t, paceInfo),
		"something after it": append(tlv.Append(nil, 0x31, bytesOf(t, paceInfo)), 0),
		"a version in words": tlv.Append(nil, 0x31, bytesOf(t, "300f060a04007f000702020402020c0132")),
		"a negative number":  tlv.Append(nil, 0x31, bytesOf(t, "3012060a04007f000702020402020201020201ff")),
		"no identifier":      tlv.Append(nil, 0x31, bytesOf(t, "3003020101")),
		"an odd length":      bytesOf(t, "3114"+paceInfo[:30]),
	} {
		if s, err := ParseCardAccess(content); !refusedAs(err) {
			t.Errorf("%s is read as %+v: %v", name, s, err)
		}
	}
}

func FuzzParseSecurity(f *testing.F) {
	f.Add(tlv.Append(nil, 0x31, bytesOf(f, paceInfo)))
	f.Add(tlv.Append(nil, 0x31, bytesOf(f, chipInfo), bytesOf(f, chipOnly)))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseCardAccess(b)
		if err != nil {
			return
		}
		if len(s.Raw) > maxInfos || len(s.PACE)+len(s.Chip)+len(s.ChipKeys) > len(s.Raw) {
			t.Fatalf("%X is read as %+v", b, s)
		}
		again, err := ParseDG14(tlv.Append(nil, 0x6e, b))
		if err != nil || len(again.Raw) != len(s.Raw) {
			t.Fatalf("%X differs in DG14: %v", b, err)
		}
	})
}
