package binding

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"sync"
)

// deflaters are compressors that wait for their next message: one is far larger
// than any message, and making it cost more than a login. The fastest level is
// enough: on a request it is 3 % longer (385 bytes for 374) and takes half the time,
// because the larger tables of the other levels have to be cleared every time.
//
// They wait in a channel and not in a sync.Pool, which every collection empties: with
// a heap as small as ours that was every thirty requests.
var deflaters = make(chan *flate.Writer, 4)

func deflater() *flate.Writer {
	select {
	case w := <-deflaters:
		return w
	default:
		w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is valid
		return w
	}
}

// Deflate compresses a message in the raw form of RFC 1951 (SAML-bindings 3.4.4.1).
func Deflate(message []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(message)/2 + 64)
	w := deflater()
	w.Reset(&out)
	_, _ = w.Write(message) // a buffer does not fail
	_ = w.Close()
	select {
	case deflaters <- w:
	default: // enough of them wait
	}
	return out.Bytes()
}

// inflaters wait in the same way; one is 40 KB.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// Inflate is the inverse of Deflate; it stops at limit bytes of output, so that a
// small input cannot fill the memory. Bytes after the end of the stream are refused.
func Inflate(deflated []byte, limit int) ([]byte, error) {
	in := bytes.NewReader(deflated)
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(in, nil); err != nil {
		return nil, fail("deflate_broken", err.Error())
	}
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
