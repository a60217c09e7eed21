package waylink

import (
	"strings"
	"testing"

	"atrio/base/seal"
)

func TestALinkDoesOneThingToOneChangeOfOneMatter(t *testing.T) {
	ring := seal.NewKeyring("gateway", seal.Key{ID: "1", Secret: [32]byte{1}})
	links := Links{Keyring: ring, Matter: "factor.reset", URL: "https://login.example.it/reset"}
	id := strings.Repeat("ab", 16)
	for _, k := range []Kind{Stop, Finish} {
		address := links.Address(id, k)
		token, ours := strings.CutPrefix(address, "https://login.example.it/reset?token=")
		if got, kind := links.Read(token); !ours || got != id || kind != k {
			t.Errorf("%s is read as %q, %q", address, got, kind)
		}
		other := Links{Keyring: ring, Matter: "mailbox.change"}
		for _, bad := range []string{"", ".", id, id + ".", token + "0", token[:len(token)-1], strings.Replace(token, "ab", "cd", 1), strings.ToUpper(token)} {
			if got, kind := links.Read(bad); got != "" || kind != "" {
				t.Errorf("%q is read as %q, %q", bad, got, kind)
			}
		}
		if got, _ := other.Read(token); got != "" {
			t.Error("a token of one matter is good for another")
		}
	}
}
