package secondfactor

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"atrio/authn/passkey"
	kinds "atrio/authn/secondfactor"
	"atrio/base/fault"
)

// PasskeyID is the id of the factor that a passkey is: no two accounts share a key.
func PasskeyID(k passkey.Key) string {
	sum := sha256.Sum256(k.ID)
	return hex.EncodeToString(sum[:16])
}

// OwnerOf is an account as authenticators know it. The inner key of the account is the
// handle: random, and shown to nobody.
func OwnerOf(accountID, name string, s Status) passkey.Owner {
	o := passkey.Owner{Handle: []byte(accountID), Name: name}
	for _, f := range s.Of(kinds.Passkey) {
		o.Keys = append(o.Keys, f.Key)
	}
	return o
}

// challenge is what a passkey has to sign in a flow: nobody can guess it, and it needs
// no row before it is answered. That it is answered once is a row.
func (c *Checker) challenge(purpose, flow string) []byte {
	return c.Keyring.MAC("factor.passkey."+purpose, flow)
}

// NewPasskey is what a browser is asked for to make a passkey.
func (c *Checker) NewPasskey(o passkey.Owner, flow string) ([]byte, error) {
	return c.Passkeys.Create(o, c.challenge("new", flow))
}

// Created checks the passkey that was made.
func (c *Checker) Created(o passkey.Owner, flow, answer string) (passkey.Key, error) {
	return c.Passkeys.Created(o, c.challenge("new", flow), answer)
}

// AskPasskey is what a browser is asked for to show a passkey of the account.
func (c *Checker) AskPasskey(o passkey.Owner, flow string) ([]byte, error) {
	return c.Passkeys.Ask(o, c.challenge("use", flow))
}

// Passkey checks the answer of a passkey of the account, and uses the challenge up.
// There is nothing to guess, so nothing is counted.
func (c *Checker) Passkey(ctx context.Context, a Attempt, o passkey.Owner) (v Verdict, synced bool, err error) {
	v = Verdict{Outcome: kinds.Wrong, Left: 1}
	answer, err := c.Passkeys.Answered(o, c.challenge("use", a.Flow), a.Code)
	if errors.Is(err, passkey.ErrAnswer) {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	use := c.use(a, answer)
	switch err := c.Codes.UsePasskey(ctx, use); {
	case fault.Is(err, fault.Conflict):
		v.Outcome = kinds.Replayed
		return v, false, nil
	case err != nil:
		return v, false, err
	}
	return Verdict{Outcome: kinds.Right, Factor: use.Factor}, answer.Synced, nil
}

func (c *Checker) use(a Attempt, answer passkey.Answer) PasskeyUse {
	now := c.Now()
	return PasskeyUse{
		AccountID: a.AccountID, Factor: PasskeyID(passkey.Key{ID: answer.KeyID}), Count: answer.Count,
		Challenge: a.Flow, Until: now.Add(challengeLife), At: now, Event: a.Event,
	}
}

// Entry is somebody who came in by a passkey alone.
type Entry struct {
	AccountID string
	Answer    passkey.Answer
	// Use is to be noted in the commit that opens the session.
	Use PasskeyUse
}

// AskAnybody is what a browser is asked for to show whatever passkey it has.
func (c *Checker) AskAnybody(flow string) ([]byte, error) {
	return c.Passkeys.AskAnybody(c.challenge("enter", flow))
}

// Anybody checks the answer to AskAnybody; find gives the owner of a handle. Nothing is
// stored: the challenge is used up when the session is opened.
func (c *Checker) Anybody(flow, answer string, find func(handle []byte) (passkey.Owner, error)) (Entry, error) {
	owner, a, err := c.Passkeys.AnsweredBy(c.challenge("enter", flow), answer, find)
	if err != nil {
		return Entry{}, err
	}
	id := string(owner.Handle)
	return Entry{AccountID: id, Answer: a, Use: c.use(Attempt{Flow: flow, AccountID: id}, a)}, nil
}
