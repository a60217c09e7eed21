package studio

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
)

// reports gives the same report over and over.
type reports struct {
	raw  []byte
	left int
}

func (r *reports) Read(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
	if r.left == 0 {
		return 0, nil, io.EOF
	}
	r.left--
	return copy(b, r.raw), a, nil
}

// passes counts how many of some reports a sieve lets through within a moment.
func passes(t *testing.T, raw []byte, n int) (passed int) {
	t.Helper()
	one, err := sieves{func() time.Duration { return time.Second }}.NewInterceptor("")
	if err != nil {
		t.Fatal(err)
	}
	reader := one.BindRTCPReader(&reports{raw, n})
	for b := make([]byte, 1500); ; passed++ {
		if _, _, err := reader.Read(b, interceptor.Attributes{}); errors.Is(err, io.EOF) {
			return passed
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func marshalled(t *testing.T, all ...rtcp.Packet) []byte {
	t.Helper()
	raw, err := rtcp.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A browser that asks for everything again gets little of it: a report of 1,400 bytes may ask
// for 5,800 packets.
func TestReportsMakeTheStudioSendLittle(t *testing.T) {
	greedy := &rtcp.TransportLayerNack{MediaSSRC: 1}
	for n := range 50 {
		greedy.Nacks = append(greedy.Nacks, rtcp.NackPair{PacketID: uint16(17 * n), LostPackets: 0xFFFF})
	}
	if n := passes(t, marshalled(t, greedy), 100); n != 2*maxResends/850 {
		t.Errorf("%d reports that ask for 850 packets each", n)
	}
	usual := &rtcp.TransportLayerNack{MediaSSRC: 1, Nacks: []rtcp.NackPair{{PacketID: 7}}}
	if n := passes(t, marshalled(t, usual), 300); n != 300 {
		t.Errorf("%d of 300 usual reports", n)
	}
	if n := passes(t, marshalled(t, &rtcp.PictureLossIndication{MediaSSRC: 1}), 5000); n != 2*maxReports {
		t.Errorf("%d reports at once", n)
	}
	if n := passes(t, []byte{0x81, 206, 0xFF, 0xFF}, 10); n != 0 {
		t.Errorf("%d of what cannot be read", n)
	}
}
