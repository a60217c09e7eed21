package app

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atrio/app/metadatacmd"
)

// Our own metadata break no rule, as printed and as fetched; what breaks one says which,
// where, and what to do.
func TestMetadataAreJudgedFromAFileAndFromAnAddress(t *testing.T) {
	config := configuration(t, nil)
	document, errs, status := atrio(t, "metadata", "gateway", "-c", config)
	if status != 0 {
		t.Fatal(errs)
	}
	path := filepath.Join(t.TempDir(), "metadata.xml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(document)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(document)) }))
	defer server.Close()
	for _, source := range []string{path, server.URL} {
		if out, errs, status := atrio(t, "metadata", "check", source); status != 0 || !strings.Contains(out, "judged as spid-sp-public") || !strings.Contains(out, "0 errors, 0 warnings") {
			t.Errorf("%s: status %d\n%s%s", source, status, out, errs)
		}
	}
	write(strings.Replace(document, `index="0" isDefault="true"`, `index="7" isDefault="true"`, 1))
	out, errs, status := atrio(t, "metadata", "check", path)
	if status != 1 || !strings.Contains(out, "consumer-default (SPID-RT metadata)") || !strings.Contains(out, "signature-valid") || !strings.Contains(errs, "breaks the rules in 2 places") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	out, _, status = atrio(t, "metadata", "check", path, "--json", "--profile", "spid-sp-private")
	var report struct {
		Profile  string
		Errors   int
		Findings []struct{ Rule, Where, Advice string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || status != 1 || report.Profile != "spid-sp-private" || report.Errors != len(report.Findings) || report.Errors < 5 {
		t.Errorf("status %d %v %+v", status, err, report)
	}
}

func TestWhatCannotBeJudgedIsSaidAndLeavesNoTraceOnTheTerminal(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, says string }{
		"no XML":      {"hello", "rules:"},
		"a DTD":       {`<!DOCTYPE a [<!ENTITY b "c">]><a/>`, "rules:"},
		"another":     {`<a xmlns="urn:b"/>`, "one EntityDescriptor"},
		"a huge file": {strings.Repeat(" ", metadatacmd.MaxJudged+1), "larger than"},
	} {
		path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, errs, status := atrio(t, "metadata", "check", path); status != 1 || out != "" || !strings.Contains(errs, c.says) {
			t.Errorf("%s: status %d %s%s", name, status, out, errs)
		}
	}
	if got := metadatacmd.Printable("a\x1b[31mb\u0085c\x07"); got != "a[31mbc" {
		t.Errorf("a terminal is steered by %q", got)
	}
	if _, errs, status := atrio(t, "metadata", "check"); status != 1 || !strings.Contains(errs, "name a file") {
		t.Errorf("without a source: %d %s", status, errs)
	}
	if out, _, status := atrio(t, "metadata", "check", "--rules", "--profile", "cie-sp-private"); status != 0 || !strings.Contains(out, "cie-trade") || strings.Contains(out, "entity-id-code") {
		t.Errorf("the rules of a profile: %d\n%s", status, out)
	}
}
