package web

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/base/seal"
)

func TestTheNetworkOfAnAddress(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::/64",
	} {
		if got := ClientNetwork(netip.MustParseAddr(address)); got != want {
			t.Errorf("ClientNetwork(%s) = %s", address, got)
		}
	}
}

func TestRequestsOfOneAddressAreCounted(t *testing.T) {
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	limiter := &ratelimit.Limiter{
		Store: ratelimit.NewMemory(), Keyring: seal.NewKeyring("test", seal.Key{ID: "k", Secret: [32]byte{1}}), Now: func() time.Time { return now },
	}
	served := 0
	h := PerAddress(limiter, ratelimit.Limit{Name: "x", Burst: 2, Per: time.Minute})(func(http.ResponseWriter, *http.Request) error {
		served++
		return nil
	})
	var last error
	for range 5 {
		last = h(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil))
	}
	if served != 2 || !fault.Is(last, fault.TooMany) {
		t.Errorf("%d served, last answer %v", served, last)
	}
}
