// Package password hashes and checks passwords with argon2id, within bounds.
//
// A memory-hard hash costs 19 MiB and tens of milliseconds by design, so a storm
// of logins could take the machine away from everybody who is already signed in.
// The Hasher lets only few hashes run at once, lets as many wait as can be served
// within MaxWait, and refuses the rest at once with fault.TooMany and a time to
// come back (DESIGN decision 7).
//
// The package owns neither the rules for choosing a password nor the counting of
// tries (base/ratelimit, and rows of the products); it stores nothing.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"runtime"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"atrio/base/fault"
)

// Settings of a Hasher; zero values are replaced as said.
type Settings struct {
	Params Params // Default()
	// Workers is the number of hashes at once: max(1, GOMAXPROCS-1), so that one
	// core is always left for everything else.
	Workers int
	// Memory is the budget of all hashes at once, in bytes: 128 MiB. It may lower
	// the number of workers, never below one.
	Memory int64
	// MaxWait is the longest that a login waits for its turn: 2 s.
	MaxWait time.Duration
	// Clock measures how long hashes take; time.Now. It is not the calendar of
	// the program: the time machine must not move it.
	Clock func() time.Time
}

// Hasher hashes and checks. It is safe for concurrent use.
type Hasher struct {
	params  Params
	maxWait time.Duration
	clock   func() time.Time
	slots   chan struct{} // a hash runs while it holds a slot
	waiting atomic.Int64
	cost    atomic.Int64 // ns that a hash takes, sliding mean
	derive  func(password, salt []byte, p Params, length uint32) []byte
	dummy   phc
}

// MaxPassword is the longest password accepted, in bytes after normalization:
// well beyond the 64 characters that SP 800-63B-4 3.1.1.2 requires, and no way to
// make us hash megabytes.
const MaxPassword = 1024

// ErrPassword is the refusal of a password that cannot be one: empty, too long or
// not UTF-8.
var ErrPassword = fault.New(fault.Invalid, "error.password.form").For("password_form")

// ErrBusy is the refusal when too many wait already; it carries RetryAfter.
var ErrBusy = fault.New(fault.TooMany, "error.too_many").For("password_queue")

// New makes a Hasher.
func New(s Settings) *Hasher {
	if s.Params == (Params{}) {
		s.Params = Default()
	}
	if s.Workers <= 0 {
		s.Workers = max(1, runtime.GOMAXPROCS(0)-1)
	}
	if s.Memory <= 0 {
		s.Memory = 128 << 20
	}
	if s.MaxWait <= 0 {
		s.MaxWait = 2 * time.Second
	}
	if s.Clock == nil {
		s.Clock = time.Now
	}
	workers := min(int64(s.Workers), s.Memory/(int64(s.Params.Memory)<<10))
	h := &Hasher{params: s.Params, maxWait: s.MaxWait, clock: s.Clock, slots: make(chan struct{}, max(1, workers)), derive: argon2id}
	h.cost.Store(int64(firstGuess))
	h.dummy = phc{params: s.Params, salt: random(saltLength), hash: random(hashLength)}
	return h
}

// firstGuess of the time of a hash, until one has been measured.
const firstGuess = 50 * time.Millisecond

// Workers is the number of hashes that may run at once.
func (h *Hasher) Workers() int { return cap(h.slots) }

// Waiting is the number of callers that wait for their turn; a metric.
func (h *Hasher) Waiting() int { return int(h.waiting.Load()) }

// Hash returns the PHC string of a new password. Errors: ErrPassword, ErrBusy, or
// that of ctx.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	clean, err := prepare(password)
	if err != nil {
		return "", err
	}
	p := phc{params: h.params, salt: random(saltLength)}
	if p.hash, err = h.run(ctx, clean, p, hashLength); err != nil {
		return "", err
	}
	return p.String(), nil
}

// Verify reports whether the password belongs to the PHC string, and whether the
// string should be replaced by a new Hash because its costs are not the present
// ones. Errors: ErrBusy, that of ctx, or Internal for a string that we did not
// write. A password that cannot be one is just wrong.
func (h *Hasher) Verify(ctx context.Context, stored, password string) (ok, rehash bool, err error) {
	p, err := parsePHC(stored)
	if err != nil {
		return false, false, fault.New(fault.Internal, "error.internal").Because(err)
	}
	ok, err = h.check(ctx, p, password)
	return ok, ok && (p.params != h.params || len(p.hash) != hashLength || len(p.salt) != saltLength), err
}

// VerifyDummy costs as much as Verify and never succeeds: for accounts that do
// not exist or have no password, so that time does not tell them apart. ASVS
// 5.0 6.3.8.
func (h *Hasher) VerifyDummy(ctx context.Context, password string) error {
	_, err := h.check(ctx, h.dummy, password)
	return err
}

// check hashes even what cannot be a password: the answer to a wrong one takes
// the same time.
func (h *Hasher) check(ctx context.Context, p phc, password string) (bool, error) {
	clean, malformed := prepare(password)
	got, err := h.run(ctx, clean, p, uint32(len(p.hash)))
	if err != nil {
		return false, err
	}
	same := subtle.ConstantTimeCompare(got, p.hash) == 1
	return same && malformed == nil, nil
}

// prepare normalizes to NFC, so that the same password typed on two keyboards is
// the same. RFC 8265 4.2.2 (4).
func prepare(password string) ([]byte, error) {
	if password == "" || len(password) > MaxPassword || !utf8.ValidString(password) {
		return nil, ErrPassword
	}
	clean := norm.NFC.Bytes([]byte(password))
	if len(clean) > MaxPassword {
		return nil, ErrPassword
	}
	return clean, nil
}

func argon2id(password, salt []byte, p Params, length uint32) []byte {
	return argon2.IDKey(password, salt, p.Passes, p.Memory, p.Threads, length)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
