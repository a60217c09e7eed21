package passkey_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"atrio/authn/passkey"
	"atrio/authn/passkey/passkeytest"
)

const site = "https://login.ateneo.example.it"

var challenge = []byte("0123456789abcdef0123456789abcdef")

func party(t *testing.T) *passkey.Party {
	t.Helper()
	p, err := passkey.New(site, "Ateneo di Prova")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// registered is an owner with a key on a device.
func registered(t *testing.T, p *passkey.Party, d *passkeytest.Device) passkey.Owner {
	t.Helper()
	o := passkey.Owner{Handle: []byte("handle-of-ada"), Name: "123456789"}
	options, err := p.Create(o, challenge)
	if err != nil {
		t.Fatal(err)
	}
	k, err := p.Created(o, challenge, d.Create(t, options))
	if err != nil {
		t.Fatal(err)
	}
	o.Keys = append(o.Keys, k)
	return o
}

func TestAKeyIsMadeAndAnswers(t *testing.T) {
	p, d := party(t), passkeytest.New(t, site)
	o := registered(t, p, d)
	if !bytes.Equal(o.Keys[0].ID, d.ID) || o.Keys[0].Synced {
		t.Errorf("%+v", o.Keys[0])
	}
	other := []byte("another challenge of 32 bytes 00")
	options, err := p.Ask(o, other)
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Answered(o, other, d.Get(t, options))
	if err != nil || !bytes.Equal(a.KeyID, d.ID) || !a.Verified || a.Count != 2 {
		t.Errorf("%+v, %v", a, err)
	}
	anybody, err := p.AskAnybody(challenge)
	if err != nil || !bytes.Contains(anybody, []byte(`"userVerification":"required"`)) {
		t.Fatalf("%s, %v", anybody, err)
	}
	who, a, err := p.AnsweredBy(challenge, d.Get(t, anybody), func(handle []byte) (passkey.Owner, error) {
		if !bytes.Equal(handle, o.Handle) {
			t.Errorf("handle %q", handle)
		}
		return o, nil
	})
	if err != nil || who.Name != o.Name || !a.Verified {
		t.Errorf("%+v, %+v, %v", who, a, err)
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	p, d := party(t), passkeytest.New(t, site)
	o := registered(t, p, d)
	ask := func(c []byte) []byte {
		options, err := p.Ask(o, c)
		if err != nil {
			t.Fatal(err)
		}
		return options
	}
	refused := func(name string, o passkey.Owner, c []byte, answer string) {
		t.Helper()
		if _, err := p.Answered(o, c, answer); !errors.Is(err, passkey.ErrAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := d.Get(t, ask(challenge))
	refused("another challenge", o, []byte("another challenge of 32 bytes 00"), good)
	refused("somebody else's account", passkey.Owner{Handle: []byte("other"), Keys: o.Keys}, challenge, good)
	stranger := passkeytest.New(t, site)
	stranger.ID, stranger.Handle = d.ID, d.Handle
	refused("the signature of another key", o, challenge, stranger.Get(t, ask(challenge)))
	phished := *d
	phished.Origin = "https://login.ateneo-example.it"
	refused("another site", o, challenge, phished.Get(t, ask(challenge)))
	unknown := passkeytest.New(t, site)
	refused("a key that is not there", o, challenge, unknown.Get(t, ask(challenge)))
	absent := *d
	absent.Absent = true
	refused("nobody touched it", o, challenge, absent.Get(t, ask(challenge)))
	for _, broken := range []string{"", "{}", "null", "[]", good[:len(good)/2], strings.Repeat("x", 20_000), `{"id":"AA","type":"public-key"}`} {
		refused("broken", o, challenge, broken)
	}
	unverified := *d
	unverified.Unverified = true
	anybody, err := p.AskAnybody(challenge)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.AnsweredBy(challenge, unverified.Get(t, anybody), func([]byte) (passkey.Owner, error) { return o, nil }); !errors.Is(err, passkey.ErrAnswer) {
		t.Errorf("a key without PIN stands for two factors: %v", err)
	}
	if a, err := p.Answered(o, challenge, unverified.Get(t, ask(challenge))); err != nil || a.Verified {
		t.Errorf("as a second factor it does not need one: %+v, %v", a, err)
	}
	down := errors.New("store is down")
	if _, _, err := p.AnsweredBy(challenge, d.Get(t, anybody), func([]byte) (passkey.Owner, error) { return passkey.Owner{}, down }); !errors.Is(err, down) || errors.Is(err, passkey.ErrAnswer) {
		t.Errorf("a fault of ours: %v", err)
	}
}

func TestANewKeyFitsItsQuestionAlone(t *testing.T) {
	p, d := party(t), passkeytest.New(t, site)
	o := passkey.Owner{Handle: []byte("handle-of-ada"), Name: "123456789"}
	options, err := p.Create(o, challenge)
	if err != nil {
		t.Fatal(err)
	}
	answer := d.Create(t, options)
	if _, err := p.Created(o, []byte("another challenge of 32 bytes 00"), answer); !errors.Is(err, passkey.ErrAnswer) {
		t.Errorf("another challenge: %v", err)
	}
	phished := *d
	phished.Origin = "https://evil.example"
	for _, bad := range []string{"", "{}", strings.Repeat("x", 20_000), phished.Create(t, options)} {
		if _, err := p.Created(o, challenge, bad); !errors.Is(err, passkey.ErrAnswer) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
	o.Keys = []passkey.Key{{ID: []byte("known"), PublicKey: []byte("x")}}
	again, err := p.Create(o, challenge)
	if err != nil || !json.Valid(again) || !bytes.Contains(again, []byte(`"excludeCredentials"`)) {
		t.Errorf("a known key is not excluded: %s, %v", again, err)
	}
}

func TestASiteWithoutADomainNameHasNoPasskeys(t *testing.T) {
	for _, bad := range []string{"", "http://127.0.0.1:8080", "https://[::1]", "nonsense"} {
		if _, err := passkey.New(bad, "x"); !errors.Is(err, passkey.ErrHost) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := passkey.New("http://localhost:8080", "x"); err != nil {
		t.Error(err)
	}
}

func TestAStrictPartyTakesNoKeyWithoutAPersonsVerification(t *testing.T) {
	p, err := passkey.NewStrict(site, "Ateneo di Prova")
	if err != nil {
		t.Fatal(err)
	}
	d := passkeytest.New(t, site)
	o := registered(t, p, d)
	d.Unverified = true
	options, err := p.Create(passkey.Owner{Handle: []byte("other"), Name: "x"}, challenge)
	if err != nil || !bytes.Contains(options, []byte(`"userVerification":"required"`)) || !bytes.Contains(options, []byte(`"residentKey":"required"`)) {
		t.Fatalf("%s, %v", options, err)
	}
	if _, err := p.Created(passkey.Owner{Handle: []byte("other"), Name: "x"}, challenge, d.Create(t, options)); !errors.Is(err, passkey.ErrAnswer) {
		t.Errorf("a key made without a PIN: %v", err)
	}
	ask, err := p.Ask(o, challenge)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Answered(o, challenge, d.Get(t, ask)); !errors.Is(err, passkey.ErrAnswer) {
		t.Errorf("an answer without a PIN: %v", err)
	}
}
