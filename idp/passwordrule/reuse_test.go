package passwordrule_test

import (
	"context"
	"testing"
	"time"

	"atrio/idp/passwordrule"
)

// plain stands for a hasher: a hash is the password.
type plain struct{}

func (plain) Verify(_ context.Context, phc, password string) (ok, rehash bool, err error) {
	return phc == password, false, nil
}

// E13
func TestAPasswordComesBackAfterFiveChangesAndFifteenMonths(t *testing.T) {
	start := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	former := []passwordrule.Former{{Hash: "p6"}}
	for n, p := range []string{"p5", "p4", "p3", "p2", "p1"} {
		former = append(former, passwordrule.Former{Hash: p, EndedAt: start.Add(-time.Duration(n) * time.Hour)})
	}
	later := start.AddDate(0, 15, 0)
	for _, c := range []struct {
		typed string
		at    time.Time
		want  bool
	}{
		{"p6", later, true}, {"p1", start, true}, {"p1", later.Add(-5 * time.Hour), true}, {"p1", later, false},
		{"p2", later, true}, {"p7", start, false},
	} {
		if got, err := passwordrule.Reused(t.Context(), plain{}, former, c.typed, c.at); err != nil || got != c.want {
			t.Errorf("%s at %s: %v, %v; want %v", c.typed, c.at, got, err, c.want)
		}
	}
}

// REG 15
func TestAPasswordWithLittleChangedIsSimilar(t *testing.T) {
	const old = "Corretto-Cavallo-9"
	for typed, want := range map[string]bool{
		"Corretto-Cavallo-9": true, "corretto-CAVALLO-9": true, "Corretto-Cavallo-10": true, "Corretto-Cavallo-9!Estate": true,
		"Corretto-Cavall0-8": true, "Zaino-7-verde-alto": false, "Torretta-Cavallo-12": false,
	} {
		if got := passwordrule.Similar(old, typed); got != want {
			t.Errorf("%q: %v, want %v", typed, got, want)
		}
	}
}

// E12
func TestAPasswordHoldsForAHundredAndEightyDays(t *testing.T) {
	set := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	day := 24 * time.Hour
	if passwordrule.Expired(set, set.Add(180*day-1)) || !passwordrule.Expired(set, set.Add(180*day)) || passwordrule.Expired(time.Time{}, set) {
		t.Error("the end is after 180 days")
	}
}
