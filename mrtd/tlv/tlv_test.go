package tlv

import (
	"bytes"
	"errors"
	"testing"
)

func TestWhatIsWrittenIsReadAgain(t *testing.T) {
	for _, length := range []int{0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000} {
		for _, tag := range []uint32{0x61, 0x5f1f, 0x7f61} {
			value := bytes.Repeat([]byte{0xa5}, length)
			written := Append(nil, tag, value[:length/2], value[length/2:])
			item, err := Only(written, tag)
			if err != nil || !bytes.Equal(item.Value, value) || !bytes.Equal(item.Raw, written) {
				t.Errorf("tag %X with %d bytes came back as tag %X with %d: %v", tag, length, item.Tag, len(item.Value), err)
			}
		}
	}
}

func TestMalformedBytesAreRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":               {},
		"a tag alone":           {0x61},
		"a tag that goes on":    {0x5f, 0x80, 0x80, 0x80, 0x01, 0x00},
		"half a tag":            {0x5f},
		"indefinite length":     {0x61, 0x80, 0x00, 0x00},
		"length of four bytes":  {0x61, 0x84, 0, 0, 0, 1, 0},
		"half a length":         {0x61, 0x82, 0x01},
		"more than is there":    {0x61, 0x03, 0x01, 0x02},
		"the largest length":    {0x61, 0x83, 0xff, 0xff, 0xff},
		"something after it":    {0x61, 0x01, 0x01, 0x00},
		"another tag":           {0x62, 0x01, 0x01},
		"nothing after the tag": {0x7f, 0x61},
	} {
		if item, err := Only(b, 0x61); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s was read as %X: %v", name, item.Value, err)
		}
	}
}

func TestATagStandsOnce(t *testing.T) {
	list, err := All([]byte{0x80, 1, 7, 0x81, 0, 0x80, 1, 8})
	if err != nil || len(list) != 3 {
		t.Fatalf("%v: %v", list, err)
	}
	if v, err := list.One(0x81); err != nil || v == nil || len(v) != 0 {
		t.Errorf("an empty value: %v, %v", v, err)
	}
	if v, err := list.One(0x82); err != nil || v != nil {
		t.Errorf("a tag that is not there: %v, %v", v, err)
	}
	if _, err := list.One(0x80); !errors.Is(err, ErrMalformed) {
		t.Errorf("a tag twice: %v", err)
	}
	if _, err := All(bytes.Repeat([]byte{0x80, 0}, maxItems+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("too many items: %v", err)
	}
}

func FuzzAll(f *testing.F) {
	f.Add([]byte{0x61, 3, 0x5f, 0x1f, 0})
	f.Add([]byte{0x7f, 0x61, 0x82, 0x00, 0x01, 0x02})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := All(b)
		if err != nil {
			return
		}
		var raw []byte
		for _, item := range list {
			if again, err := Only(item.Raw, item.Tag); err != nil || !bytes.Equal(again.Value, item.Value) {
				t.Fatalf("%X reads differently alone: %v", item.Raw, err)
			}
			raw = append(raw, item.Raw...)
		}
		if !bytes.Equal(raw, b) {
			t.Fatalf("items do not make up %X", b)
		}
	})
}
