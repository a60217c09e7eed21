// Package credential checks what a holder knows and has: the password of level
// 1 and the one-time code of level 2, with the pages that ask for them.
//
// Unknown User IDs are answered like wrong passwords: same page, same hash, same
// number of statements. Tries and sent codes are rows (Store). What the identity
// may do with the level reached, and what comes after a step, is not decided
// here: the pages hand the login back with flow.Desk.Next.
package credential

import (
	"context"
	"net/netip"
	"time"

	"atrio/authn/otp"
	"atrio/authn/secondfactor"
	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/idp/identity"
	"atrio/web"
)

// Hasher compares passwords at a bounded rate; authn/password has one.
type Hasher interface {
	Verify(ctx context.Context, phc, password string) (ok, rehash bool, err error)
	// VerifyDummy costs what Verify costs, for User IDs that do not exist.
	VerifyDummy(ctx context.Context, password string) error
	Hash(ctx context.Context, password string) (string, error)
}

// Checker compares credentials with what is stored.
type Checker struct {
	Store   Store
	Hasher  Hasher
	Keyring *seal.Keyring
	Limits  Limits
	Now     func() time.Time
}

// PasswordTry is one typed pair of User ID and password.
type PasswordTry struct {
	Flow     string
	UserID   string
	Password string
	Address  netip.Addr
	// Known is the id of a browser that signed in with this User ID before, or "".
	Known string
}

// buckets of a try; the first is the one of the request.
func (c *Checker) buckets(t PasswordTry) []ratelimit.Bucket {
	request := c.bucket(c.Limits.Request, t.Flow)
	if t.Known != "" {
		return []ratelimit.Bucket{request, c.bucket(c.Limits.Known, t.UserID, t.Known)}
	}
	from := web.ClientNetwork(t.Address)
	return []ratelimit.Bucket{
		request,
		c.bucket(c.Limits.Pair, t.UserID, from),
		c.bucket(c.Limits.Account, t.UserID),
		c.bucket(c.Limits.Address, from),
	}
}

// Password compares a password. Failures are counted after the comparison, in
// one commit, and the limits are read again before anything is said about the
// password, right or wrong: of tries made at the same time those beyond a limit
// learn nothing, but for the few that the hasher works on at once. A right
// password costs no commit.
func (c *Checker) Password(ctx context.Context, t PasswordTry) (Verdict, error) {
	now := c.Now()
	buckets := c.buckets(t)
	v, err := c.standing(ctx, buckets, now)
	if err != nil || v.Outcome == secondfactor.Waiting {
		return v, err
	}
	who, phc, err := c.Store.Password(ctx, t.UserID)
	if err != nil {
		return Verdict{}, err
	}
	ok, rehash, err := c.compare(ctx, phc, t.Password)
	if err != nil {
		return Verdict{}, err
	}
	if v, err = c.standing(ctx, buckets, now); err != nil || v.Outcome == secondfactor.Waiting {
		return v, err
	}
	if !ok {
		if err := c.Store.Charge(ctx, buckets, now); err != nil {
			return Verdict{}, err
		}
		v, err := c.standing(ctx, buckets[:1], now)
		v.Outcome = secondfactor.Wrong
		return v, err
	}
	if rehash {
		if newer, err := c.Hasher.Hash(ctx, t.Password); err == nil {
			// Not worth refusing a right password; the next login tries again.
			_ = c.Store.Rehash(ctx, who, phc, newer)
		}
	}
	return Verdict{Outcome: secondfactor.Right, Identity: who, Left: v.Left}, nil
}

// compare costs the same whether there is a hash or not.
func (c *Checker) compare(ctx context.Context, phc, password string) (ok, rehash bool, err error) {
	if phc == "" {
		return false, false, c.Hasher.VerifyDummy(ctx, password)
	}
	return c.Hasher.Verify(ctx, phc, password)
}

// standing says whether one of the buckets is full, and how many tries the
// first one has left. A full request bucket is no reason to wait: it ends the
// login (Left is 0).
func (c *Checker) standing(ctx context.Context, buckets []ratelimit.Bucket, now time.Time) (Verdict, error) {
	tats, err := c.Store.Standing(ctx, buckets)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Left: buckets[0].Limit.Left(tats[0], now)}
	for n, b := range buckets {
		if _, wait := b.Limit.Next(tats[n], now); wait > 0 {
			v.Outcome = secondfactor.Waiting
			if n > 0 {
				v.Wait = max(v.Wait, wait)
			} else {
				v.Again = wait
			}
		}
	}
	return v, nil
}

// codeTry fills in what is charged for a code of the second factor.
func (c *Checker) codeTry(flow, who string, ev audit.Event) CodeTry {
	return CodeTry{
		Flow: flow, Identity: who, At: c.Now(), Audit: ev,
		Second:  c.bucket(c.Limits.Second, who),
		Request: c.bucket(c.Limits.Request, flow),
	}
}

// TOTP compares a code of the authenticator app. RFC 6238 5.2: a time step is
// accepted once, on all nodes.
func (c *Checker) TOTP(ctx context.Context, flow, who, code string, ev audit.Event) (Verdict, error) {
	t := c.codeTry(flow, who, ev)
	return c.Store.TryTOTP(ctx, t, func(key []byte) (int64, bool) {
		return otp.Verify(key, code, t.At, otpSkew)
	})
}

// otpSkew is how many steps of 30 s a phone's clock may be off, either way.
const otpSkew = 1

// SMS compares a code that was sent for this login.
func (c *Checker) SMS(ctx context.Context, flow, who, code string, ev audit.Event) (Verdict, error) {
	return c.Store.TrySMS(ctx, c.codeTry(flow, who, ev), c.digest(flow, who, code))
}

// digest binds a code to its login: a code of another tab does not fit. Six
// digits are quickly tried through, so the stored form needs the key.
func (c *Checker) digest(flow, who, code string) []byte {
	return c.Keyring.MAC("idp.sms.code", flow, who, code)
}

// Envelope is who a code goes to and what the message says around it.
type Envelope struct {
	Flow   string
	Holder *identity.Identity
	Lang   string
	// Text writes the message for a code.
	Text    func(code string) string
	Address netip.Addr
	// Audit is written with the message.
	Audit audit.Event
}

// Send draws a code and queues it. A positive wait means that it was too soon or
// too often, and that nothing was sent.
func (c *Checker) Send(ctx context.Context, e Envelope) (wait time.Duration, err error) {
	code := otp.NumericCode(codeDigits)
	now, to := c.Now(), e.Holder.Holder.MobilePhone
	return c.Store.SendSMS(ctx, Sending{
		Flow: e.Flow, Identity: e.Holder.ID, Digest: c.digest(e.Flow, e.Holder.ID, code),
		At: now, Expires: now.Add(c.Limits.SMSValid), Pause: c.Limits.SMSPause,
		Message: notify.Message{
			Channel: notify.SMS, To: to, Lang: e.Lang, Text: e.Text(code), Expires: now.Add(c.Limits.SMSValid),
		},
		Caps: []ratelimit.Bucket{
			c.bucket(c.Limits.SMSIdentity, e.Holder.ID), c.bucket(c.Limits.SMSNumber, to),
			c.bucket(c.Limits.SMSAddress, web.ClientNetwork(e.Address)), c.bucket(c.Limits.SMSAll),
		},
		Audit: e.Audit,
	})
}
