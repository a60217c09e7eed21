package passwordrule_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"atrio/base/fault"
	"atrio/idp/passwordrule"
)

// E11
func TestThePasswordRulesOfSPID(t *testing.T) {
	for typed, want := range map[string]string{
		"Aa1!aabb": "", "Aaa1!bcd": "", "Abbb1!cd": "run", "Zaino-7-verde": "", "AAa1!bcde": "",
		"Aa1!bcd": "length", "": "length case digit special", strings.Repeat("Ab1!", 33): "length", strings.Repeat("Ab1!", 32): "",
		"aa1!bcde": "case", "AA1!BCDE": "case", "Aab!bcde": "digit", "Aa1bcdef": "special", "Aa1 bcdef": "special",
		"Città9è bella?": "", "Aa1!\u00e8\u00e8\u00e8bc": "run", "Aa1!e\u0301e\u0301e\u0301bc": "run",
	} {
		var broken []string
		for _, r := range passwordrule.Broken(typed) {
			if r.Clause == "" {
				t.Errorf("%s has no clause", r.Key)
			}
			broken = append(broken, r.Key)
		}
		if got := strings.Join(broken, " "); got != want {
			t.Errorf("%q breaks %q, want %q", typed, got, want)
		}
	}
}

type list struct{ err error }

func (l list) Has(password string) (bool, error) { return password == "Rubata-7-ieri", l.err }

func TestWhatGuessersTryFirstIsRefusedThoughTheFormIsRight(t *testing.T) {
	for typed, want := range map[string]string{
		"Ada.Prova1!": "error.password.about", "Password1!": "error.password.common", "Rubata-7-ieri": "error.password.breached", "Zaino-7-verde": "",
	} {
		keys, err := passwordrule.Check(typed, list{}, "ada.prova@example.org")
		if got := strings.Join(keys, " "); err != nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", typed, got, want, err)
		}
	}
	if keys, err := passwordrule.Check("corta", nil); err != nil || !slices.Contains(keys, "password_rule.wrong.case") {
		t.Error(keys, err)
	}
	if _, err := passwordrule.Check("Zaino-7-verde", list{errors.New("unreadable")}); !fault.Is(err, fault.Unavailable) {
		t.Error("a list that cannot be read lets a password pass:", err)
	}
}
