// Package proofofwork asks a browser for some seconds of work before a form may cost
// others something: cheap for one person, dear for a machine that sends a thousand.
//
// Nothing is recognised, counted or sent elsewhere, so there is no puzzle that a
// person could fail. Nothing is stored either: the challenge is sealed and carries its
// end; that an answer counts once is a row of the caller (Solved.Once). Who has no
// scripts brings no answer, and the caller lets them pass within a tighter limit.
// ASVS 2.4.1
package proofofwork

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/bits"
	"strconv"
	"time"

	"atrio/base/seal"
)

// Bits is the work: about 2^17 hashes, a second on an old telephone.
const Bits = 17

// Life is how long a challenge may wait for its form: people look for their papers.
const Life = 4 * time.Hour

// purpose binds sealed challenges to this use.
const purpose = "proofofwork"

// Maker gives challenges and checks answers.
type Maker struct {
	Keyring *seal.Keyring
	Now     func() time.Time
	// Bits is the number of zero bits asked for; 0 means Bits.
	Bits int
}

// Challenge is what a page carries.
type Challenge struct {
	// Token comes back with the form.
	Token string
	// Puzzle is the text before the number; Bits how many zero bits the hash of both
	// begins with.
	Puzzle string
	Bits   int
}

// Solved is an answer that was right.
type Solved struct {
	// ID names the challenge, Until is its end: an answer counts once.
	ID    string
	Until time.Time
}

// ErrUnsolved is the answer that proves nothing: none, a wrong one, an old one.
var ErrUnsolved = errors.New("proofofwork: not solved")

// New makes a challenge.
func (m *Maker) New() (Challenge, error) {
	until := m.Now().Add(Life).Truncate(time.Second)
	var plain [24]byte
	rand.Read(plain[:16])
	binary.BigEndian.PutUint64(plain[16:], uint64(until.Unix()))
	token, err := m.Keyring.Seal(purpose, until, plain[:])
	if err != nil {
		return Challenge{}, err
	}
	return Challenge{Token: token, Puzzle: puzzle(plain[:16]), Bits: m.bits()}, nil
}

// Check tells whether the number solves the challenge of the token.
func (m *Maker) Check(token, number string) (Solved, error) {
	if len(number) == 0 || len(number) > maxNumber {
		return Solved{}, ErrUnsolved
	}
	if n, err := strconv.ParseUint(number, 10, 53); err != nil || strconv.FormatUint(n, 10) != number {
		return Solved{}, ErrUnsolved
	}
	given, plain, err := m.open(token)
	if err != nil {
		return Solved{}, errors.Join(ErrUnsolved, err)
	}
	if zeros(sha256.Sum256([]byte(puzzle(plain[:16])+number))) < m.bits() {
		return Solved{}, ErrUnsolved
	}
	return given, nil
}

// Given names the challenge of a token that brings no work: a form that a person without
// scripts sends counts once too.
func (m *Maker) Given(token string) (Solved, error) {
	given, _, err := m.open(token)
	return given, err
}

// errToken: sealed for this use, but not by New.
var errToken = errors.New("proofofwork: token of another form")

func (m *Maker) open(token string) (Solved, []byte, error) {
	plain, err := m.Keyring.Open(purpose, m.Now(), token)
	if err == nil && len(plain) != 24 {
		err = errToken
	}
	if err != nil {
		return Solved{}, nil, err
	}
	return Solved{ID: hex.EncodeToString(plain[:16]), Until: time.Unix(int64(binary.BigEndian.Uint64(plain[16:])), 0).UTC()}, plain, nil
}

// maxNumber is the length of the largest number that scripts count exactly, 2^53.
const maxNumber = 16

// puzzle is short, so that with its number it fills one block of the hash.
func puzzle(id []byte) string { return hex.EncodeToString(id) + ":" }

func (m *Maker) bits() int {
	if m.Bits > 0 {
		return m.Bits
	}
	return Bits
}

// zeros counts the zero bits in front.
func zeros(sum [sha256.Size]byte) int {
	n := 0
	for _, b := range sum {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}
