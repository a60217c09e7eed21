package secondfactor

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestNumbersAreReadAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string]string{
		"333 123 4567": "+393331234567", "+39 333-123.4567": "+393331234567", "0039 (333) 1234567": "+393331234567", "333123456": "+39333123456",
	} {
		if got, err := ParseNumber(typed, nil); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for typed, want := range map[string]error{
		"": ErrNumber, "333": ErrNumber, "+": ErrNumber, "+393331234567890123": ErrNumber, "33312345678": ErrNumber, "333 abc 4567": ErrNumber, strings.Repeat("3", 1000): ErrNumber,
		"+0123456789": ErrNumber, "٣٣٣١٢٣٤٥٦٧": ErrNumber, // digits of another script
		"+39 899 123456": ErrPrefix, "06 1234567": ErrPrefix, "+41 79 123 45 67": ErrPrefix, "+1 900 555 0100": ErrPrefix,
	} {
		if got, err := ParseNumber(typed, nil); got != "" || !errors.Is(err, want) {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	if got, err := ParseNumber("+41 79 123 45 67", []string{"+41"}); err != nil || got != "+41791234567" {
		t.Errorf("an allowed country: %q, %v", got, err)
	}
	if got := Masked("+393331234567"); got != "•••••• 567" || Masked("123") != "" {
		t.Errorf("masked as %q", got)
	}
}

func TestRecoveryCodesAreDistinctAndSurviveTyping(t *testing.T) {
	list := NewRecoveryCodes()
	seen := map[string]bool{}
	for _, c := range append(list, NewRecoveryCodes()...) {
		plain := ReadRecoveryCode(c)
		if len(c) != 14 || len(plain) != recoveryLength || seen[plain] {
			t.Fatalf("%q is read as %q", c, plain)
		}
		seen[plain] = true
		for _, typed := range []string{strings.ToLower(c), strings.ReplaceAll(c, "-", " "), plain, " " + c, strings.NewReplacer("0", "o", "1", "l").Replace(c)} {
			if got := ReadRecoveryCode(typed); got != plain {
				t.Errorf("%q is read as %q, not %q", typed, got, plain)
			}
		}
	}
	if len(list) != RecoveryCodes {
		t.Errorf("%d codes", len(list))
	}
	for _, bad := range []string{"", "ABCD-2345", "ABCD-2345-WXYZ-1", "ABCD-2345-WXY!", "ABCD-2345-WXYU", strings.Repeat("A", 1000), "\x00BCD-2345-WXYZ"} {
		if got := ReadRecoveryCode(bad); got != "" {
			t.Errorf("%q is read as %q", bad, got)
		}
	}
}

func TestEveryKindSaysWhatItIs(t *testing.T) {
	for _, k := range Kinds() {
		if k.Asks() && k.AMR() == "" {
			t.Errorf("%s is asked for and has no name in a token", k)
		}
	}
	if Recovery.Stands() || Federated.Asks() || Federated.AMR() != "" || Kind("other").Stands() {
		t.Error("recovery codes are no second factor alone, and nobody can be asked for a wish")
	}
	if Kinds()[0] != Passkey || Kinds()[1] != TOTP || Kinds()[2] != SMS {
		t.Error("the recommended one must come first")
	}
}

func TestPausesAreToldRoundedUp(t *testing.T) {
	at := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]int{0: 60, time.Millisecond: 60, 59 * time.Second: 1, time.Minute: 0, time.Hour: 0} {
		if got := Seconds(at, time.Minute, at.Add(after)); got != want {
			t.Errorf("after %v: %d", after, got)
		}
	}
	if Seconds(time.Time{}, time.Minute, at) != 0 || Minutes(61*time.Second) != 2 || Minutes(time.Minute) != 1 {
		t.Error("wrong rounding")
	}
}
