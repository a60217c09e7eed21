package password

import (
	"errors"
	"strings"
	"testing"
	"time"

	"atrio/base/fault"
)

func keyOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

func TestAPasswordIsRefusedWithTheRuleThatItBreaks(t *testing.T) {
	plain := DefaultRules()
	strict := Rules{Least: 8, Classes: 3, Run: 2}
	about := []string{"Ada D'Amico", "ada.damico@posta.example.it", "123 456 789", "Università di Prova"}
	for _, c := range []struct {
		rules    Rules
		password string
		want     string
	}{
		{plain, "tre gatti sul tetto", ""},
		{plain, "però così è più lungo", ""},
		{plain, "corto", "error.password.short"},
		{plain, strings.Repeat("è", 14), "error.password.short"},
		{plain, "", "error.password.form"},
		{plain, strings.Repeat("x", MaxPassword+1), "error.password.form"},
		{plain, "aaaaaaaaaaaaaaaaaaaa", "error.password.simple"},
		{plain, "abcabcabcabcabcabc", "error.password.simple"},
		{plain, "12345678901234567890", "error.password.simple"},
		{plain, "damico-123456789-ada", "error.password.about"},
		{plain, "DAMICO 123456789 posta", "error.password.about"},
		{plain, "D4m1c0-d4m1c0-d4m1c0", "error.password.about"},
		{plain, "il gatto di Amico miagola", ""},
		{plain, "Password-Password-2026!", "error.password.common"},
		{plain, "p4ssw0rdp4ssw0rd!!", "error.password.common"},
		{plain, "qwertyuiop1234567", "error.password.common"},
		{strict, "tuttominuscolo", "error.password.classes"},
		{strict, "Maiuscola!senza", ""},
		{strict, "Tre333uguali", "error.password.run"},
		{strict, "Due33uguali", ""},
	} {
		if got := keyOf(c.rules.Check(c.password, about...)); got != c.want {
			t.Errorf("%q: %q, want %q", c.password, got, c.want)
		}
	}
}

func TestTheLengthIsCountedInCharactersAfterNormalization(t *testing.T) {
	r := Rules{Least: 15}
	decomposed := "perche\u0301 no, dire" // 15 characters once é is one
	if err := r.Check(decomposed); err != nil {
		t.Error(err)
	}
	if err := (Rules{Least: 16}).Check(decomposed); keyOf(err) != "error.password.short" {
		t.Error(err)
	}
}

type list struct {
	found bool
	err   error
}

func (l list) Has(string) (bool, error) { return l.found, l.err }

func TestAStolenPasswordIsRefusedAndABrokenListLetsNothingPass(t *testing.T) {
	const good = "tre gatti sul tetto"
	r := DefaultRules()
	for _, c := range []struct {
		list Breached
		want string
	}{
		{list{}, ""}, {list{found: true}, "error.password.breached"}, {list{err: errors.New("disk")}, "error.unavailable"},
	} {
		r.Breached = c.list
		if got := keyOf(r.Check(good)); got != c.want {
			t.Errorf("%+v: %q", c.list, got)
		}
	}
}

func TestAPasswordExpiresWhenTheRulesSaySo(t *testing.T) {
	set := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	yearly := Rules{MaxAge: 365 * 24 * time.Hour}
	for _, c := range []struct {
		rules Rules
		set   time.Time
		now   time.Time
		want  bool
	}{
		{Rules{}, set, set.AddDate(50, 0, 0), false},
		{yearly, set, set.Add(365*24*time.Hour - time.Microsecond), false},
		{yearly, set, set.Add(365 * 24 * time.Hour), true},
		{yearly, time.Time{}, set, false},
	} {
		if got := c.rules.Expired(c.set, c.now); got != c.want {
			t.Errorf("%v at %v: %v", c.rules.MaxAge, c.now, got)
		}
	}
}

func FuzzRulesTakeAnything(f *testing.F) {
	f.Add("tre gatti sul tetto", "Ada")
	f.Add("\xff", "")
	f.Fuzz(func(t *testing.T, password, about string) {
		err := DefaultRules().Check(password, about)
		if err == nil && len([]rune(password)) < MinLeast {
			t.Errorf("%q passes", password)
		}
	})
}
