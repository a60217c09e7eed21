// Package passkey checks passkeys and security keys (WebAuthn level 3): what a browser
// is asked, and whether its answer fits.
//
// The reading of messages and the arithmetic are those of go-webauthn, which stays
// behind this package. It remembers nothing: that a challenge is used once, and the
// counters of keys, are rows of the products.
package passkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Party is a site that passkeys are made for. A key of one site answers no other.
type Party struct{ lib *webauthn.WebAuthn }

// ErrHost: a site without a domain name, such as an IP address, has no passkeys.
var ErrHost = errors.New("passkey: the site has no domain name")

// New makes the party of a site: scheme and host, and its name as authenticators show it.
func New(baseURL, name string) (*Party, error) {
	return newParty(baseURL, name, protocol.ResidentKeyRequirementPreferred, protocol.VerificationPreferred)
}

// NewStrict makes a party whose every key stays in its authenticator, so that it needs no
// name to be found, and answers only after a PIN or a look at the person: one key is two
// factors, when it is made as well as when it is used.
func NewStrict(baseURL, name string) (*Party, error) {
	return newParty(baseURL, name, protocol.ResidentKeyRequirementRequired, protocol.VerificationRequired)
}

func newParty(baseURL, name string, resident protocol.ResidentKeyRequirement, verification protocol.UserVerificationRequirement) (*Party, error) {
	u, err := url.Parse(baseURL)
	if err != nil || u.Hostname() == "" {
		return nil, ErrHost
	}
	if protocol.ValidateRPID(u.Hostname()) != nil {
		return nil, ErrHost
	}
	lib, err := webauthn.New(&webauthn.Config{
		RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{u.Scheme + "://" + u.Host},
		// Which make an authenticator is of is nobody's matter here.
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: resident, RequireResidentKey: required(resident), UserVerification: verification,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	return &Party{lib}, nil
}

// required says it the way of WebAuthn level 1; nil is not said.
func required(resident protocol.ResidentKeyRequirement) *bool {
	if resident != protocol.ResidentKeyRequirementRequired {
		return nil
	}
	yes := true
	return &yes
}

// Key is one passkey as it is stored.
type Key struct {
	ID        []byte `json:"i"`
	PublicKey []byte `json:"p"`
	// Synced is set when the key can be copied to other devices of its owner.
	Synced bool `json:"s,omitempty"`
	// Count is what its authenticator had counted when it was stored; often 0 for ever.
	Count      uint32   `json:"c,omitempty"`
	Transports []string `json:"t,omitempty"`
}

// Owner is whose keys they are.
type Owner struct {
	// Handle is opaque to everybody else, at most 64 bytes.
	Handle []byte
	// Name is what an authenticator shows to tell accounts apart.
	Name string
	Keys []Key
}

// ErrAnswer: the answer of a browser does not fit. What of it is the private cause.
var ErrAnswer = errors.New("passkey: the answer does not fit")

// maxAnswer bounds the answer of a browser.
const maxAnswer = 16 << 10

// Create is what a browser is asked for to make a key, as JSON.
func (p *Party) Create(o Owner, challenge []byte) ([]byte, error) {
	options, _, err := p.create(o, challenge)
	if err != nil {
		return nil, err
	}
	return json.Marshal(options.Response)
}

func (p *Party) create(o Owner, challenge []byte) (*protocol.CredentialCreation, *webauthn.SessionData, error) {
	c, s, err := p.lib.BeginRegistration(user(o), webauthn.WithExclusions(webauthn.Credentials(user(o).WebAuthnCredentials()).CredentialDescriptors()),
		func(c *protocol.PublicKeyCredentialCreationOptions) error { c.Challenge = challenge; return nil })
	if err != nil {
		return nil, nil, fmt.Errorf("passkey: %w", err)
	}
	return c, s, nil
}

// Created checks the answer to Create for the same owner and challenge.
func (p *Party) Created(o Owner, challenge []byte, answer string) (Key, error) {
	if len(answer) > maxAnswer {
		return Key{}, ErrAnswer
	}
	_, session, err := p.create(o, challenge)
	if err != nil {
		return Key{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer))
	if err != nil {
		return Key{}, errors.Join(ErrAnswer, err)
	}
	made, err := p.lib.CreateCredential(user(o), *session, parsed)
	if err != nil {
		return Key{}, errors.Join(ErrAnswer, err)
	}
	k := Key{ID: made.ID, PublicKey: made.PublicKey, Synced: made.Flags.BackupEligible, Count: made.Authenticator.SignCount}
	for _, t := range made.Transport {
		k.Transports = append(k.Transports, string(t))
	}
	return k, nil
}

// Answer is which key answered.
type Answer struct {
	KeyID []byte
	// Count is what the authenticator has counted by now; one that is not higher than
	// before, unless both are 0, may be that of a copy. // WebAuthn 7.2
	Count  uint32
	Synced bool
	// Verified is set when the authenticator made sure who is there, by PIN or body.
	Verified bool
}

// Ask is what a browser is asked for to show one of the owner's keys, as JSON.
func (p *Party) Ask(o Owner, challenge []byte) ([]byte, error) {
	options, _, err := p.lib.BeginLogin(user(o), webauthn.WithChallenge(challenge))
	if err != nil {
		return nil, fmt.Errorf("passkey: %w", err)
	}
	return json.Marshal(options.Response)
}

// Answered checks the answer to Ask for the same owner and challenge.
func (p *Party) Answered(o Owner, challenge []byte, answer string) (Answer, error) {
	parsed, err := parse(answer)
	if err != nil {
		return Answer{}, err
	}
	_, session, err := p.lib.BeginLogin(user(o), webauthn.WithChallenge(challenge))
	if err != nil {
		return Answer{}, fmt.Errorf("passkey: %w", err)
	}
	used, err := p.lib.ValidateLogin(user(o), *session, parsed)
	if err != nil {
		return Answer{}, errors.Join(ErrAnswer, err)
	}
	return answered(used, parsed), nil
}

// AskAnybody is what a browser is asked for to show whatever key it has for this site,
// with a PIN or a look at the person: it stands for two factors. // SP 800-63B-4 3.1.7.1
func (p *Party) AskAnybody(challenge []byte) ([]byte, error) {
	options, _, err := p.anybody(challenge)
	if err != nil {
		return nil, err
	}
	return json.Marshal(options.Response)
}

func (p *Party) anybody(challenge []byte) (*protocol.CredentialAssertion, *webauthn.SessionData, error) {
	options, session, err := p.lib.BeginDiscoverableLogin(webauthn.WithChallenge(challenge), webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, nil, fmt.Errorf("passkey: %w", err)
	}
	return options, session, nil
}

// AnsweredBy checks the answer to AskAnybody; find gives the owner of a handle.
func (p *Party) AnsweredBy(challenge []byte, answer string, find func(handle []byte) (Owner, error)) (Owner, Answer, error) {
	parsed, err := parse(answer)
	if err != nil {
		return Owner{}, Answer{}, err
	}
	_, session, err := p.anybody(challenge)
	if err != nil {
		return Owner{}, Answer{}, err
	}
	var owner Owner
	var failed error // of find, which is not the browser's fault
	_, used, err := p.lib.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		if owner, failed = find(handle); failed != nil {
			return nil, failed
		}
		return user(owner), nil
	}, *session, parsed)
	switch {
	case failed != nil:
		return Owner{}, Answer{}, failed
	case err != nil:
		return Owner{}, Answer{}, errors.Join(ErrAnswer, err)
	}
	return owner, answered(used, parsed), nil
}

func parse(answer string) (*protocol.ParsedCredentialAssertionData, error) {
	if len(answer) > maxAnswer {
		return nil, ErrAnswer
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer))
	if err != nil {
		return nil, errors.Join(ErrAnswer, err)
	}
	return parsed, nil
}

func answered(used *webauthn.Credential, parsed *protocol.ParsedCredentialAssertionData) Answer {
	data := parsed.Response.AuthenticatorData
	return Answer{KeyID: used.ID, Count: data.Counter, Synced: used.Flags.BackupEligible, Verified: data.Flags.HasUserVerified()}
}

// user shows an owner to the library.
type user Owner

func (u user) WebAuthnID() []byte          { return u.Handle }
func (u user) WebAuthnName() string        { return u.Name }
func (u user) WebAuthnDisplayName() string { return u.Name }

func (u user) WebAuthnCredentials() []webauthn.Credential {
	list := make([]webauthn.Credential, len(u.Keys))
	for i, k := range u.Keys {
		list[i] = webauthn.Credential{
			ID: k.ID, PublicKey: k.PublicKey, AttestationType: "none", AttestationFormat: "none",
			Flags: webauthn.CredentialFlags{UserPresent: true, BackupEligible: k.Synced}, Authenticator: webauthn.Authenticator{SignCount: k.Count},
		}
		for _, t := range k.Transports {
			list[i].Transport = append(list[i].Transport, protocol.AuthenticatorTransport(t))
		}
	}
	return list
}
