package secondfactor

import (
	"context"
	"net/netip"
	"time"

	"atrio/authn/otp"
	"atrio/authn/passkey"
	kinds "atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/web"
)

// How many steps of 30 s a telephone's clock may be off, either way; and how many are
// looked at to tell its owner about a clock that is wrong. // G4.3
const (
	skew     = 1
	skewTold = 10
)

// Checker compares codes with what is stored, and sends them.
type Checker struct {
	Codes Codes
	// Passkeys is the site that passkeys are made for; nil where there are none.
	Passkeys *passkey.Party
	Limiter  *ratelimit.Limiter
	Keyring  *seal.Keyring
	Limits   Limits
	Now      func() time.Time
}

// Attempt is a code that somebody typed.
type Attempt struct {
	// Flow is the login, or the setting-up, that it was typed in.
	Flow, AccountID, Code string
	// Number is where a code was sent, Factor its id when it is one of the account's.
	Number, Factor string
	// Event is the audit line of a right code.
	Event audit.Event
	// Tell is sent with a right recovery code.
	Tell Tell
}

func (c *Checker) try(a Attempt) Try {
	a.Event.Action = audit.CodeChecked
	return Try{
		Flow: a.Flow, AccountID: a.AccountID, Factor: a.Factor, At: c.Now(), Audit: a.Event,
		Account: c.Limiter.Bucket(c.Limits.Account, a.AccountID),
		Request: c.Limiter.Bucket(c.Limits.Request, a.Flow),
	}
}

// App compares a code of an authenticator app.
func (c *Checker) App(ctx context.Context, a Attempt) (Verdict, error) {
	t := c.try(a)
	return c.Codes.TryApp(ctx, t, func(key []byte) Match { return MatchApp(key, a.Code, t.At) })
}

// MatchApp compares a code with the key of an app.
func MatchApp(key []byte, code string, now time.Time) Match {
	if step, ok := otp.Verify(key, code, now, skew); ok {
		return Match{Step: step, OK: true}
	}
	// Within the same limit on tries: a code of five minutes ago opens nothing.
	if step, ok := otp.Verify(key, code, now, skewTold); ok {
		return Match{Off: time.Duration(step-otp.Step(now)) * otp.Period}
	}
	return Match{}
}

// SMS compares a code that was sent in this flow to this number.
func (c *Checker) SMS(ctx context.Context, a Attempt) (Verdict, error) {
	return c.Codes.TrySMS(ctx, c.try(a), c.digest(a.Flow, a.AccountID, a.Number, a.Code))
}

// digest binds a code to its request: a code of another tab does not fit, nor one for
// another number. Six digits are quickly tried through, so the stored form needs the
// key. // ASVS 6.6.2
func (c *Checker) digest(flow, accountID, number, code string) []byte {
	return c.Keyring.MAC("factor.code", flow, accountID, number, code)
}

// Recovery compares a recovery code and uses it up.
func (c *Checker) Recovery(ctx context.Context, a Attempt) (Verdict, error) {
	t := c.try(a)
	t.Tell = a.Tell
	return c.Codes.TryRecovery(ctx, t, c.RecoveryDigest(a.AccountID, kinds.ReadRecoveryCode(a.Code)))
}

// RecoveryDigest is what is stored of a recovery code: a MAC, whose key is not in the
// database, bound to the account. // ASVS 6.5.2
func (c *Checker) RecoveryDigest(accountID, plain string) []byte {
	return c.Keyring.MAC("factor.recovery", accountID, plain)
}

// Envelope is who a code goes to and what the message says around it.
type Envelope struct {
	Flow, AccountID, Number, Lang string
	// Text writes the message for a code.
	Text    func(code string) string
	Address netip.Addr
	Event   audit.Event
}

// Send draws a code and queues it. A positive wait means that it was too soon or too
// often, and that nothing was sent.
func (c *Checker) Send(ctx context.Context, e Envelope) (wait time.Duration, err error) {
	code, now := otp.NumericCode(otp.Digits), c.Now()
	e.Event.Action = audit.CodeSent
	l := c.Limits
	return c.Codes.SendSMS(ctx, Sending{
		Flow: e.Flow, AccountID: e.AccountID, Digest: c.digest(e.Flow, e.AccountID, e.Number, code),
		At: now, Expires: now.Add(l.Valid), Pause: l.Pause,
		Message: notify.Message{Channel: notify.SMS, To: e.Number, Lang: e.Lang, Text: e.Text(code), Expires: now.Add(l.Valid)},
		Caps: []ratelimit.Bucket{
			c.Limiter.Bucket(l.SMSAccount, e.AccountID), c.Limiter.Bucket(l.SMSNumber, e.Number),
			c.Limiter.Bucket(l.SMSAddress, web.ClientNetwork(e.Address)),
			c.Limiter.Bucket(l.SMSPrefix, e.Number[:min(len(e.Number), prefixDigits)]), c.Limiter.Bucket(l.SMSAll),
		},
		Audit: e.Event,
	})
}

// Sent tells when the last code of a flow was sent, and how many seconds to wait for
// another one.
func (c *Checker) Sent(ctx context.Context, flow string) (sent bool, again int, err error) {
	at, err := c.Codes.SMSSent(ctx, flow)
	return !at.IsZero(), kinds.Seconds(at, c.Limits.Pause, c.Now()), err
}
