package credential

import (
	"context"
	"strings"
	"time"

	"atrio/authn/password"
	"atrio/base/audit"
	"atrio/base/fault"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/gateway/account"
)

// Chooser sets passwords within the rules.
type Chooser struct {
	Store   Store
	Hasher  Hasher
	Rules   password.Rules
	Limiter *ratelimit.Limiter
	Limits  Limits
	// Place are words that everybody knows here: the name of the institution.
	Place []string
	Now   func() time.Time
}

// Choice is a password that somebody wants for an account.
type Choice struct {
	// Before is the password that the account has; without a hash for none.
	Before   Credential
	Password string
	// By is what its owner was known by: "password", "mail", or a door.
	By string
	// Ends is set when all sessions end but Session.
	Ends    bool
	Session string
	Event   audit.Event
	Tell    func(account.Account) notify.Message
}

// errFormer: the password is the present one or one of the last.
var errFormer = fault.New(fault.Invalid, "error.password.former").For("password_former")

// Check refuses what may not be a password of an account. // G5.3
func (c *Chooser) Check(secret string, a account.Account) error {
	mailbox, _, _ := strings.Cut(a.Email, "@")
	about := append([]string{a.GivenName, a.FamilyName, string(a.Code), string(a.FiscalCode), mailbox}, c.Place...)
	return c.Rules.Check(secret, about...)
}

// Choose sets a password. Refusals of the rules are of the kind fault.Invalid.
// changed is the credential as it is afterwards.
func (c *Chooser) Choose(ctx context.Context, want Choice) (changed Credential, err error) {
	a := want.Before.Account
	if err := c.Check(want.Password, a); err != nil {
		return Credential{}, err
	}
	// Each try beyond here costs hashes.
	if err := c.Limiter.Allow(ctx, c.Limits.Change, a.ID); err != nil {
		return Credential{}, err
	}
	if err := c.notFormer(ctx, want); err != nil {
		return Credential{}, err
	}
	phc, err := c.Hasher.Hash(ctx, want.Password)
	if err != nil {
		return Credential{}, err
	}
	now := c.Now()
	set := now.UTC().Truncate(time.Microsecond) // as it comes back from the row
	if !set.After(want.Before.SetAt) {
		set = want.Before.SetAt.Add(time.Microsecond) // the clock stood still or went back
	}
	err = c.Store.SetPassword(ctx, Change{
		AccountID: a.ID, PHC: phc, SetAt: set, Replaces: want.Before.SetAt, By: want.By, Keep: c.Rules.History,
		Ends: want.Ends, Session: want.Session, Now: now, Event: want.Event, Tell: want.Tell,
	})
	return Credential{Account: a, PHC: phc, SetAt: set}, err
}

// notFormer refuses the present password and those before it.
func (c *Chooser) notFormer(ctx context.Context, want Choice) error {
	if want.Before.PHC == "" {
		return nil
	}
	former := []string{want.Before.PHC}
	if c.Rules.History > 0 {
		older, err := c.Store.FormerPasswords(ctx, want.Before.Account.ID, c.Rules.History)
		if err != nil {
			return err
		}
		former = append(former, older...)
	}
	for _, phc := range former {
		same, _, err := c.Hasher.Verify(ctx, phc, want.Password)
		if err != nil {
			return err
		}
		if same {
			return errFormer
		}
	}
	return nil
}
