package binding

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
)

// Deflate compresses a message in the raw form of RFC 1951 (SAML-bindings 3.4.4.1).
func Deflate(message []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.DefaultCompression) // the level is valid
	_, _ = w.Write(message)                                 // a buffer does not fail
	_ = w.Close()
	return out.Bytes()
}

// Inflate is the inverse of Deflate; it stops at limit bytes of output, so that a
// small input cannot fill the memory. Bytes after the end of the stream are refused.
func Inflate(deflated []byte, limit int) ([]byte, error) {
	in := bytes.NewReader(deflated)
	r := flate.NewReader(in)
	out, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, fail("deflate_broken", err.Error())
	case len(out) > limit:
		return nil, fail("message_too_large", "after inflating")
	case in.Len() > 0:
		return nil, fail("deflate_broken", "bytes after the end")
	}
	return out, nil
}
