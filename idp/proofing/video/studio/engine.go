package studio

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// Times of a connection.
const (
	quiet  = 5 * time.Second  // without a sign of life a side counts as away
	gone   = 20 * time.Second // and its connection is given up
	gather = 5 * time.Second
)

const socketBuffer = 2 << 20 // bytes

// engine is what all connections share: the port and what may be spoken on it.
type engine struct {
	settings     webrtc.SettingEngine
	media        *webrtc.MediaEngine
	interceptors *interceptor.Registry
	conn         *net.UDPConn
	mux          io.Closer
}

// connection makes one, with bounds of its own.
func (e *engine) connection(bounds *sources) (*webrtc.PeerConnection, error) {
	settings := e.settings
	settings.BufferFactory = bounds.buffer
	api := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(e.media), webrtc.WithInterceptorRegistry(e.interceptors))
	return api.NewPeerConnection(webrtc.Configuration{})
}

// epoch is where the clock begins that the studio tells its peers.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// start opens the port at the first join: a program that holds no session pays nothing.
// The caller holds s.mu.
func (s *Studio) start() (*engine, error) {
	if s.engine != nil {
		return s.engine, nil
	}
	at, err := netip.ParseAddrPort(s.Config.UDP)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	// A key frame comes as a burst. As much as the system allows: net.core.rmem_max.
	_ = conn.SetReadBuffer(socketBuffer)
	_ = conn.SetWriteBuffer(socketBuffer)
	logs := logging.NewDefaultLoggerFactory()
	logs.Writer, logs.DefaultLogLevel, logs.ScopeLevels = io.Discard, logging.LogLevelDisabled, nil
	mux := webrtc.NewICEUDPMux(logs.NewLogger("ice"), conn)
	settings, err := s.settings(at.Addr())
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	settings.LoggerFactory = logs
	settings.SetICEUDPMux(mux)
	media, interceptors, err := s.media(logs)
	if err != nil {
		return nil, errors.Join(err, mux.Close(), conn.Close())
	}
	s.engine = &engine{settings: settings, media: media, interceptors: interceptors, conn: conn, mux: mux}
	return s.engine, nil
}

func (s *Studio) settings(at netip.Addr) (webrtc.SettingEngine, error) {
	var e webrtc.SettingEngine
	// ICE lite: it answers checks and sends none, so nobody makes it knock at addresses
	// that stand in an offer. RFC 8445 2.5
	e.SetLite(true)
	network := webrtc.NetworkTypeUDP4
	if at.Is6() && !at.Is4In6() {
		network = webrtc.NetworkTypeUDP6
	}
	e.SetNetworkTypes([]webrtc.NetworkType{network})
	e.SetIncludeLoopbackCandidate(at.IsLoopback()) // only where the configuration names it
	e.SetICEMulticastDNSMode(0)
	e.SetICETimeouts(quiet, gone, 2*time.Second)
	if s.Config.Public == "" {
		return e, nil
	}
	return e, e.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
		External: []string{s.Config.Public}, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
	})
}

// media is what may be spoken: Opus and VP8, with what repairs and measures them.
func (s *Studio) media(logs logging.LoggerFactory) (*webrtc.MediaEngine, *interceptor.Registry, error) {
	m, i := &webrtc.MediaEngine{}, &interceptor.Registry{}
	i.Add(sieves{s.elapsed}) // first, so that it reads first
	faults := []error{
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: audioRate, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1",
		}}, webrtc.RTPCodecTypeAudio),
		m.RegisterCodec(webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: videoRate, RTCPFeedback: []webrtc.RTCPFeedback{{Type: "ccm", Parameter: "fir"}},
		}}, webrtc.RTPCodecTypeVideo),
		m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.SDESMidURI}, webrtc.RTPCodecTypeVideo),
		m.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.SDESMidURI}, webrtc.RTPCodecTypeAudio),
		webrtc.ConfigureNack(m, i),
		webrtc.ConfigureTWCCSender(m, i),
	}
	receiver, err := report.NewReceiverInterceptor(report.WithReceiverLoggerFactory(logs))
	faults = append(faults, err)
	sender, err := report.NewSenderInterceptor(report.WithSenderLoggerFactory(logs), report.SenderNow(s.wall))
	if err := errors.Join(append(faults, err)...); err != nil {
		return nil, nil, err
	}
	i.Add(receiver)
	i.Add(sender)
	return m, i, nil
}

// began is where the machine's clock counts from.
var began = time.Now()

func (s *Studio) elapsed() time.Duration {
	if s.Elapsed != nil {
		return s.Elapsed()
	}
	return time.Since(began) // a duration, not a date: the calendar may jump
}

// wall is the clock that peers are told; only differences of it mean something.
func (s *Studio) wall() time.Time { return epoch.Add(s.elapsed()) }

func (s *Studio) room(session string) (*room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[session]; r != nil {
		return r, nil
	}
	return nil, ErrUnknown
}

// live counts the sessions under way, and forgets those that ended long ago. The caller
// holds s.mu.
func (s *Studio) live() (n int) {
	now := s.elapsed()
	for session, r := range s.rooms {
		r.mu.Lock()
		switch {
		case !r.over:
			n++
		case now-r.overAt > remembered:
			delete(s.rooms, session)
		}
		r.mu.Unlock()
	}
	return n
}

func (s *Studio) forget(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.Session] == r {
		delete(s.rooms, r.Session)
	}
}

func (s *Studio) shut(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	rooms := make([]*room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	e := s.engine
	s.engine = nil
	s.mu.Unlock()
	var faults []error
	for _, r := range rooms {
		faults = append(faults, r.lose(ctx, reasonShutdown))
	}
	if e != nil {
		faults = append(faults, e.mux.Close())
		if err := e.conn.Close(); !errors.Is(err, net.ErrClosed) {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
