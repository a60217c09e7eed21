package secondfactor

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"atrio/authn/otp"
	kinds "atrio/authn/secondfactor"
	"atrio/base/ratelimit"
	"atrio/base/seal"
)

var at = time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)

func TestACodeOfTheAppMatchesItsStepOrTellsTheClock(t *testing.T) {
	key := []byte("12345678901234567890")
	for away, want := range map[time.Duration]Match{
		0: {Step: otp.Step(at), OK: true}, otp.Period: {Step: otp.Step(at) + 1, OK: true}, -otp.Period: {Step: otp.Step(at) - 1, OK: true},
		2 * otp.Period: {Off: time.Minute}, -10 * otp.Period: {Off: -5 * time.Minute}, 11 * otp.Period: {}, -time.Hour: {},
	} {
		if got := MatchApp(key, otp.Generate(key, at.Add(away)), at); got != want {
			t.Errorf("%v away: %+v, want %+v", away, got, want)
		}
	}
	if got := MatchApp(nil, "123456", at); got != (Match{}) {
		t.Errorf("no key: %+v", got)
	}
}

// sink remembers what a checker wanted to be sent and compared.
type sink struct {
	Codes
	sent    Sending
	digests [][]byte
}

func (s *sink) SendSMS(_ context.Context, m Sending) (time.Duration, error) {
	s.sent = m
	return 0, nil
}

func (s *sink) TrySMS(_ context.Context, _ Try, digest []byte) (Verdict, error) {
	s.digests = append(s.digests, digest)
	return Verdict{}, nil
}

func TestASentCodeFitsItsFlowItsAccountAndItsNumberAlone(t *testing.T) {
	ring, s := seal.NewKeyring("gateway", seal.Key{ID: "1", Secret: [32]byte{1}}), &sink{}
	c := &Checker{
		Codes: s, Keyring: ring, Limits: DefaultLimits(), Now: func() time.Time { return at },
		Limiter: &ratelimit.Limiter{Keyring: ring, Now: func() time.Time { return at }},
	}
	e := Envelope{Flow: "f", AccountID: "a", Number: "+393331234567", Lang: "it", Text: func(code string) string { return code }}
	if _, err := c.Send(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	code := s.sent.Message.Text
	if len(code) != otp.Digits || bytes.Contains(s.sent.Digest, []byte(code)) || !s.sent.Expires.Equal(at.Add(10*time.Minute)) || len(s.sent.Caps) != 5 {
		t.Errorf("sent %+v", s.sent)
	}
	right := Attempt{Flow: "f", AccountID: "a", Number: "+393331234567", Code: code}
	for n, change := range []func(*Attempt){
		func(*Attempt) {}, func(a *Attempt) { a.Flow = "g" }, func(a *Attempt) { a.AccountID = "b" }, func(a *Attempt) { a.Number = "+393337654321" }, func(a *Attempt) { a.Number = "" },
	} {
		a := right
		change(&a)
		if _, err := c.SMS(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if fits := bytes.Equal(s.digests[n], s.sent.Digest); fits != (n == 0) {
			t.Errorf("%+v fits: %v", a, fits)
		}
	}
}

func TestTheLimitsKeepWhatTheStandardsAsk(t *testing.T) {
	l := DefaultLimits()
	if l.Account.Burst > 100 || l.Request.Burst > 5 || l.Valid > 10*time.Minute || l.Pause < 30*time.Second {
		t.Errorf("%+v", l)
	}
	for _, one := range []ratelimit.Limit{l.Account, l.Request, l.SMSAccount, l.SMSNumber, l.SMSAddress, l.SMSPrefix, l.SMSAll} {
		if !strings.HasPrefix(one.Name, "factor.") || one.Burst < 1 || one.Per <= 0 {
			t.Errorf("%+v bounds nothing", one)
		}
	}
}

func TestTwoFactorsAreSignalledWithTheirNames(t *testing.T) {
	first := []string{"pwd"}
	if got := (Used{Kind: kinds.TOTP}).AMR(first); !slices.Equal(got, []string{"pwd", "otp", "mfa"}) || len(first) != 1 {
		t.Errorf("%v", got)
	}
	if got := (Used{Kind: kinds.SMS}).AMR([]string{"mfa"}); !slices.Equal(got, []string{"mfa", "sms"}) {
		t.Errorf("%v", got)
	}
}

func TestTheKindsOfAnAccountComeInTheOrderOfAdvice(t *testing.T) {
	s := Status{Factors: []Factor{{ID: "1", Kind: kinds.SMS}, {ID: "2", Kind: kinds.TOTP}, {ID: "3", Kind: kinds.SMS}}, RecoveryLeft: 1}
	if got := s.Kinds(); !slices.Equal(got, []kinds.Kind{kinds.TOTP, kinds.SMS, kinds.Recovery}) {
		t.Errorf("%v", got)
	}
	if f, ok := s.Find("3"); !ok || f.Kind != kinds.SMS || len(s.Of(kinds.SMS)) != 2 || len(s.Factors) != 3 {
		t.Errorf("%+v", f)
	}
	if (Status{RecoveryLeft: 10}).Has() || (Status{}).Has() || !s.Has() {
		t.Error("recovery codes alone are no second factor")
	}
	if _, ok := s.Find(""); ok {
		t.Error("a factor without a name was found")
	}
}
