package login

import (
	"errors"
	"io"
	"net/http"
)

// maxAnswer is far more than a discovery document, a key set or a person has.
const maxAnswer = 256 << 10

// fence keeps the calls of the OpenID library inside one origin and bounds what
// comes back, decompressed.
type fence struct {
	origin string
	next   http.RoundTripper
}

// RoundTrip refuses other origins before a byte leaves.
func (f fence) RoundTrip(r *http.Request) (*http.Response, error) {
	if f.origin == "" || r.URL.Scheme+"://"+r.URL.Host != f.origin {
		return nil, errors.New("call to another origin than the gateway's")
	}
	res, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	res.Body = &bounded{ReadCloser: res.Body, left: maxAnswer}
	return res, nil
}

var errTooLong = errors.New("answer of the gateway is too long")

// bounded fails, instead of ending, where its limit is passed: half an answer
// must not be taken for a whole one.
type bounded struct {
	io.ReadCloser
	left int // -1 when the limit was passed
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errTooLong
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left+1)])
	if n > b.left {
		n, b.left = b.left, -1
		return n, errTooLong
	}
	b.left -= n
	return n, err
}
