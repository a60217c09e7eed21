package offer

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pion/sdp/v3"
)

// audioShare is what sound may take, in bit/s; the rest is for the picture.
const audioShare = 64_000

// errNowhere: the answer would tell nobody where to send.
var errNowhere = errors.New("offer: our answer does not have the address of the configuration")

// Limit writes into our own answer how much the other side may send, leaves at alone in it as
// an address of ours, and gives the fingerprint of our certificate. What else a machine is
// called in its own network is nobody's business. RFC 8866 5.8, RFC 3890
func Limit(answer string, bitRate int, at netip.Addr) (text, fingerprint string, err error) {
	var s sdp.SessionDescription
	if err := s.UnmarshalString(answer); err != nil {
		return "", "", fmt.Errorf("offer: our answer: %w", err)
	}
	for _, a := range s.Attributes {
		if a.Key == "fingerprint" {
			fingerprint = a.Value
		}
	}
	somewhere := false
	for _, m := range s.MediaDescriptions {
		rate := uint64(audioShare)
		switch m.MediaName.Media {
		case "audio":
		case "video":
			rate = uint64(max(bitRate-audioShare, audioShare))
		default:
			continue
		}
		m.Attributes = only(m.Attributes, at)
		somewhere = somewhere || has(m.Attributes)
		m.Bandwidth = []sdp.Bandwidth{{Type: "AS", Bandwidth: rate / 1000}, {Type: "TIAS", Bandwidth: rate}}
		if a, has := m.Attribute("fingerprint"); has {
			fingerprint = a
		}
	}
	if fingerprint == "" {
		return "", "", errors.New("offer: our answer has no fingerprint")
	}
	if !somewhere {
		return "", "", errNowhere
	}
	out, err := s.Marshal()
	return string(out), fingerprint, err
}

// only drops candidates with another address, and those that name a second one.
func only(list []sdp.Attribute, at netip.Addr) []sdp.Attribute {
	return slices.DeleteFunc(list, func(a sdp.Attribute) bool {
		if a.Key != candidate {
			return false
		}
		words := strings.Fields(a.Value)
		if len(words) < 8 || slices.Contains(words, "raddr") {
			return true
		}
		own, err := netip.ParseAddr(words[4])
		return err != nil || own.Unmap() != at.Unmap()
	})
}

const candidate = "candidate"

func has(list []sdp.Attribute) bool {
	return slices.ContainsFunc(list, func(a sdp.Attribute) bool { return a.Key == candidate })
}
