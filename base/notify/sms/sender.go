// Package sms sends messages of the outbox through an HTTP gateway, whatever its
// form: method, address, headers and body are settings, filled in by template.
//
// It owns the request and its limits; when to try again is decided by
// base/notify. A centre that speaks SMPP is served by base/notify/smpp.
package sms

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"atrio/base/notify"
)

// Sender is a notify.Sender for numbers in E.164 form. Check its fields with
// Validate. URL and Body are templates: {to} (with +), {number} (without +),
// {text}, {from} and {reference} are replaced, escaped for the place where they
// stand: JSON string, form value or query value.
type Sender struct {
	URL    string // https, or http on loopback
	Method string // POST when empty; GET or PUT where a gateway wants them
	// Type is the media type of the body: JSON or Form.
	Type string
	// Body of a JSON gateway: `{"to":"{to}","text":"{text}"}`; of a form gateway:
	// "to={to}&text={text}".
	Body string
	// Header holds fixed header fields, by name.
	Header map[string]string
	// AuthHeader and Secret make the header of authentication, for example
	// "Authorization" and "Bearer ...". The secret never reaches a log.
	AuthHeader string
	Secret     string
	From       string // sender's name, where the gateway lets us choose
	// Timeout bounds one request; 10 s when zero.
	Timeout time.Duration
	// TLSConfig is for roots of an own authority; nil: those of the system.
	TLSConfig *tls.Config

	once   sync.Once
	client *http.Client
}

// The media types that Body may have.
const (
	JSON = "application/json"
	Form = "application/x-www-form-urlencoded"
)

var _ notify.Sender = (*Sender)(nil)

// maxText is six concatenated SMS of the basic alphabet; what is longer is a
// mistake that costs money.
const maxText = 918

// Send hands the message to the gateway. 2xx is success, whatever the body says.
func (s *Sender) Send(ctx context.Context, m notify.Message) error {
	if m.Channel != notify.SMS || !e164(m.To) || m.Text == "" || len(m.Text) > maxText {
		return &notify.Failure{Stage: "composition", Permanent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout())
	defer cancel()
	request, err := s.request(ctx, m)
	if err != nil { // the text of the error holds the URL
		return &notify.Failure{Stage: "configuration"}
	}
	response, err := s.http().Do(request)
	if err != nil {
		return &notify.Failure{Stage: "gateway"}
	}
	defer response.Body.Close()
	// Read a little, so that the connection can be used again.
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 4<<10))
	if code := response.StatusCode; code < 200 || code > 299 {
		return &notify.Failure{Stage: "gateway", Code: code, Permanent: rejected(code)}
	}
	return nil
}

// rejected tells what the gateway says about this message from what it says about
// us (401, 402, 403, 404: settings, credit) or about the moment (408, 425, 429,
// 5xx): the latter are tried again.
func rejected(code int) bool {
	return code == http.StatusBadRequest || code == http.StatusUnprocessableEntity || code == http.StatusRequestEntityTooLarge
}

func (s *Sender) request(ctx context.Context, m notify.Message) (*http.Request, error) {
	url := s.fill(s.URL, m, queryEscape)
	escape := queryEscape
	if s.Type == JSON {
		escape = jsonEscape
	}
	method := s.Method
	if method == "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(s.fill(s.Body, m, escape)))
	if err != nil {
		return nil, err
	}
	if s.Body != "" {
		r.Header.Set("Content-Type", s.Type)
	}
	for name, value := range s.Header {
		r.Header.Set(name, value)
	}
	if m.Reference != "" {
		// For gateways that know it; others ignore it (draft-ietf-httpapi-idempotency-key-header).
		r.Header.Set("Idempotency-Key", `"`+m.Reference+`"`)
	}
	if s.AuthHeader != "" {
		r.Header.Set(s.AuthHeader, s.Secret)
	}
	return r, nil
}

// http makes the client once. It follows no redirects: they would carry the
// secret and the number to a place that nobody configured.
func (s *Sender) http() *http.Client {
	s.once.Do(func() {
		s.client = &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				Proxy:                  http.ProxyFromEnvironment,
				TLSClientConfig:        s.tlsConfig(),
				ForceAttemptHTTP2:      true,
				TLSHandshakeTimeout:    s.timeout(),
				ResponseHeaderTimeout:  s.timeout(),
				MaxResponseHeaderBytes: 16 << 10,
				MaxIdleConns:           4,
				IdleConnTimeout:        30 * time.Second,
			},
		}
	})
	return s.client
}

func (s *Sender) tlsConfig() *tls.Config {
	c := &tls.Config{}
	if s.TLSConfig != nil {
		c = s.TLSConfig.Clone()
	}
	c.MinVersion = max(c.MinVersion, tls.VersionTLS12)
	return c
}

func (s *Sender) timeout() time.Duration {
	if s.Timeout > 0 {
		return s.Timeout
	}
	return 10 * time.Second
}
