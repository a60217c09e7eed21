package app

import (
	"strings"
	"testing"
	"time"

	"atrio/app/config"
	"atrio/idp"
	"atrio/idp/backoffice/operator"
)

func TestCheckSaysWhatKeepsOperatorsFromTheirWork(t *testing.T) {
	now := time.Date(2026, time.November, 28, 12, 0, 0, 0, time.UTC)
	approver := func(email, until string) operator.Config {
		return operator.Config{Name: "Remo Prova", Email: email, Roles: []string{"approver"}, TrainedUntil: until}
	}
	for name, c := range map[string]struct {
		base string
		list []operator.Config
		want []string
	}{
		"nobody":   {"https://192.0.2.7", nil, nil},
		"all well": {"https://id.example.org", []operator.Config{approver("a@example.org", "2026-11-28"), approver("b@example.org", "")}, nil},
		"address":  {"https://192.0.2.7", []operator.Config{approver("a@example.org", ""), approver("b@example.org", "")}, []string{"no domain name"}},
		"over":     {"https://id.example.org", []operator.Config{approver("a@example.org", "2026-11-27"), approver("b@example.org", "")}, []string{"training of Remo Prova is over", "1 approvers"}},
	} {
		got := operatorWarnings(&config.IdP{Config: idp.Config{BaseURL: c.base, Operators: c.list}}, now)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: %q does not say %q", name, got[i], want)
			}
		}
	}
}
