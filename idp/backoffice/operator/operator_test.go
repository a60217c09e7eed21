package operator_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"atrio/base/seal"
	"atrio/idp/backoffice/operator"
)

func ring() *seal.Keyring {
	return seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
}

func TestMistakesAboutOperatorsAreNamed(t *testing.T) {
	good := operator.Config{Name: "Remo Prova", Email: "remo@example.org", Roles: []string{"approver"}, TrainedUntil: "2027-06-30", FiscalCode: "PRVRME80A01H501F"}
	if faults := operator.Validate([]operator.Config{good}); len(faults) > 0 {
		t.Errorf("a good one: %v", faults)
	}
	for want, change := range map[string]func(*operator.Config){
		"name":          func(c *operator.Config) { c.Name = "" },
		"email":         func(c *operator.Config) { c.Email = "Remo <remo@example.org>" },
		"roles":         func(c *operator.Config) { c.Roles = []string{"admin"} },
		"at least one":  func(c *operator.Config) { c.Roles = nil },
		"each once":     func(c *operator.Config) { c.Roles = []string{"approver", "approver"} },
		"point":         func(c *operator.Config) { c.Point = "centro" },
		"goes with":     func(c *operator.Config) { c.Roles = []string{"collector"} },
		"trained_until": func(c *operator.Config) { c.TrainedUntil = "30/06/2027" },
		"fiscal_code":   func(c *operator.Config) { c.FiscalCode = "PRVRME80A01H501A" },
	} {
		c := good
		change(&c)
		faults := operator.Validate([]operator.Config{c})
		if len(faults) == 0 || !strings.Contains(errors.Join(faults...).Error(), want) {
			t.Errorf("want %q, got %v", want, faults)
		}
		if strings.Contains(errors.Join(faults...).Error(), "PRVRME") {
			t.Error("a codice fiscale is repeated in a message")
		}
	}
	twice := good
	twice.Email = "REMO@example.org"
	if faults := operator.Validate([]operator.Config{good, twice}); len(faults) != 1 || !strings.Contains(faults[0].Error(), "twice") {
		t.Errorf("the same address twice: %v", faults)
	}
}

func TestAnOperatorIsTheSameOnEveryNodeAndAtEveryStart(t *testing.T) {
	list := []operator.Config{{Name: "Remo", Email: "remo@example.org", Roles: []string{"approver", "fraud"}}, {Name: "Sara", Email: "sara@example.org", Roles: []string{"supervisor"}}}
	a, b := operator.NewRoster(ring(), list), operator.NewRoster(ring(), list[1:])
	sara, _ := a.ByEmail("Sara@Example.org ")
	if again, ok := b.Find(sara.ID); !ok || again.Name != "Sara" || !operator.Is(sara.ID) {
		t.Errorf("%+v, %v", again, ok)
	}
	if _, ok := b.ByEmail("remo@example.org"); ok {
		t.Error("somebody is found who is not in the settings")
	}
	if with := a.With(operator.Fraud); len(with) != 1 || with[0].Name != "Remo" {
		t.Errorf("%+v", with)
	}
}

func TestATrainingHoldsUntilTheEndOfItsLastDay(t *testing.T) {
	list := []operator.Config{{Name: "Remo", Email: "remo@example.org", Roles: []string{"approver"}, TrainedUntil: "2027-06-30"}, {Name: "Sara", Email: "s@example.org", Roles: []string{"approver"}}}
	roster := operator.NewRoster(ring(), list)
	remo, _ := roster.ByEmail("remo@example.org")
	sara, _ := roster.ByEmail("s@example.org")
	end := time.Date(2027, time.July, 1, 0, 0, 0, 0, time.UTC)
	if err := remo.Trained(end.Add(-time.Microsecond)); err != nil {
		t.Error(err)
	}
	if err := remo.Trained(end); !errors.Is(err, operator.ErrUntrained) {
		t.Errorf("after the last day: %v", err)
	}
	if err := sara.Trained(end.AddDate(50, 0, 0)); err != nil {
		t.Error(err)
	}
}
