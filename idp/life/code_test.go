package life

import (
	"context"
	"slices"
	"testing"
	"time"

	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
)

// sent keeps what was to be sent.
type sent struct {
	Codes
	last Sending
}

func (s *sent) SendIdentityCode(_ context.Context, m Sending) (time.Duration, error) {
	s.last = m
	return 0, nil
}

// Whoever asks for codes without signing in takes none of another channel or purpose away.
func TestEachPurposeAndChannelHasItsOwnLimits(t *testing.T) {
	store, ring := &sent{}, seal.NewKeyring("idp", seal.Key{ID: "k1", Secret: [32]byte{1}})
	d := CodeDesk{Store: store, Keyring: ring, Limiter: &ratelimit.Limiter{Keyring: ring}, Now: func() time.Time { return start }}
	var seen []string
	for _, purpose := range []string{ToStop + "sms", ToStop + "mail", ToMail, ToPhone, ToPEC} {
		_, err := d.Send(t.Context(), Letter{Identity: "h", Purpose: purpose, From: "192.0.2.1", Message: func(string, int) notify.Message { return notify.Message{To: "ada@example.org"} }})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range store.last.Caps {
			if slices.Contains(seen, b.Key) {
				t.Errorf("%s shares a limit", purpose)
			}
			seen = append(seen, b.Key)
		}
	}
}

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
