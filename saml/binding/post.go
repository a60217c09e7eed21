package binding

import (
	"encoding/base64"
	"strings"
)

// EncodePost gives the value of the form field SAMLRequest or SAMLResponse
// (SAML-bindings 3.5.4).
func EncodePost(message []byte) string { return base64.StdEncoding.EncodeToString(message) }

// DecodePost reads the value of the form field SAMLRequest or SAMLResponse. White
// space inside is skipped, because some senders break lines.
func DecodePost(value string) ([]byte, error) {
	if value == "" {
		return nil, fail("message_missing", "")
	}
	if len(value) > MaxMessage*3/2 {
		return nil, fail("message_too_large", "in base64")
	}
	message, err := decodeBase64(value)
	if err != nil {
		return nil, err
	}
	if len(message) > MaxMessage {
		return nil, fail("message_too_large", "after base64")
	}
	return message, nil
}

// FromForm takes a message from the fields of a POST. Each field may stand once,
// and exactly one of SAMLRequest and SAMLResponse must be there.
func FromForm(fields map[string][]string) (*Message, error) {
	for _, name := range []string{Request, Response, "RelayState"} {
		if len(fields[name]) > 1 {
			return nil, fail("parameter_repeated", name)
		}
	}
	m := &Message{Parameter: Request}
	value := first(fields[Request])
	if other := first(fields[Response]); other != "" {
		if value != "" {
			return nil, fail("message_ambiguous", "request and response")
		}
		m.Parameter, value = Response, other
	}
	m.RelayState = first(fields["RelayState"])
	if len(m.RelayState) > MaxRelayState {
		return nil, fail("relay_state_too_long", "")
	}
	var err error
	m.XML, err = DecodePost(value)
	return m, err
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// blanks may break the lines of base64.
const blanks = "\r\n \t"

func decodeBase64(s string) ([]byte, error) {
	if strings.ContainsAny(s, blanks) {
		s = strings.Map(func(r rune) rune {
			if strings.ContainsRune(blanks, r) {
				return -1
			}
			return r
		}, s)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return nil, fail("base64_broken", err.Error())
	}
	return b, nil
}
