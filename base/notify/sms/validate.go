package sms

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"atrio/base/notify"
)

// Validate lists what is wrong with the settings, in words for the operator.
func (s *Sender) Validate() []error {
	var wrong []error
	sample := notify.Message{To: "+390000000000", Text: `test "text"`, Reference: "1"}
	u, err := url.Parse(s.fill(s.URL, sample, queryEscape))
	switch {
	case err != nil || u.Host == "":
		wrong = append(wrong, errors.New("sms: the gateway's address is not a URL"))
	case u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())):
		wrong = append(wrong, errors.New("sms: the gateway's address must begin with https:// unless it is on this machine"))
	}
	switch s.Method {
	case "", http.MethodPost, http.MethodPut, http.MethodGet:
	default:
		wrong = append(wrong, fmt.Errorf("sms: the method %q is not POST, PUT or GET", s.Method))
	}
	switch {
	case s.Body == "":
	case s.Type == JSON && !json.Valid([]byte(s.fill(s.Body, sample, jsonEscape))):
		wrong = append(wrong, errors.New("sms: the body is not JSON once it is filled in"))
	case s.Type != JSON && s.Type != Form:
		wrong = append(wrong, fmt.Errorf("sms: the type %q is not %s or %s", s.Type, JSON, Form))
	}
	all := s.URL + s.Body
	if !strings.Contains(all, "{text}") || !strings.Contains(all, "{to}") && !strings.Contains(all, "{number}") {
		wrong = append(wrong, errors.New("sms: address and body must hold {text} and one of {to}, {number}"))
	}
	if (s.AuthHeader == "") != (s.Secret == "") {
		wrong = append(wrong, errors.New("sms: the header of authentication and its secret come together"))
	}
	return wrong
}

func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return host == "localhost"
}
