package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atrio/base/keys"
)

func TestStatisticsOfAWeekAreWrittenOnceAndNotBeforeItsEnd(t *testing.T) {
	config := configuration(t, nil)
	if _, errs, status := atrio(t, "migrate", "-c", config); status != 0 {
		t.Fatal(errs)
	}
	if _, errs, status := atrio(t, "statistics", "2026-W10", "-c", config, "--out", t.TempDir()); status != 1 || !strings.Contains(errs, "sealing.keys") {
		t.Errorf("on a machine without keys: %s", errs)
	}
	keysOf(t, config)
	dir := t.TempDir()
	for args, want := range map[string]string{"2026-W60": "no such week", "2026-10": "no week", "9999-W01": "not over"} {
		if _, errs, status := atrio(t, "statistics", args, "-c", config, "--out", dir); status != 1 || !strings.Contains(errs, want) {
			t.Errorf("%s: %d, %s", args, status, errs)
		}
	}
	out, errs, status := atrio(t, "statistics", "2020-W10", "-c", config, "--out", dir)
	if status != 0 || !strings.Contains(errs, "IDP1 may count too few") || !strings.Contains(errs, "30 days") || !strings.Contains(out, "IDP1-2020-W10.csv: 0 records") || !strings.Contains(out, "IDP2-2020-W10.csv: 0 records") {
		t.Fatal(out, errs)
	}
	path := filepath.Join(dir, "IDP1-2020-W10.csv")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v", err)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(text), "ID;IdentityProvider;IdentityCode;Day;") {
		t.Errorf("%s, %v", text, err)
	}
	if _, errs, status := atrio(t, "statistics", "2020-W10", "-c", config, "--out", dir); status != 1 || !strings.Contains(errs, "exists") {
		t.Errorf("written over: %s", errs)
	}
	if out, errs, status := atrio(t, "statistics", "2020-Q1", "-c", config, "--out", dir); status != 0 || errs != "" || !strings.Contains(out, "IDP4-2020-Q1.csv: 0 records") {
		t.Error(out, errs)
	}
}

// keysOf makes the keys of the provider, as its first start does.
func keysOf(t *testing.T, config string) {
	t.Helper()
	store, err := keys.Open(filepath.Join(filepath.Dir(config), "keys-idp"), "idp")
	if err == nil {
		_, err = store.Keyring()
	}
	if err != nil {
		t.Fatal(err)
	}
}
