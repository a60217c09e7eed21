package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"time"

	"atrio/base/fault"
)

// Seed is an identity made by hand, for the demonstration and for tests: no
// person was proofed, so production commands never call it.
type Seed struct {
	Holder Holder
	// SPIDCode is optional; a random one is drawn when empty.
	SPIDCode SPIDCode
	Password string
	// TOTPKey is the raw shared key of the authenticator app, optional.
	TOTPKey []byte
	// Question is the key of the security question, Answer its answer; optional.
	Question, Answer string
	// SMS marks the mobile number as confirmed for codes.
	SMS bool
	// State is Active when empty.
	State State
	// ExpiresAt is optional; two years after now when zero.
	ExpiresAt time.Time
}

// Hasher hashes a password into a PHC string; authn/password has one.
type Hasher interface {
	Hash(ctx context.Context, password string) (string, error)
}

// Seeder stores seeds.
type Seeder struct {
	Store  Store
	Hasher Hasher
	// Provider is the four-letter code of the identity provider.
	Provider string
	Now      func() time.Time
}

// seedValidity is how long a seeded identity lasts unless it says otherwise.
const seedValidity = 2 * 365 * 24 * time.Hour

// Plant stores one seed and returns the identity. An identity with the same
// User ID gives fault.Conflict and changes nothing, so that a second start of
// the demonstration leaves the first seed alone.
func (s *Seeder) Plant(ctx context.Context, seed Seed) (*Identity, error) {
	now := s.Now()
	i := &Identity{
		ID: NewID(), SPIDCode: seed.SPIDCode, UserID: Login(seed.Holder.Email), Holder: seed.Holder,
		State: seed.State, StateAt: now, CreatedAt: now, ExpiresAt: seed.ExpiresAt,
		Factors: Factors{Password: seed.Password != "", TOTP: len(seed.TOTPKey) > 0, SMS: seed.SMS},
	}
	if i.State == "" {
		i.State = Active
	}
	if i.ExpiresAt.IsZero() {
		i.ExpiresAt = now.Add(seedValidity)
	}
	if err := s.code(i); err != nil {
		return nil, err
	}
	if !i.State.Known() || !strings.Contains(i.UserID, "@") {
		return nil, fault.New(fault.Invalid, "error.idp.seed")
	}
	// Asked before the password is hashed, which costs more than the rest of a
	// start; Create decides all the same.
	switch there, err := s.Store.Exists(ctx, i.UserID, i.SPIDCode); {
	case err != nil:
		return nil, err
	case there:
		return nil, ErrExists
	}
	secrets := Secrets{TOTPKey: seed.TOTPKey}
	if seed.Password != "" {
		phc, err := s.Hasher.Hash(ctx, seed.Password)
		if err != nil {
			return nil, err
		}
		secrets.PasswordHash = phc
	}
	if seed.Answer != "" {
		phc, err := s.Hasher.Hash(ctx, Answer(seed.Answer))
		if err != nil {
			return nil, err
		}
		secrets.Question, secrets.AnswerHash = seed.Question, phc
	}
	return i, s.Store.Create(ctx, i, secrets)
}

// code checks the given spidCode or draws one.
func (s *Seeder) code(i *Identity) (err error) {
	if i.SPIDCode == "" {
		i.SPIDCode, err = NewSPIDCode(s.Provider, nil)
		return err
	}
	_, err = ParseSPIDCode(string(i.SPIDCode))
	return err
}

// NewID draws the internal reference of an identity: 128 random bits.
func NewID() string {
	var raw [16]byte
	rand.Read(raw[:]) //nolint:errcheck // crypto/rand.Read never fails since Go 1.24
	return base64.RawURLEncoding.EncodeToString(raw[:])
}
