package mrtdtest

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"sync"

	"atrio/mrtd"
	"atrio/mrtd/lds"
	"atrio/mrtd/messaging"
	"atrio/mrtd/signer"
)

// World is a country that issues documents, and what somebody needs to believe it.
type World struct {
	Country *Authority
	Signer  *Authority
}

// TwoLetters knows the invented country and a few that exist.
func TwoLetters(zone string) string {
	return map[string]string{"UTO": "UT", "ITA": "IT", "D": "DE"}[zone]
}

// NewWorld makes the invented country UT with a signer, both on a curve (12 is P-256, 13
// brainpoolP256r1) that their certificates write out, as ICAO 9303-12 has it.
func NewWorld(curve int, country, documents Validity) World {
	k, s := NewKey(curve), NewKey(curve)
	k.Explicit, s.Explicit = true, true
	c := NewCountry("UT", k, country)
	return World{c, c.Signer(s, documents)}
}

// Trust believes the country.
func (w World) Trust() mrtd.Trust {
	return mrtd.Trust{Countries: []*signer.Certificate{w.Country.Certificate}, TwoLetters: TwoLetters}
}

// copied is a document whose files may be changed.
func (d *Document) copied() *Document {
	other := *d
	other.Files = maps.Clone(d.Files)
	return &other
}

// forgersRSA is the key of who copies a chip with RSA, drawn once.
var forgersRSA = sync.OnceValue(func() Key { return NewRSAKey(2048) })

// Clone is a copy of all that a chip shows, without what it hides: it answers
// challenges with keys of its own.
func (d *Document) Clone() *Document {
	other := d.copied()
	switch {
	case d.ActiveKey.RSA != nil:
		other.ActiveKey = forgersRSA()
	case d.ActiveKey.Curve != nil:
		other.ActiveKey = NewKey(d.ActiveKey.id)
	}
	if !d.ChipKey.none() {
		other.ChipKey = NewKey(d.ChipKey.id)
	}
	return other
}

// Mute is a copy that does not answer challenges at all.
func (d *Document) Mute() *Document {
	other := d.copied()
	other.ActiveKey, other.ChipKey = Key{}, Key{}
	return other
}

// Changed has one byte of a file changed, so that its form stays: the last.
func (d *Document) Changed(f lds.File) *Document {
	other := d.copied()
	b := bytes.Clone(d.Files[f])
	b[len(b)-1] ^= 1
	other.Files[f] = b
	return other
}

// With has another file in a place; nil takes it away. The list of hashes stays.
func (d *Document) With(f lds.File, b []byte) *Document {
	other := d.copied()
	if other.Files[f] = b; b == nil {
		delete(other.Files, f)
	}
	return other
}

// Resealed has another file in a place, signed by the signer.
func (d *Document) Resealed(f lds.File, b []byte) *Document {
	other := d.With(f, b)
	other.Seal()
	return other
}

// Recording keeps what a chip answers.
type Recording struct {
	Chip    mrtd.Transceiver
	mu      sync.Mutex
	answers [][]byte
}

// Transceive passes on and notes.
func (r *Recording) Transceive(ctx context.Context, command []byte) ([]byte, error) {
	answer, err := r.Chip.Transceive(ctx, command)
	if err == nil {
		r.mu.Lock()
		r.answers = append(r.answers, bytes.Clone(answer))
		r.mu.Unlock()
	}
	return answer, err
}

// Replay answers what was answered once, in the same order.
func (r *Recording) Replay() mrtd.Transceiver {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &replay{answers: r.answers}
}

type replay struct {
	mu      sync.Mutex
	answers [][]byte
}

var errOver = errors.New("mrtdtest: the recording is over")

func (r *replay) Transceive(context.Context, []byte) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.answers) == 0 {
		return nil, errOver
	}
	answer := r.answers[0]
	r.answers = r.answers[1:]
	return answer, nil
}

// Way is a combination of protocols that a document speaks.
type Way struct {
	Name    string
	Options []Option
}

// Ways are combinations of protocols, the first five quick to run. rsa is a key of 2,048
// bits, slow to draw: hand in one.
func Ways(rsa Key) []Way {
	return []Way{
		{"BAC, ECDSA", []Option{WithActive(NewKey(12))}},
		{"BAC, RSA", []Option{WithActive(rsa)}},
		{"BAC, chip authentication with 3DES", []Option{WithChip(NewKey(12), messaging.TDES)}},
		{"PACE with 3DES, ECDSA", []Option{WithPACE(messaging.TDES, 12), WithActive(NewKey(12))}},
		{"PACE with AES-128, both", []Option{WithPACE(messaging.AES128, 12), WithChip(NewKey(12), messaging.AES128), WithActive(NewKey(12))}},
		// What EF.CardAccess of the Italian identity card (CIE 3.0) offers.
		{"PACE over integers with 3DES, chip authentication over integers", []Option{WithPACE(messaging.TDES, 2), WithChip(NewKey(2), messaging.AES128)}},
		{"PACE with AES-192, RSA", []Option{WithPACE(messaging.AES192, 13), WithActive(rsa)}},
		{"BAC, chip authentication with AES-256, and ECDSA", []Option{WithChip(NewKey(16), messaging.AES256), WithActive(NewKey(13))}},
		{"PACE with AES-256, both", []Option{WithPACE(messaging.AES256, 17), WithChip(NewKey(15), messaging.AES192), WithActive(NewKey(18))}},
	}
}
