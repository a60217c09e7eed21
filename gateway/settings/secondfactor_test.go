package settings

import (
	"testing"
	"time"
)

func TestSettingsOfSecondFactorsAreCheckedAndUsed(t *testing.T) {
	c := SecondFactorConfig{SMSPrefixes: []string{"+393", "+41"}, SMSPerNumber: 3, TriesPerDay: 50}
	if faults := c.validate(); len(faults) != 0 {
		t.Fatal(faults)
	}
	if l := c.Limits(); l.SMSNumber.Burst != 3 || l.Account.Burst != 50 || l.Account.Per != 24*time.Hour || l.SMSAccount.Burst != 5 {
		t.Errorf("%+v", l)
	}
	for n, bad := range []SecondFactorConfig{
		{SMSPrefixes: []string{"393"}}, {SMSPrefixes: []string{"+"}}, {SMSPrefixes: []string{"+39x"}}, {SMSInAll: -1}, {TriesPerDay: 101},
	} {
		if faults := bad.validate(); len(faults) != 1 {
			t.Errorf("%d: %v", n, faults)
		}
	}
}
