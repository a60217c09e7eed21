package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/app/config"
	"atrio/idp"
	"atrio/idp/enrolment"
	"atrio/idp/enrolment/apply"
	"atrio/idp/proofing/chip"
	"atrio/mrtd/mrtdtest"
)

func TestWhatKeepsTheWayOfDocumentsFromWorkingIsToldByCheck(t *testing.T) {
	today := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	now := func() time.Time { return today }
	dir, lists := t.TempDir(), t.TempDir()
	country := mrtdtest.NewCountry("IT", mrtdtest.NewKey(12), mrtdtest.Years(today, 5, 5))
	over := mrtdtest.NewCountry("UT", mrtdtest.NewKey(12), mrtdtest.Years(today, 5, -1))
	for path, content := range map[string][]byte{
		filepath.Join(dir, "it.cer"): country.Certificate.Raw, filepath.Join(dir, "ut.cer"): over.Certificate.Raw,
		filepath.Join(lists, "it.crl"): country.List(mrtdtest.Years(today, 2, -1)).Raw,
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := &config.IdP{Config: idp.Config{Chip: chip.Config{Countries: dir}}}
	told := func(want ...string) {
		t.Helper()
		warnings, err := checkChip(c, now)
		all := strings.Join(warnings, "\n")
		if err != nil || len(warnings) != len(want) {
			t.Errorf("%v, %v", warnings, err)
		}
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("%q is not told in\n%s", w, all)
			}
		}
	}
	told("is not offered")
	c.Enrolment = apply.Config{Methods: []apply.MethodConfig{{Method: enrolment.Chip}}}
	told("is not valid now", "there is no revocation list")
	c.Chip.Revocations = lists
	told("is not valid now", "ended on 2025-11-28")
	c.Chip.Countries = filepath.Join(dir, "none")
	if _, err := checkChip(c, now); err == nil || !strings.HasPrefix(err.Error(), "idp.chip") {
		t.Errorf("%v", err)
	}
	c.Chip = chip.Config{}
	c.Enrolment = apply.Config{}
	told()
}
