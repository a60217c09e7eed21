package life

import "testing"

// A38
func TestReceiversThatAreOneMailboxShareTheirLimit(t *testing.T) {
	for _, same := range []string{"ada@example.org", " Ada@Example.org", "ada+spid@example.org", "ADA+1+2@example.org", "\uff41da@example.org"} {
		if got := receiver(same); got != "ada@example.org" {
			t.Errorf("%q counts as %q", same, got)
		}
	}
	if receiver("+39 333") == receiver("+39 334") || receiver("ada@example.org") == receiver("ida@example.org") {
		t.Error("different receivers are one")
	}
}
