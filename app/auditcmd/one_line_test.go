package auditcmd

import "testing"

func TestForeignTextNeitherForgesLinesNorSteersATerminal(t *testing.T) {
	for value, want := range map[string]string{
		"_a1b2": "_a1b2", "Nicolò D’Amico": "Nicolò D’Amico",
		"_a\n2026-11-28T08:00:00Z  accepted": `"_a\n2026-11-28T08:00:00Z  accepted"`,
		"\u009b2J":                           `"\u009b2J"`, "a\tb": `"a\tb"`,
	} {
		if got := oneLine(value); got != want {
			t.Errorf("%q becomes %s", value, got)
		}
	}
}
