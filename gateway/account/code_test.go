package account

import (
	"testing"

	"pgregory.net/rapid"
)

func TestKnownCheckDigitOfDamm(t *testing.T) {
	if got := checkDigit([]byte("572")); got != '4' { // the example of the published description
		t.Errorf("checkDigit(572) = %c, want 4", got)
	}
}

func TestEveryNewCodeIsReadBackAndHasItsLength(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.IntRange(MinDigits, MaxDigits).Draw(t, "digits")
		code, err := NewCode(digits)
		if err != nil || len(code) != digits {
			t.Fatalf("NewCode(%d) = %q, %v", digits, code, err)
		}
		if back, err := ParseCode(string(code)); err != nil || back != code {
			t.Fatalf("ParseCode(%q) = %q, %v", code, back, err)
		}
	})
}

func TestOneWrongDigitIsAlwaysFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code, err := NewCode(rapid.IntRange(MinDigits, MaxDigits).Draw(t, "digits"))
		if err != nil {
			t.Fatal(err)
		}
		wrong := []byte(code)
		at := rapid.IntRange(0, len(wrong)-1).Draw(t, "at")
		wrong[at] = '0' + (wrong[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "add")))%10
		if _, err := ParseCode(string(wrong)); err == nil {
			t.Fatalf("%q passes for %q", wrong, code)
		}
	})
}

func TestExchangedNeighboursAreAlwaysFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code, err := NewCode(rapid.IntRange(MinDigits, MaxDigits).Draw(t, "digits"))
		if err != nil {
			t.Fatal(err)
		}
		wrong := []byte(code)
		at := rapid.IntRange(0, len(wrong)-2).Draw(t, "at")
		wrong[at], wrong[at+1] = wrong[at+1], wrong[at]
		if _, err := ParseCode(string(wrong)); err == nil && string(wrong) != string(code) {
			t.Fatalf("%q passes for %q", wrong, code)
		}
	})
}

func TestWhatIsNoCodeIsRefused(t *testing.T) {
	for _, s := range []string{"", "1", "00000000", "12345678901", "1234 5678x", "１２３４５６７８", "-12345678"} {
		if _, err := ParseCode(s); err == nil {
			t.Errorf("%q was read as a Codice Persona", s)
		}
	}
	for _, n := range []int{0, 7, 11} {
		if _, err := NewCode(n); err == nil {
			t.Errorf("a code of %d digits was made", n)
		}
	}
}

func TestCapacityAndOccupancy(t *testing.T) {
	if Capacity(9) != 90_000_000 || Capacity(8) != 9_000_000 {
		t.Fatalf("capacity: %d, %d", Capacity(9), Capacity(8))
	}
	if got := Occupancy(8, 900_000); got != 0.1 {
		t.Fatalf("occupancy = %v", got)
	}
}
