// Package studiotest has what a browser is to the studio: a connection that offers sound
// and picture, and footage to send over it. For tests and benchmarks.
package studiotest

import (
	"context"
	"math"
	"net"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// Client is a browser, as far as the studio sees one. Close it.
type Client struct {
	*webrtc.PeerConnection
	audio, video *webrtc.TrackLocalStaticSample
	connected    chan struct{}

	mu  sync.Mutex
	got map[string]int
}

// New makes a client that speaks over loopback alone.
func New() (*Client, error) {
	var e webrtc.SettingEngine
	e.SetIncludeLoopbackCandidate(true)
	e.SetIPFilter(net.IP.IsLoopback)
	e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	conn, err := webrtc.NewAPI(webrtc.WithSettingEngine(e)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	c := &Client{PeerConnection: conn, connected: make(chan struct{}), got: map[string]int{}}
	if c.audio, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "a", "s"); err != nil {
		return nil, err
	}
	if c.video, err = webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "v", "s"); err != nil {
		return nil, err
	}
	for _, track := range []webrtc.TrackLocal{c.audio, c.video} {
		sender, err := conn.AddTrack(track)
		if err != nil {
			return nil, err
		}
		go drain(sender)
	}
	var once sync.Once
	conn.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(c.connected) })
		}
	})
	conn.OnTrack(c.receive)
	return c, nil
}

// drain lets the connection see what the other side reports.
func drain(sender *webrtc.RTPSender) {
	for buf := make([]byte, 1500); ; {
		if _, _, err := sender.Read(buf); err != nil {
			return
		}
	}
}

func (c *Client) receive(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	for {
		if _, _, err := track.ReadRTP(); err != nil {
			return
		}
		c.mu.Lock()
		c.got[track.Kind().String()]++
		c.mu.Unlock()
	}
}

// Got is how many packets of the other side came: of sound and of picture.
func (c *Client) Got() (audio, video int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got["audio"], c.got["video"]
}

// Offer proposes, with all candidates.
func (c *Client) Offer() (string, error) {
	offer, err := c.CreateOffer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(c.PeerConnection)
	if err := c.SetLocalDescription(offer); err != nil {
		return "", err
	}
	<-gathered
	return c.LocalDescription().SDP, nil
}

// Enter takes the answer and waits until the connection stands.
func (c *Client) Enter(ctx context.Context, answer string) error {
	if err := c.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		return err
	}
	select {
	case <-c.connected:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const step = 20 * time.Millisecond // of sound; a picture is two

// Play sends footage over and over, at its own speed, for that long.
func (c *Client) Play(f Footage, length time.Duration) error {
	return c.send(nil, f, int(length/step))
}

// Roll does so until it is told to stop.
func (c *Client) Roll(stop <-chan struct{}, f Footage) error {
	return c.send(stop, f, math.MaxInt)
}

func (c *Client) send(stop <-chan struct{}, f Footage, steps int) error {
	tick := time.NewTicker(step)
	defer tick.Stop()
	begun := time.Now()
	for n := 0; n < steps; {
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
		for due := int(time.Since(begun) / step); n <= due && n < steps; n++ { // a busy machine skips ticks
			if err := c.audio.WriteSample(media.Sample{Data: f.Sounds[n%len(f.Sounds)], Duration: step}); err != nil {
				return err
			}
			if n%2 == 1 || len(f.Pictures) == 0 {
				continue
			}
			if err := c.video.WriteSample(media.Sample{Data: f.Pictures[n/2%len(f.Pictures)], Duration: 2 * step}); err != nil {
				return err
			}
		}
	}
	return nil
}
