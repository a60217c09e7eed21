package studio

import (
	"io"
	"math/bits"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/transport/v4/packetio"
)

// Limits of what a connection makes us keep and send. Its peer holds the keys: nothing of
// what it sends is more trustworthy for being encrypted.
const (
	// maxSources is of how many senders a connection may speak. Two streams and their
	// reports are a handful; each that is named costs a table for the life of the connection.
	maxSources = 64
	// sourceBuffer is what waits of one of them, in bytes.
	sourceBuffer = 512 << 10
	// maxReports a second, and maxResends that they may ask for: one report may ask for
	// thousands of packets.
	maxReports = 200
	maxResends = 1000
)

// sources counts those of whom a connection speaks, and gives each a buffer.
type sources struct {
	count atomic.Int32
	once  sync.Once
	// beyond is called once, when there are too many.
	beyond func()
}

// buffer is webrtc's BufferFactory.
func (s *sources) buffer(packetio.BufferPacketType, uint32) io.ReadWriteCloser {
	if s.count.Add(1) > maxSources {
		s.once.Do(func() { go s.beyond() })
		return nowhere{}
	}
	b := packetio.NewBuffer()
	b.SetLimitSize(sourceBuffer)
	return b
}

// nowhere takes everything and keeps nothing.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Read([]byte) (int, error)    { return 0, io.EOF }
func (nowhere) Close() error                { return nil }

// sieves makes a sieve for each connection. It stands before everything that acts on reports.
type sieves struct{ elapsed func() time.Duration }

func (s sieves) NewInterceptor(string) (interceptor.Interceptor, error) {
	now := s.elapsed()
	return &sieve{elapsed: s.elapsed, reports: newBucket(maxReports, 2*maxReports, now), resends: newBucket(maxResends, 2*maxResends, now)}, nil
}

// sieve drops reports that come too fast, ask for too much or cannot be read.
type sieve struct {
	interceptor.NoOp
	elapsed func() time.Duration

	mu               sync.Mutex
	reports, resends bucket
}

// BindRTCPReader is the sieve's place. RFC 4585 6.2.1
func (s *sieve) BindRTCPReader(reader interceptor.RTCPReader) interceptor.RTCPReader {
	return interceptor.RTCPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		for {
			n, attributes, err := reader.Read(b, a)
			if err != nil {
				return n, attributes, err
			}
			if attributes == nil {
				attributes = interceptor.Attributes{}
			}
			if all, err := attributes.GetRTCPPackets(b[:n]); err == nil && s.take(all) {
				return n, attributes, nil
			}
			a = interceptor.Attributes{} // it holds what was read
		}
	})
}

func (s *sieve) take(all []rtcp.Packet) bool {
	asked := 0
	for _, one := range all {
		if nack, ok := one.(*rtcp.TransportLayerNack); ok {
			for _, pair := range nack.Nacks {
				asked += 1 + bits.OnesCount16(uint16(pair.LostPackets))
			}
		}
	}
	now := s.elapsed()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reports.take(1, now) && s.resends.take(float64(asked), now)
}
