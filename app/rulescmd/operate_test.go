package rulescmd

import (
	"os"
	"strings"
	"testing"
)

// expect runs a command line and looks for texts in what it prints.
func expect(t *testing.T, args []string, want ...string) {
	t.Helper()
	out, err := rules(t, args...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	out = strings.Join(strings.Fields(out), " ")
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("%v: %q is missing in\n%s", args, w, out)
		}
	}
}

func refused(t *testing.T, want string, args ...string) {
	t.Helper()
	if out, err := rules(t, args...); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v: %v %s", args, err, out)
	}
}

// G2.3: the operator opens for all, and closes again.
func TestTheOperatorOpensWhileADoorIsDown(t *testing.T) {
	path, _ := installed(t)
	local := []string{"explain", "-c", path, "--person", code, "--service", "segreteria", "--door", "local", "--second-factor", "--reason", "ticket 42"}
	expect(t, local, "outcome: use_federated")
	refused(t, "at most", "open", "-c", path, "--for", "73h", "--reason", "guasto")
	refused(t, "at most", "open", "-c", path, "--for", "x", "--reason", "guasto")
	refused(t, "say why", "open", "-c", path, "--for", "4h", "--reason", "")
	expect(t, []string{"open", "-c", path, "--for", "4h", "--reason", "guasto"}, "open to all until")
	expect(t, local, "outage-opening lifts", "outcome: enter until")
	expect(t, []string{"close", "-c", path, "--reason", "passato"}, "closed")
	expect(t, []string{"close", "-c", path, "--reason", "passato"}, "nothing was open")
	expect(t, local, "outcome: use_federated")
	without(t, path, "outage-opening")
	refused(t, "no act", "open", "-c", path, "--for", "4h", "--reason", "guasto")
}

// G2.3: the help desk opens a period, counts, reviews with reason and contact.
func TestTheHelpDeskLooksAfterDeclarations(t *testing.T) {
	path, d := installed(t)
	desk := func(args ...string) []string {
		return append(append([]string{"declarations"}, args...), "-c", path, "--reason", "ticket 42")
	}
	expect(t, desk(), "document 0 0 0")
	expect(t, desk("extend", "--person", code, "--for", "document"), "valid until")
	refused(t, "still holds", desk("extend", "--person", code, "--for", "document")...)
	expect(t, desk(), "document 1 1 0")
	expect(t, desk("list", "--person", code), "1 document by desk made")
	expect(t, []string{"explain", "-c", path, "--person", code, "--service", "segreteria", "--door", "local", "--second-factor", "--reason", "x"},
		"declaration: active until", "declaration lifts has a valid declaration", "outcome: enter until")
	expect(t, desk("withdraw", "--person", code, "--because", "La carta risulta valida", "--contact", "segreteria@example.it"), "withdrawn")
	refused(t, "no_declaration", desk("withdraw", "--person", code, "--because", "x", "--contact", "y")...)
	expect(t, desk(), "document 1 0 1")
	expect(t, desk("list", "--person", code), "withdrawn on")
	expect(t, []string{"explain", "-c", path, "--person", code, "--service", "segreteria", "--door", "local", "--second-factor", "--reason", "x"},
		"outcome: use_federated", "ways on: [cie spid citizenship login help]")
	var mails int
	err := d.Read().QueryRowContext(t.Context(), `SELECT count(*) FROM outbox WHERE body LIKE '%La carta risulta valida%segreteria@example.it%'`).Scan(&mails)
	if err != nil || mails != 1 {
		t.Errorf("%d mails, %v", mails, err)
	}
	for want, args := range map[string][]string{
		"write one of":         {"extend", "--person", code, "--for", "weather"},
		"not a Codice Persona": {"extend", "--person", "1", "--for", "device"},
		"no account has":       {"withdraw", "--person", free, "--because", "x", "--contact", "y"},
		"the person reads":     {"withdraw", "--person", code, "--because", strings.Repeat("x", 501), "--contact", "y"},
	} {
		refused(t, want, desk(args...)...)
	}
	without(t, path, "declaration")
	refused(t, "no act", desk("extend", "--person", code, "--for", "document")...)
}

// without takes a decision out of the configuration.
func without(t *testing.T, path, rule string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "[[gateway.decision]]")
	kept := parts[:1]
	for _, p := range parts[1:] {
		if !strings.Contains(p, `rule = "`+rule+`"`) {
			kept = append(kept, "[[gateway.decision]]"+p)
		} else if _, after, ok := strings.Cut(p, "[[gateway.service]]"); ok {
			kept = append(kept, "[[gateway.service]]"+after)
		}
	}
	if err := os.WriteFile(path, []byte(strings.Join(kept, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}
