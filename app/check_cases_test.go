package app

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"atrio/app/evidence"
	"atrio/federation/spid/spidcases"
)

// casesStage is a demonstration that trusts the provider for tests at both doors.
func casesStage(t *testing.T) (gateway, providerKeys, dir string) {
	t.Helper()
	dir = t.TempDir()
	providerKeys = filepath.Join(dir, "provider-keys")
	document, errs, status := atrio(t, "check", "spid", "--provider-metadata", "--provider-keys", providerKeys)
	if status != 0 || !strings.Contains(document, spidcases.EntityID) {
		t.Fatalf("status %d, %s", status, errs)
	}
	metadata, over := filepath.Join(dir, "provider.xml"), filepath.Join(dir, "over.toml")
	for path, text := range map[string]string{metadata: document, over: fmt.Sprintf("[gateway.spid]\nvalidator = true\n[[gateway.spid.providers]]\nmetadata_file = %q\n[[gateway.cie.providers]]\nmetadata_file = %q\n", metadata, metadata)} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	base, _, _ := startDemo(t, filepath.Join(dir, "demo"), "--config", over)
	return fmt.Sprintf("http://localhost:%d", base), providerKeys, dir
}

// program is a stand-in for Chromium: it writes down that it was asked for a picture.
func program(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "draw")
	script := "#!/bin/sh\nfor a; do case $a in --screenshot=*) out=${a#--screenshot=};; http*) page=$a;; esac; done\nprintf '%s' \"$page\" >\"$out\"\n"
	if err := os.WriteFile(path, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// One demonstration serves all: it takes its time to start.
func TestCheckPlaysEveryCaseAgainstTheRunningGateway(t *testing.T) {
	gateway, providerKeys, dir := casesStage(t)
	t.Run("spid", func(t *testing.T) { playSPID(t, gateway, providerKeys, dir) })
	t.Run("cie", func(t *testing.T) { playCIE(t, gateway, providerKeys, dir) })
	t.Run("another key", func(t *testing.T) { playWithAnotherKey(t, gateway, dir) })
}

func playSPID(t *testing.T, gateway, providerKeys, dir string) {
	kept := filepath.Join(dir, "evidence-spid")
	out, errs, status := atrio(t, "check", "spid", "--url", gateway, "--provider-keys", providerKeys, "--evidence", kept, "--chromium", program(t, dir))
	if status != 0 || !strings.Contains(out, "0 otherwise than expected") {
		t.Fatalf("status %d, %s%s", status, out, errs)
	}
	report := readReport(t, kept)
	if report.Played != len(spidcases.SPID())+1 || // and the logout
		report.Differing != 0 || report.Service != gateway {
		t.Errorf("played %d, differing %d, service %s", report.Played, report.Differing, report.Service)
	}
	references := map[string]bool{}
	for _, c := range report.Cases {
		files := []string{"request.xml", "response.xml", "page.html", "meta.json"}
		if c.Expected.Anomaly != 0 {
			files = append(files, "page.en.html")
		}
		for _, file := range files {
			if info, err := os.Stat(filepath.Join(kept, "cases", c.ID, file)); err != nil || info.Size() == 0 {
				t.Errorf("%s/%s: %v", c.ID, file, err)
			}
		}
		if c.Expected.Accepted == (c.Got.Reference != "") || references[c.Got.Reference] && c.Got.Reference != "" {
			t.Errorf("%s: reference %q", c.ID, c.Got.Reference)
		}
		references[c.Got.Reference] = true
	}
	for _, id := range evidence.SPID().Wanted {
		if _, err := os.Stat(filepath.Join(kept, "cases", id, "page.png")); err != nil {
			t.Error(err)
		}
	}
	readable(t, kept)
}

func playCIE(t *testing.T, gateway, providerKeys, dir string) {
	kept := filepath.Join(dir, "evidence-cie")
	out, errs, status := atrio(t, "check", "cie", "--url", gateway, "--provider-keys", providerKeys, "--evidence", kept, "--chromium", program(t, dir))
	if status != 0 || !strings.Contains(out, "0 otherwise than expected") {
		t.Fatalf("status %d, %s%s", status, out, errs)
	}
	report := readReport(t, kept)
	if report.Played != len(spidcases.CIE()) || report.Differing != 0 || report.World != "CIE" {
		t.Errorf("played %d, differing %d, %s", report.Played, report.Differing, report.World)
	}
	for _, id := range evidence.CIE().Wanted { // the screens that the portal of CIE asks for
		if _, err := os.Stat(filepath.Join(kept, "cases", id, "page.png")); err != nil {
			t.Error(err)
		}
	}
}

// readable looks at what people are given: nothing of it needs the net.
func readable(t *testing.T, kept string) {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(kept, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(kept, "cases", "104", "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(index), "<tr") != len(spidcases.SPID())+2 || !strings.Contains(string(page), "Troppi tentativi con credenziali errate") {
		t.Error("rows or words are missing")
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(string(index), -1) {
		if strings.HasPrefix(m[1], "#") {
			continue
		}
		if _, err := os.Stat(filepath.Join(kept, m[1])); err != nil {
			t.Errorf("the index names %s: %v", m[1], err)
		}
	}
	sheet := regexp.MustCompile(`rel="stylesheet" href="(\.\./\.\./site/[^"]+)"`).FindStringSubmatch(string(page))
	if sheet == nil {
		t.Fatal("the page has lost its style sheet")
	}
	if _, err := os.Stat(filepath.Join(kept, "cases", "104", sheet[1])); err != nil {
		t.Error(err)
	}
}

func readReport(t *testing.T, kept string) (report evidence.Report) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(kept, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// A key that the gateway does not know cannot pass for the provider, and the command
// says so by its status.
func playWithAnotherKey(t *testing.T, gateway, dir string) {
	kept := filepath.Join(dir, "evidence-other")
	out, errs, status := atrio(t, "check", "spid", "--url", gateway, "--provider-keys", filepath.Join(dir, "other-keys"), "--evidence", kept, "--only", "1,2", "--screenshots", "none")
	if status != 1 || !strings.Contains(out, "1: refused with 403, must be accepted") || !strings.Contains(errs, "1 of 2 cases") {
		t.Errorf("status %d, %s%s", status, out, errs)
	}
	if report := readReport(t, kept); report.Played != 2 || report.Differing != 1 || report.Cases[0].Same() || !report.Cases[1].Same() {
		t.Errorf("%+v", report)
	}
}

func TestCheckCasesSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing to do":   {nil, "--evidence"},
		"no such case":    {[]string{"--evidence", filepath.Join(dir, "a"), "--url", "http://127.0.0.1:1", "--only", "114"}, `no case "114"`},
		"no address":      {[]string{"--evidence", filepath.Join(dir, "b"), "--url", "login.example.it"}, "not the address of a gateway"},
		"nobody answers":  {[]string{"--evidence", filepath.Join(dir, "c"), "--url", "http://127.0.0.1:1"}, "refused"},
		"a full house":    {[]string{"--evidence", dir, "--url", "http://127.0.0.1:1"}, "is not empty"},
		"no such CA":      {[]string{"--evidence", filepath.Join(dir, "d"), "--url", "http://127.0.0.1:1", "--ca", filepath.Join(dir, "none.pem")}, "none.pem"},
		"no key":          {[]string{"--evidence", filepath.Join(dir, "e"), "--url", "http://127.0.0.1:1", "--provider-keys", ""}, "--provider-keys"},
		"nothing to read": {[]string{"--evidence", filepath.Join(dir, "f"), "--config", filepath.Join(dir, "none.toml")}, "none.toml"},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"check", "spid", "--provider-keys", filepath.Join(dir, "keys")}, c.args...)
			if _, errs, status := atrio(t, args...); status != 1 || !strings.Contains(errs, c.want) {
				t.Errorf("status %d, %s", status, errs)
			}
		})
	}
}
