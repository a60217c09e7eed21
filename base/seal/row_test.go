package seal

import (
	"bytes"
	"errors"
	"testing"
)

func rowKey(use, id string, fill byte) *RowKey { return NewRowKey(use, id, key(id, fill).Secret) }

func TestARowOpensOnlyWhereItWasSealed(t *testing.T) {
	k := rowKey("ledger", "2026-11", 1)
	bound := []string{"row 1", "2026-11-22T10:00:00Z"}
	sealed := k.Seal(bound, []byte("Ada"), nil, []byte("<Response/>"))
	parts, err := k.Open(bound, sealed)
	if err != nil || len(parts) != 3 || string(parts[0]) != "Ada" || len(parts[1]) != 0 || string(parts[2]) != "<Response/>" {
		t.Fatalf("%q, %v", parts, err)
	}
	if bytes.Contains(sealed, []byte("Ada")) || bytes.Equal(sealed, k.Seal(bound, []byte("Ada"), nil, []byte("<Response/>"))) {
		t.Error("the row can be read, or two sealings are equal")
	}
	flipped := bytes.Clone(sealed)
	flipped[len(flipped)-1] ^= 1
	for name, open := range map[string]func() ([][]byte, error){
		"another row":        func() ([][]byte, error) { return k.Open([]string{"row 2", bound[1]}, sealed) },
		"a column changed":   func() ([][]byte, error) { return k.Open([]string{bound[0], "later"}, sealed) },
		"columns run over":   func() ([][]byte, error) { return k.Open([]string{bound[0] + bound[1]}, sealed) },
		"another key":        func() ([][]byte, error) { return rowKey("ledger", "2026-11", 2).Open(bound, sealed) },
		"another key id":     func() ([][]byte, error) { return rowKey("ledger", "2026-12", 1).Open(bound, sealed) },
		"another use":        func() ([][]byte, error) { return rowKey("other", "2026-11", 1).Open(bound, sealed) },
		"a changed byte":     func() ([][]byte, error) { return k.Open(bound, flipped) },
		"another version":    func() ([][]byte, error) { return k.Open(bound, append([]byte{2}, sealed[1:]...)) },
		"cut":                func() ([][]byte, error) { return k.Open(bound, sealed[:30]) },
		"nothing":            func() ([][]byte, error) { return k.Open(bound, nil) },
		"without its bounds": func() ([][]byte, error) { return k.Open(nil, sealed) },
	} {
		if parts, err := open(); !errors.Is(err, ErrBroken) || parts != nil {
			t.Errorf("%s: %q, %v", name, parts, err)
		}
	}
}

func BenchmarkSealRow(b *testing.B) {
	k := rowKey("ledger", "2026-11", 1)
	request, response := bytes.Repeat([]byte("q"), 600), bytes.Repeat([]byte("r"), 4000)
	bound := []string{"0123456789abcdef0123456789abcdef", "1764000000000000", "spid", "https://id.example.it", "_request", "_response", "_assertion"}
	for b.Loop() {
		k.Seal(bound, []byte("TEST123456789A"), []byte("DMCDAA80A41H501L"), request, response)
	}
}
