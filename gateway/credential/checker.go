package credential

import (
	"context"
	"net/netip"
	"time"

	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/gateway/account"
	"atrio/web"
)

// Checker compares passwords with what is stored. An unknown Codice Persona, an account
// without a password and a wrong password cost the same hash and the same number of
// statements, and are refused with the same words. // ASVS 6.3.8
type Checker struct {
	Store   Store
	Hasher  Hasher
	Limiter *ratelimit.Limiter
	Limits  Limits
}

// Try is one typed password.
type Try struct {
	Code     account.Code
	Password string
	Address  netip.Addr
	// Known gives the id of a browser that was entered with this very password before,
	// "" for others.
	Known func(Credential) string
}

// Proof is that the right password was typed.
type Proof struct {
	Account account.Account
	// SetAt names the password that was compared.
	SetAt time.Time
	// TypedAt is when it was typed; zero: now.
	TypedAt time.Time
	// Stay is set when the person wants to stay in this browser.
	Stay bool
	// PHC is a new hash of the same password, when the stored one is by older costs.
	PHC string
}

// ErrWrong: the pair is not right. It does not say what of it.
var ErrWrong = fault.New(fault.Denied, "error.credential.wrong").For("wrong_credentials")

// Check compares a password. The errors are ErrWrong, fault.TooMany with the time to
// wait, or that of the store. subject is the account that was tried, "" for none: for
// the audit log alone.
//
// Failures are counted after the comparison, and the limits are read again before
// anything is said about the password, right or wrong: of tries made at the same time
// those beyond a limit learn nothing, but for the few that the hasher works on at once.
func (c *Checker) Check(ctx context.Context, t Try) (p Proof, subject string, err error) {
	found, err := c.Store.CredentialByCode(ctx, t.Code)
	if err != nil {
		return Proof{}, "", err
	}
	subject = found.Account.ID
	buckets := c.buckets(t, found)
	if err := c.admits(ctx, buckets); err != nil {
		return Proof{}, subject, err
	}
	ok, rehash, err := c.compare(ctx, found.PHC, t.Password)
	if err != nil {
		return Proof{}, subject, err
	}
	if err := c.admits(ctx, buckets); err != nil {
		return Proof{}, subject, err
	}
	if !ok {
		return Proof{}, subject, c.charge(ctx, buckets)
	}
	p = Proof{Account: found.Account, SetAt: found.SetAt}
	if rehash {
		// Not worth refusing a right password; the next login tries again.
		p.PHC, _ = c.Hasher.Hash(ctx, t.Password)
	}
	return p, subject, nil
}

// Again compares the password of somebody who is signed in. Tries are counted against
// the session: whoever sits at somebody's open browser gets no further with it.
func (c *Checker) Again(ctx context.Context, found Credential, password, session string) error {
	buckets := []bucket{{c.Limits.Known, []string{found.Account.ID, "session " + session}}}
	if err := c.admits(ctx, buckets); err != nil {
		return err
	}
	ok, _, err := c.compare(ctx, found.PHC, password)
	if err != nil || ok {
		return err
	}
	return c.charge(ctx, buckets)
}

func (c *Checker) buckets(t Try, found Credential) []bucket {
	code := string(t.Code)
	if found.Account.ID != "" {
		code = string(found.Account.Code) // an account that has several codes has one limit
	}
	if t.Known != nil {
		if id := t.Known(found); id != "" {
			return []bucket{{c.Limits.Known, []string{code, id}}}
		}
	}
	from := web.ClientNetwork(t.Address)
	return []bucket{{c.Limits.Pair, []string{code, from}}, {c.Limits.Account, []string{code}}, {c.Limits.Address, []string{from}}}
}

// admits refuses when one of the limits is full, with the longest wait of all.
func (c *Checker) admits(ctx context.Context, buckets []bucket) error {
	var refusal *fault.Error
	for _, b := range buckets {
		err := c.Limiter.Admits(ctx, b.limit, b.key...)
		if err == nil {
			continue
		}
		if !fault.Is(err, fault.TooMany) {
			return err
		}
		if f := fault.From(err); refusal == nil || f.RetryAfter > refusal.RetryAfter {
			refusal = f
		}
	}
	if refusal == nil {
		return nil
	}
	return refusal
}

// charge counts a failure and refuses it.
func (c *Checker) charge(ctx context.Context, buckets []bucket) error {
	for _, b := range buckets {
		// One that is full by now stays as it is; the others count.
		if err := c.Limiter.Allow(ctx, b.limit, b.key...); err != nil && !fault.Is(err, fault.TooMany) {
			return err
		}
	}
	return ErrWrong
}

// compare costs the same whether there is a hash or not.
func (c *Checker) compare(ctx context.Context, phc, password string) (ok, rehash bool, err error) {
	if phc == "" {
		return false, false, c.Hasher.VerifyDummy(ctx, password)
	}
	return c.Hasher.Verify(ctx, phc, password)
}
