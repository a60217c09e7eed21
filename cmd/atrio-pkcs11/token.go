//go:build cgo

package main

import (
	"crypto"
	"errors"
	"sync"

	"github.com/miekg/pkcs11"

	"atrio/base/keys/hsm"
)

// device is a token that is open and logged in to.
type device struct {
	ctx  *pkcs11.Ctx
	slot uint
	// login is the session that keeps the login alive; it does no work.
	login pkcs11.SessionHandle
	// idle are sessions for work: at most as many signatures at once.
	idle chan pkcs11.SessionHandle
	room chan struct{}

	mu   sync.Mutex
	keys map[string]found
}

// found is a private key in the token. Handles of token objects are good in all
// sessions of the program.
type found struct {
	handle pkcs11.ObjectHandle
	kind   uint
}

// maxSessions bounds parallel signatures; more wait. Small tokens have few.
const maxSessions = 8

// open loads the library, finds the token by its label and logs in.
func open(q hsm.Request) (token, error) {
	ctx := pkcs11.New(q.Module)
	if ctx == nil {
		return nil, problemf(hsm.CodeToken, "the library %s cannot be loaded", q.Module)
	}
	if err := ctx.Initialize(); err != nil {
		return nil, failure("initialize", err)
	}
	slot, err := slotOf(ctx, q.Token)
	if err != nil {
		return nil, err
	}
	d := &device{
		ctx: ctx, slot: slot, keys: map[string]found{},
		idle: make(chan pkcs11.SessionHandle, maxSessions), room: make(chan struct{}, maxSessions),
	}
	if d.login, err = ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION); err != nil {
		return nil, failure("session", err)
	}
	err = ctx.Login(d.login, pkcs11.CKU_USER, q.PIN)
	switch code, _ := err.(pkcs11.Error); {
	case err == nil, code == pkcs11.CKR_USER_ALREADY_LOGGED_IN:
		return d, nil
	case code == pkcs11.CKR_PIN_INCORRECT, code == pkcs11.CKR_PIN_INVALID, code == pkcs11.CKR_PIN_LEN_RANGE, code == pkcs11.CKR_PIN_LOCKED, code == pkcs11.CKR_PIN_EXPIRED:
		return nil, problemf(hsm.CodePIN, "the PIN is refused (%#x)", uint(code))
	}
	return nil, failure("login", err)
}

// slotOf finds the one token with that label.
func slotOf(ctx *pkcs11.Ctx, label string) (uint, error) {
	slots, err := ctx.GetSlotList(true)
	if err != nil {
		return 0, failure("slots", err)
	}
	var match []uint
	for _, slot := range slots {
		if info, err := ctx.GetTokenInfo(slot); err == nil && info.Label == label {
			match = append(match, slot)
		}
	}
	if len(match) != 1 {
		return 0, problemf(hsm.CodeToken, "%d tokens are labelled %q, it must be one", len(match), label)
	}
	return match[0], nil
}

// failure is one of the token. The text of a return code holds no secret.
func failure(what string, err error) problem {
	return problemf(hsm.CodeToken, "%s: %v", what, err)
}

// with lends a session.
func (d *device) with(f func(pkcs11.SessionHandle) error) error {
	d.room <- struct{}{}
	defer func() { <-d.room }()
	var session pkcs11.SessionHandle
	select {
	case session = <-d.idle:
	default:
		var err error
		if session, err = d.ctx.OpenSession(d.slot, pkcs11.CKF_SERIAL_SESSION); err != nil {
			return failure("session", err)
		}
	}
	err := f(session)
	d.idle <- session // a failure of the token ends the program, sessions and all
	return err
}

// object finds the one object of a class with that label.
func (d *device) object(session pkcs11.SessionHandle, class uint, label string) (pkcs11.ObjectHandle, error) {
	template := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class), pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
	}
	if err := d.ctx.FindObjectsInit(session, template); err != nil {
		return 0, failure("find", err)
	}
	handles, _, err := d.ctx.FindObjects(session, 2)
	if err := errors.Join(err, d.ctx.FindObjectsFinal(session)); err != nil {
		return 0, failure("find", err)
	}
	if len(handles) != 1 {
		return 0, problemf(hsm.CodeKey, "%d keys of this kind are labelled %q, it must be one", len(handles), label)
	}
	return handles[0], nil
}

// private finds a private key once and remembers it.
func (d *device) private(session pkcs11.SessionHandle, label string) (found, error) {
	d.mu.Lock()
	k, known := d.keys[label]
	d.mu.Unlock()
	if known {
		return k, nil
	}
	handle, err := d.object(session, pkcs11.CKO_PRIVATE_KEY, label)
	if err != nil {
		return found{}, err
	}
	kind, err := d.kind(session, handle)
	if err != nil {
		return found{}, err
	}
	k = found{handle, kind}
	d.mu.Lock()
	d.keys[label] = k
	d.mu.Unlock()
	return k, nil
}

func (d *device) sign(q hsm.Request) (signature []byte, err error) {
	hash, known := hashes[q.Hash]
	if !known || len(q.Digest) != hash.Size() {
		return nil, problemf(hsm.CodeKey, "no such digest")
	}
	err = d.with(func(session pkcs11.SessionHandle) error {
		k, err := d.private(session, q.Label)
		if err != nil {
			return err
		}
		mechanism, data := uint(pkcs11.CKM_ECDSA), q.Digest
		if k.kind == pkcs11.CKK_RSA {
			mechanism, data = pkcs11.CKM_RSA_PKCS, append(append([]byte{}, digestInfo[hash]...), q.Digest...)
		}
		if err := d.ctx.SignInit(session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanism, nil)}, k.handle); err != nil {
			return failure("sign", err)
		}
		if signature, err = d.ctx.Sign(session, data); err != nil {
			return failure("sign", err)
		}
		if k.kind != pkcs11.CKK_RSA {
			signature, err = joined(signature)
		}
		return err
	})
	return signature, err
}

// hashes by the names of package crypto.
var hashes = map[string]crypto.Hash{
	crypto.SHA256.String(): crypto.SHA256, crypto.SHA384.String(): crypto.SHA384, crypto.SHA512.String(): crypto.SHA512,
}

// digestInfo is what stands before a digest in PKCS#1 v1.5. RFC 8017 9.2
var digestInfo = map[crypto.Hash][]byte{
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}
