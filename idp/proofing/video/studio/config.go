package studio

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"atrio/base/setting"
)

// Config is the section [idp.video] of the configuration, as far as media go.
type Config struct {
	// UDP is the address and port on which all media arrive: "192.0.2.10:40000". Video
	// sessions are off without it.
	UDP string `toml:"udp"`
	// Public is the address by which browsers reach UDP, where it is another: behind a
	// NAT that maps one to one.
	Public string `toml:"public"`
	// Servers help browsers in networks that let no UDP out: "turns:turn.example:443".
	// The studio itself asks no server.
	Servers []Server `toml:"servers"`
	// Rooms is how many sessions this node takes at once; 10 when 0.
	Rooms int `toml:"rooms"`
	// BitRate is what one side may send, in kbit/s of both streams; 2500 when 0.
	BitRate int `toml:"bit_rate"`
	// Segment is how much a crash may lose; "10s" when left out.
	Segment setting.Duration `toml:"segment"`
	// Lifetime is when a session ends in any case; "60m" when left out.
	Lifetime setting.Duration `toml:"lifetime"`
}

// Server is a STUN or TURN server for browsers. A TURN server has either a secret, which it
// shares with this program (use-auth-secret in coturn), or one user and password that every
// browser is told.
type Server struct {
	URL      string         `toml:"url"`
	User     string         `toml:"user"`
	Password setting.Secret `toml:"password"`
	Secret   setting.Secret `toml:"secret"`
}

// Configured says that there is a studio.
func (c Config) Configured() bool { return c.UDP != "" }

var serverForm = regexp.MustCompile(`^(stun|stuns|turn|turns):[A-Za-z0-9.\[\]:-]{1,200}(\?transport=(udp|tcp))?$`)

// Validate finds what is wrong without opening a port.
func (c Config) Validate() []error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf("video."+format, args...)) }
	if !c.Configured() {
		if c.Public != "" || len(c.Servers) > 0 {
			faults = append(faults, errors.New("video.udp: must be the address and port for media"))
		}
		return faults
	}
	at, err := netip.ParseAddrPort(c.UDP)
	if err != nil {
		fault(`udp: %q is no address with a port, such as "192.0.2.10:40000"`, c.UDP)
	}
	if _, err := netip.ParseAddr(c.Public); err != nil && c.Public != "" {
		fault("public: %q is no address", c.Public)
	}
	if err == nil && at.Addr().IsUnspecified() {
		fault("udp: must name the address of one interface")
	}
	for _, s := range c.Servers {
		if !serverForm.MatchString(s.URL) {
			fault("servers: %q is no STUN or TURN server", s.URL)
		}
		shared, own := s.Secret.Reveal() != "", s.User != "" && s.Password.Reveal() != ""
		if strings.HasPrefix(s.URL, "turn") && shared == own {
			fault("servers: %s needs a secret, or user and password", s.URL)
		}
	}
	if c.Rooms < 0 || c.Rooms > 200 {
		fault("rooms: from 1 to 200")
	}
	if c.BitRate != 0 && (c.BitRate < 300 || c.BitRate > 8000) {
		fault("bit_rate: from 300 to 8000 kbit/s")
	}
	if d := c.segment(); d < time.Second || d > 30*time.Second {
		fault(`segment: from "1s" to "30s"`)
	}
	if d := c.lifetime(); d < time.Minute || d > 4*time.Hour {
		fault(`lifetime: from "1m" to "4h"`)
	}
	return faults
}

// told is the one address that browsers learn. The configuration has been checked.
func (c Config) told() netip.Addr {
	if c.Public != "" {
		at, _ := netip.ParseAddr(c.Public)
		return at
	}
	at, _ := netip.ParseAddrPort(c.UDP)
	return at.Addr()
}

func (c Config) rooms() int {
	if c.Rooms == 0 {
		return 10
	}
	return c.Rooms
}

// Films is how many sessions without an operator this node takes at once: half of all, so
// that they keep no operator waiting.
func (c Config) Films() int { return max(1, c.rooms()/2) }

// bitRate is in bit/s.
func (c Config) bitRate() int {
	if c.BitRate == 0 {
		return 2_500_000
	}
	return c.BitRate * 1000
}

func (c Config) segment() time.Duration {
	if c.Segment == 0 {
		return 10 * time.Second
	}
	return time.Duration(c.Segment)
}

func (c Config) lifetime() time.Duration {
	if c.Lifetime == 0 {
		return time.Hour
	}
	return time.Duration(c.Lifetime)
}
