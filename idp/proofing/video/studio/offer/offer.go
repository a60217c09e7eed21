// Package offer reads what a browser proposes, strictly: sound and picture, one of each,
// in Opus and VP8, encrypted with keys from DTLS. What it gives on is written anew from
// what was checked. RFC 8866 (SDP), RFC 8827 6.5 (DTLS-SRTP), RFC 9429
package offer

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// Limits of an offer. Browsers send some 8 KB.
const (
	MaxBytes      = 32 << 10
	maxLine       = 2 << 10
	maxLines      = 700
	maxAttributes = 300 // of a medium
)

// Offer is what was checked.
type Offer struct {
	SDP         string
	Fingerprint string // of the certificate of the other side, "sha-256 AB:CD…"
	// Receives says that the other side also wants to see and hear.
	Receives bool
}

// ErrCodec: the browser does not offer what is recorded.
var ErrCodec = errors.New("offer: VP8 and Opus are needed")

var (
	fingerprintForm = regexp.MustCompile(`^(?i:sha-256) [0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}$`)
	opusForm        = regexp.MustCompile(`^[0-9]{1,3} (?i:opus)/48000/2$`)
	vp8Form         = regexp.MustCompile(`^[0-9]{1,3} (?i:VP8)/90000$`)
	numberForm      = regexp.MustCompile(`^[0-9]{1,3}$`)
	credentialForm  = regexp.MustCompile(`^[A-Za-z0-9+/=_-]{4,256}$`)
)

// Parse checks an offer.
func Parse(text string) (Offer, error) {
	if err := lines(text); err != nil {
		return Offer{}, err
	}
	var s sdp.SessionDescription
	if err := s.UnmarshalString(text); err != nil {
		return Offer{}, fmt.Errorf("offer: %w", err)
	}
	o, err := check(&s)
	if err != nil {
		return Offer{}, err
	}
	// The studio answers checks of the other side and begins none: it is never made to
	// send packets to addresses that somebody wrote down.
	strip(&s.Attributes)
	for _, m := range s.MediaDescriptions {
		strip(&m.Attributes)
	}
	out, err := s.Marshal()
	if err != nil {
		return Offer{}, fmt.Errorf("offer: %w", err)
	}
	o.SDP = string(out)
	return o, nil
}

func lines(text string) error {
	if len(text) > MaxBytes {
		return fmt.Errorf("offer: more than %d bytes", MaxBytes)
	}
	all := strings.Split(text, "\n")
	if len(all) > maxLines {
		return fmt.Errorf("offer: more than %d lines", maxLines)
	}
	for _, l := range all {
		l = strings.TrimSuffix(l, "\r")
		if l != "" && (len(l) < 2 || l[0] < 'a' || l[0] > 'z' || l[1] != '=') {
			return errors.New("offer: a line that is none of SDP")
		}
		if len(l) > maxLine {
			return fmt.Errorf("offer: a line of more than %d bytes", maxLine)
		}
		for _, c := range []byte(l) {
			if c < 0x20 || c > 0x7E {
				return errors.New("offer: other than printable ASCII")
			}
		}
	}
	return nil
}

func check(s *sdp.SessionDescription) (o Offer, err error) {
	if len(s.MediaDescriptions) != 2 { // what is said is recorded: no data goes beside
		return Offer{}, errors.New("offer: sound and picture, and nothing else")
	}
	seen := map[string]int{}
	for _, m := range s.MediaDescriptions {
		kind := m.MediaName.Media
		if seen[kind]++; seen[kind] > 1 {
			return Offer{}, fmt.Errorf("offer: two of %q", kind)
		}
		if len(m.Attributes) > maxAttributes || m.MediaName.Port.Value == 0 {
			return Offer{}, errors.New("offer: a medium that is off, or with too many attributes")
		}
		switch kind {
		case "audio", "video":
			err = stream(s, m, &o)
		default:
			err = fmt.Errorf("offer: a medium %q", kind)
		}
		if err == nil {
			err = transport(s, m, &o)
		}
		if err != nil {
			return Offer{}, err
		}
	}
	if seen["audio"] != 1 || seen["video"] != 1 {
		return Offer{}, errors.New("offer: sound and picture are needed")
	}
	return o, nil
}

// forbidden attributes: keys in clear, several pictures in one stream.
var forbidden = []string{"crypto", "simulcast", "rid", "ice-lite"}

// transport checks how a medium is carried: with DTLS, and one certificate for all.
func transport(s *sdp.SessionDescription, m *sdp.MediaDescription, o *Offer) error {
	all := slices.Concat(s.Attributes, m.Attributes)
	found := ""
	for _, a := range all {
		switch {
		case slices.Contains(forbidden, a.Key):
			return fmt.Errorf("offer: an attribute %q", a.Key)
		case a.Key == "fingerprint":
			if !fingerprintForm.MatchString(a.Value) || found != "" && !strings.EqualFold(found, a.Value) {
				return errors.New("offer: one certificate, by SHA-256")
			}
			found = a.Value
		case a.Key == "ice-ufrag" || a.Key == "ice-pwd":
			if !credentialForm.MatchString(a.Value) {
				return errors.New("offer: " + a.Key)
			}
		case a.Key == "setup" && a.Value != "actpass" && a.Value != "active":
			return errors.New("offer: setup")
		}
	}
	if found == "" || o.Fingerprint != "" && !strings.EqualFold(o.Fingerprint, found) {
		return errors.New("offer: one certificate, by SHA-256")
	}
	o.Fingerprint = found
	return nil
}

func stream(s *sdp.SessionDescription, m *sdp.MediaDescription, o *Offer) error {
	if got := strings.Join(m.MediaName.Protos, "/"); got != "UDP/TLS/RTP/SAVPF" {
		return fmt.Errorf("offer: carried by %q", got)
	}
	if !formats(m, numberForm) {
		return errors.New("offer: a format that is no number")
	}
	want := opusForm
	if m.MediaName.Media == "video" {
		want = vp8Form
	}
	if !slices.ContainsFunc(m.Attributes, func(a sdp.Attribute) bool { return a.Key == "rtpmap" && want.MatchString(a.Value) }) {
		return ErrCodec
	}
	direction := "sendrecv"
	for _, a := range slices.Concat(s.Attributes, m.Attributes) {
		if a.Key == "sendrecv" || a.Key == "sendonly" || a.Key == "recvonly" || a.Key == "inactive" {
			direction = a.Key
		}
	}
	switch direction {
	case "sendrecv":
		o.Receives = true
	case "sendonly":
	default:
		return errors.New("offer: who only looks is not recorded")
	}
	if _, has := m.Attribute("rtcp-mux"); !has {
		return errors.New("offer: without rtcp-mux")
	}
	return nil
}

// formats says that all formats of a medium are of a form.
func formats(m *sdp.MediaDescription, form *regexp.Regexp) bool {
	return len(m.MediaName.Formats) > 0 && !slices.ContainsFunc(m.MediaName.Formats, func(f string) bool { return !form.MatchString(f) })
}

func strip(attributes *[]sdp.Attribute) {
	*attributes = slices.DeleteFunc(*attributes, func(a sdp.Attribute) bool {
		return a.Key == "candidate" || a.Key == "remote-candidates"
	})
}
