package apdu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
)

func TestEveryFormOfACommandIsReadAsItWasWritten(t *testing.T) {
	for _, data := range []int{0, 1, 255, 256, 65535} {
		for _, le := range []int{0, 1, 255, 256, 257, 65535, 65536} {
			c := Command{CLA: 0x0c, INS: 0xb0, P1: 1, P2: 2, Le: le}
			if data > 0 {
				c.Data = bytes.Repeat([]byte{9}, data)
			}
			got, err := ParseCommand(c.Bytes())
			if err != nil || !reflect.DeepEqual(got, c) {
				t.Errorf("%d bytes, Le %d came back with %d bytes, Le %d: %v", data, le, len(got.Data), got.Le, err)
			}
		}
	}
}

func TestFormsOnTheWire(t *testing.T) {
	for want, c := range map[string]Command{
		"0084000008":             {INS: 0x84, Le: 8},
		"00b0000000":             {INS: 0xb0, Le: 256},
		"00b00000000000":         {INS: 0xb0, Le: 65536},
		"00a4020c02011e":         {INS: 0xa4, P1: 2, P2: 12, Data: []byte{1, 0x1e}},
		"0088000000000201020200": {INS: 0x88, Data: []byte{1, 2}, Le: 512},
		"00a4020c02011e00":       {INS: 0xa4, P1: 2, P2: 12, Data: []byte{1, 0x1e}, Le: 256},
		"1086000000":             {CLA: 0x10, INS: 0x86, Le: 256},
	} {
		if got := hex.EncodeToString(c.Bytes()); got != want {
			t.Errorf("%+v is written %s, not %s", c, got, want)
		}
	}
}

func TestMalformedCommandsAreRefused(t *testing.T) {
	for _, s := range []string{"", "00a402", "00a4020c0201", "00a4020c02011e0000", "00a4020c0000", "00a4020c00000001", "00a4020c00000401020304050607"} {
		b, _ := hex.DecodeString(s)
		if c, err := ParseCommand(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s was read as %+v: %v", s, c, err)
		}
	}
}

func TestResponses(t *testing.T) {
	r, err := ParseResponse([]byte{1, 2, 0x6a, 0x82})
	if err != nil || r.Status != FileNotFound || !bytes.Equal(r.Data, []byte{1, 2}) {
		t.Errorf("%+v: %v", r, err)
	}
	if r.Status.Error() != "the card answers 6A82" {
		t.Error(r.Status.Error())
	}
	if n, more := Status(0x6110).More(); n != 16 || !more {
		t.Errorf("%d %v", n, more)
	}
	for _, b := range [][]byte{nil, {0x90}, make([]byte, Largest+1)} {
		if _, err := ParseResponse(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("an answer of %d bytes: %v", len(b), err)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	f.Add([]byte{0, 0xa4, 2, 0x0c, 2, 1, 0x1e})
	f.Add([]byte{0, 0xb0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCommand(b)
		if err != nil {
			return
		}
		again, err := ParseCommand(c.Bytes())
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%X is read as %+v and then as %+v: %v", b, c, again, err)
		}
	})
}
