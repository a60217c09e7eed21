package audit

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Normal returns the event as it is stored: time in UTC to the microsecond, texts
// valid UTF-8 without control characters and at most MaxText bytes, at most
// MaxDetails details. Stores and the Batcher apply it before they keep a row.
func (e Event) Normal() Event {
	e.At = e.At.UTC().Truncate(time.Microsecond)
	for _, s := range e.texts() {
		*s = clean(*s)
	}
	if len(e.Detail) == 0 {
		e.Detail = nil
		return e
	}
	detail := make(map[string]string, min(len(e.Detail), MaxDetails))
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		if len(detail) == MaxDetails {
			break
		}
		detail[clean(name)] = clean(e.Detail[name])
	}
	e.Detail = detail
	return e
}

// texts lists the fixed fields in the order of the canonical form.
func (e *Event) texts() []*string {
	return []*string{&e.Role, &e.Actor, &e.Subject, &e.Action, &e.Outcome, &e.Reason, &e.Reference, &e.Address}
}

func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	for len(s) > MaxText {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// hash is the link of a row: SHA-256 over the previous hash (empty for the first
// row) and the canonical bytes, in which every text is preceded by its length:
//
//	"atrio audit row v1" | seq | id | at in µs | fixed fields | number of details | details by name
func (r Row) hash(previous []byte) []byte {
	b := appendText(nil, "atrio audit row v1")
	b = appendText(b, string(previous))
	b = appendNumber(b, r.Seq, r.ID, r.Event.At.UnixMicro())
	event := r.Event
	for _, s := range event.texts() {
		b = appendText(b, *s)
	}
	b = appendNumber(b, int64(len(event.Detail)))
	for _, name := range slices.Sorted(maps.Keys(event.Detail)) {
		b = appendText(appendText(b, name), event.Detail[name])
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// signed are the bytes under the signature of a checkpoint.
func (c Checkpoint) signed() []byte {
	b := appendText(nil, "atrio audit checkpoint v1")
	b = appendNumber(b, c.Seq, c.At.UnixMicro())
	return appendText(b, string(c.Hash))
}

// Sign states with key that the chain has this head.
func Sign(key ed25519.PrivateKey, head Head, at time.Time) Checkpoint {
	c := Checkpoint{Seq: head.Seq, Hash: head.Hash, At: at.UTC().Truncate(time.Microsecond)}
	c.Signature = ed25519.Sign(key, c.signed())
	return c
}

// SignedBy reports whether one of the keys made the checkpoint.
func (c Checkpoint) SignedBy(keys ...ed25519.PublicKey) bool {
	return slices.ContainsFunc(keys, func(k ed25519.PublicKey) bool {
		return ed25519.Verify(k, c.signed(), c.Signature)
	})
}

func appendText(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

func appendNumber(b []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	return b
}
