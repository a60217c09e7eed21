package credential_test

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/authn/password"
	"atrio/base/fault"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/gateway/account"
	"atrio/gateway/credential"
)

var start = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)

const (
	noor   = account.Code("202400013")
	nobody = account.Code("202400021")
	right  = "tre gatti sul tetto"
)

// rows is a store of one account that counts what it is asked.
type rows struct {
	credential.Store
	found  credential.Credential
	former []string
	asked  atomic.Int64
	change credential.Change
}

func (s *rows) CredentialByCode(_ context.Context, code account.Code) (credential.Credential, error) {
	s.asked.Add(1)
	if code == s.found.Account.Code {
		return s.found, nil
	}
	return credential.Credential{}, nil
}

func (s *rows) FormerPasswords(_ context.Context, _ string, most int) ([]string, error) {
	return s.former[:min(most, len(s.former))], nil
}

func (s *rows) SetPassword(_ context.Context, c credential.Change) error {
	s.change = c
	return nil
}

// counting counts hashes.
type counting struct {
	*password.Hasher
	n atomic.Int64
}

func (h *counting) Verify(ctx context.Context, phc, secret string) (ok, rehash bool, err error) {
	h.n.Add(1)
	return h.Hasher.Verify(ctx, phc, secret)
}

func (h *counting) VerifyDummy(ctx context.Context, secret string) error {
	h.n.Add(1)
	return h.Hasher.VerifyDummy(ctx, secret)
}

// limits counts what the limiter asks of its store.
type limits struct {
	*ratelimit.Memory
	looks, takes atomic.Int64
}

func (l *limits) Look(ctx context.Context, key string, limit ratelimit.Limit, now time.Time) (time.Duration, error) {
	l.looks.Add(1)
	return l.Memory.Look(ctx, key, limit, now)
}

func (l *limits) Take(ctx context.Context, key string, limit ratelimit.Limit, now time.Time) (time.Duration, error) {
	l.takes.Add(1)
	return l.Memory.Take(ctx, key, limit, now)
}

type bench struct {
	*credential.Checker
	rows   *rows
	hasher *counting
	limits *limits
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{rows: &rows{}, limits: &limits{Memory: ratelimit.NewMemory()}}
	b.hasher = &counting{Hasher: password.New(password.Settings{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}})}
	phc, err := b.hasher.Hash(t.Context(), right)
	if err != nil {
		t.Fatal(err)
	}
	b.rows.found = credential.Credential{Account: account.Account{ID: "noor", Code: noor, GivenName: "Noor"}, PHC: phc, SetAt: start}
	ring := seal.NewKeyring("gateway", seal.Key{ID: "1", Secret: [32]byte{1}})
	b.Checker = &credential.Checker{
		Store: b.rows, Hasher: b.hasher, Limits: credential.DefaultLimits(),
		Limiter: &ratelimit.Limiter{Store: b.limits, Keyring: ring, Now: func() time.Time { return start }},
	}
	return b
}

func try(code account.Code, secret, address string) credential.Try {
	return credential.Try{Code: code, Password: secret, Address: netip.MustParseAddr(address)}
}

// ASVS 6.3.8: what a try costs tells nothing about the account.
func TestUnknownAccountsCostTheSame(t *testing.T) {
	type cost struct{ asked, hashes, looks, takes int64 }
	b := newBench(t)
	measure := func(code account.Code) cost {
		before := cost{b.rows.asked.Load(), b.hasher.n.Load(), b.limits.looks.Load(), b.limits.takes.Load()}
		if _, _, err := b.Check(t.Context(), try(code, "falsa", "192.0.2.1")); !errors.Is(err, credential.ErrWrong) {
			t.Fatal(err)
		}
		return cost{b.rows.asked.Load() - before.asked, b.hasher.n.Load() - before.hashes, b.limits.looks.Load() - before.looks, b.limits.takes.Load() - before.takes}
	}
	known, unknown := measure(noor), measure(nobody)
	b.rows.found.PHC = ""
	if without := measure(noor); known != unknown || known != without || known.hashes != 1 || known.asked != 1 {
		t.Errorf("known %+v, unknown %+v, without a password %+v", known, unknown, without)
	}
}

func TestARightPasswordIsNeverCounted(t *testing.T) {
	b := newBench(t)
	for range 100 {
		p, subject, err := b.Check(t.Context(), try(noor, right, "192.0.2.1"))
		if err != nil || p.Account.ID != "noor" || subject != "noor" || !p.SetAt.Equal(start) || p.PHC != "" {
			t.Fatalf("%+v %v", p, err)
		}
	}
	if n := b.limits.takes.Load(); n != 0 {
		t.Errorf("%d failures", n)
	}
}

// SP 800-63B-4 3.2.2: however many try at the same time from however many addresses,
// few passwords are compared and told about.
func TestParallelGuessesShareTheLimit(t *testing.T) {
	b := newBench(t)
	var told, waits atomic.Int64
	var work sync.WaitGroup
	for n := range 200 {
		work.Go(func() {
			_, _, err := b.Check(t.Context(), try(noor, "falsa", netip.AddrFrom4([4]byte{198, 51, 100, byte(n)}).String()))
			switch {
			case errors.Is(err, credential.ErrWrong):
				told.Add(1)
			case fault.Is(err, fault.TooMany):
				waits.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	work.Wait()
	// Beyond the burst only those that were being compared in the same moment.
	if most := int64(b.Limits.Account.Burst + b.hasher.Workers()); told.Load() > most || told.Load()+waits.Load() != 200 {
		t.Errorf("%d told, %d turned away", told.Load(), waits.Load())
	}
	if _, _, err := b.Check(t.Context(), try(noor, right, "203.0.113.9")); !fault.Is(err, fault.TooMany) {
		t.Errorf("an unknown browser is not delayed: %v", err)
	}
	known := try(noor, right, "203.0.113.9")
	known.Known = func(credential.Credential) string { return "browser" }
	if _, _, err := b.Check(t.Context(), known); err != nil {
		t.Errorf("the owner's browser is delayed: %v", err)
	}
}

func TestOneAddressIsDelayedWhateverAccountsItTries(t *testing.T) {
	b := newBench(t)
	b.Limits.Address.Burst = 3
	for range 3 {
		code, err := account.NewCode(9)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Check(t.Context(), try(code, "falsa", "2001:db8::1")); !errors.Is(err, credential.ErrWrong) {
			t.Fatal(err)
		}
	}
	// The same network of one customer.
	if _, _, err := b.Check(t.Context(), try(noor, right, "2001:db8::ffff")); !fault.Is(err, fault.TooMany) {
		t.Error(err)
	}
	if _, _, err := b.Check(t.Context(), try(noor, right, "2001:db8:1::1")); err != nil {
		t.Error(err)
	}
}

func TestAPasswordByOlderCostsGetsANewHash(t *testing.T) {
	b := newBench(t)
	old := password.New(password.Settings{Params: password.Params{Memory: 32, Passes: 2, Threads: 1}})
	var err error
	if b.rows.found.PHC, err = old.Hash(t.Context(), right); err != nil {
		t.Fatal(err)
	}
	p, _, err := b.Check(t.Context(), try(noor, right, "192.0.2.1"))
	if err != nil || p.PHC == "" || p.PHC == b.rows.found.PHC {
		t.Fatalf("%+v %v", p, err)
	}
	if ok, rehash, err := b.hasher.Verify(t.Context(), p.PHC, right); !ok || rehash || err != nil {
		t.Error(ok, rehash, err)
	}
}

func TestAChangeIsNamedLaterThanWhatItReplaces(t *testing.T) {
	b := newBench(t)
	c := &credential.Chooser{
		Store: b.rows, Hasher: b.hasher, Rules: password.DefaultRules(), Limiter: b.Limiter, Limits: b.Limits,
		Now: func() time.Time { return start.Add(-time.Hour) }, // the clock went back
	}
	set, err := c.Choose(t.Context(), credential.Choice{Before: b.rows.found, Password: "quattro rane in uno stagno", By: "password"})
	if err != nil || !set.SetAt.After(start) || !b.rows.change.SetAt.Equal(set.SetAt) || !b.rows.change.Replaces.Equal(start) {
		t.Errorf("%+v %v", set, err)
	}
	for range b.Limits.Change.Burst {
		_, err = c.Choose(t.Context(), credential.Choice{Before: b.rows.found, Password: "quattro rane in uno stagno"})
	}
	if !fault.Is(err, fault.TooMany) {
		t.Errorf("changes are not bounded: %v", err)
	}
}
