package offer

import (
	"errors"
	"fmt"

	"github.com/pion/sdp/v3"
)

// audioShare is what sound may take, in bit/s; the rest is for the picture.
const audioShare = 64_000

// Limit writes into our own answer how much the other side may send, and gives the
// fingerprint of our certificate. RFC 8866 5.8, RFC 3890
func Limit(answer string, bitRate int) (text, fingerprint string, err error) {
	var s sdp.SessionDescription
	if err := s.UnmarshalString(answer); err != nil {
		return "", "", fmt.Errorf("offer: our answer: %w", err)
	}
	for _, a := range s.Attributes {
		if a.Key == "fingerprint" {
			fingerprint = a.Value
		}
	}
	for _, m := range s.MediaDescriptions {
		rate := uint64(audioShare)
		switch m.MediaName.Media {
		case "audio":
		case "video":
			rate = uint64(max(bitRate-audioShare, audioShare))
		default:
			continue
		}
		m.Bandwidth = []sdp.Bandwidth{{Type: "AS", Bandwidth: rate / 1000}, {Type: "TIAS", Bandwidth: rate}}
		if a, has := m.Attribute("fingerprint"); has {
			fingerprint = a
		}
	}
	if fingerprint == "" {
		return "", "", errors.New("offer: our answer has no fingerprint")
	}
	out, err := s.Marshal()
	return string(out), fingerprint, err
}
