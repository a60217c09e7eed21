package hsm

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"sync"
	"time"

	"atrio/base/fault"
)

// Device is a token behind a helper process. Fill the exported fields; it is safe
// for use by many goroutines.
type Device struct {
	// Helper is the path of atrio-pkcs11.
	Helper string
	// Module is the path of the token's library, Token the label of the token.
	Module, Token string
	PIN           string
	// Limit bounds one signature, the start of the helper included; zero: 5 s.
	Limit time.Duration
	// Pause is between two failed starts; zero: 1 s.
	Pause time.Duration
	// Now is the wall clock; time.Now when nil.
	Now func() time.Time
	// Environ is the environment of the helper; see Environment.
	Environ []string

	mu      sync.Mutex
	helper  *helper
	failed  error // of the last start
	failure time.Time
	locked  bool // the PIN was refused
}

// Public finds the public key with that label in the token.
func (d *Device) Public(label string) (crypto.PublicKey, error) {
	reply, err := d.call(Request{Op: "public", Label: label})
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKIXPublicKey(reply.Public)
	if err != nil {
		return nil, fmt.Errorf("hsm: the public key %s: %w", label, err)
	}
	return key, nil
}

// Signer gives the key with that label. It does not ask the token for it.
func (d *Device) Signer(label string, public crypto.PublicKey) crypto.Signer {
	return &key{device: d, label: label, public: public}
}

// Open starts the helper and opens the token, as the first signature would: to
// find mistakes before it.
func (d *Device) Open() error {
	_, err := d.running()
	return err
}

// Close ends the helper.
func (d *Device) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.helper != nil {
		d.helper.kill()
		d.helper = nil
	}
}

// Up is false while the last start of a helper failed or the PIN is refused.
func (d *Device) Up() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failed == nil && !d.locked
}

// call asks the helper, and starts it when there is none.
func (d *Device) call(q Request) (Reply, error) {
	h, err := d.running()
	if err != nil {
		return Reply{}, unavailable(err)
	}
	reply, err := h.ask(q, d.limit())
	if err != nil {
		return Reply{}, unavailable(err)
	}
	if err := reply.err(); err != nil {
		return Reply{}, unavailable(err)
	}
	return reply, nil
}

// unavailable is what callers see: a page with 503, the cause in the log.
func unavailable(cause error) error {
	return fault.New(fault.Unavailable, "error.unavailable").For("token_unavailable").Because(cause)
}

// running gives a helper that lives. One start at a time; after a failed one,
// callers are told at once until the pause is over.
func (d *Device) running() (*helper, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.locked:
		return nil, errPIN
	case d.helper != nil && d.helper.alive():
		return d.helper, nil
	case d.failed != nil && d.now().Before(d.failure.Add(or(d.Pause, time.Second))):
		return nil, d.failed
	}
	h, err := d.start()
	if err != nil {
		d.locked = errors.Is(err, errPIN)
		d.failed, d.failure = err, d.now()
		return nil, err
	}
	d.helper, d.failed = h, nil
	return h, nil
}

// start runs a helper and opens the token with it.
func (d *Device) start() (*helper, error) {
	h, err := run(d.Helper, d.Environ)
	if err != nil {
		return nil, err
	}
	reply, err := h.ask(Request{Op: "open", Module: d.Module, Token: d.Token, PIN: d.PIN}, d.limit())
	if err == nil {
		err = reply.err()
	}
	if err != nil {
		h.kill()
		return nil, err
	}
	return h, nil
}

func (d *Device) limit() time.Duration { return or(d.Limit, 5*time.Second) }

func (d *Device) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

func or(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

var errPIN = errors.New("hsm: the token refused the PIN; it is not tried again before a restart")

func (r Reply) err() error {
	switch r.Code {
	case "":
		return nil
	case CodePIN:
		return errPIN
	}
	return fmt.Errorf("hsm: %s: %s", r.Code, r.Message)
}
