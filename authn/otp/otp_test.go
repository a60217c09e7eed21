package otp

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"net/url"
	"strings"
	"testing"
	"time"
)

var (
	secret = []byte("12345678901234567890") // of the RFCs
	now    = time.Unix(1111111109, 0)
)

func TestVectorsOfRFC4226AppendixD(t *testing.T) {
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := HOTP(secret, uint64(counter)); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
}

func TestVectorsOfRFC6238AppendixB(t *testing.T) {
	hashes := []func() hash.Hash{sha1.New, sha256.New, sha512.New}
	for seconds, want := range map[int64][3]string{
		59:          {"94287082", "46119246", "90693936"},
		1111111109:  {"07081804", "68084774", "25091201"},
		1111111111:  {"14050471", "67062674", "99943326"},
		1234567890:  {"89005924", "91819424", "93441116"},
		2000000000:  {"69279037", "90698825", "38618901"},
		20000000000: {"65353130", "77737706", "47863826"},
	} {
		at := time.Unix(seconds, 0)
		for i, h := range hashes {
			key := bytes.Repeat(secret, 4)[:[]int{20, 32, 64}[i]]
			if got := code(h, key, uint64(Step(at)), 8); got != want[i] {
				t.Errorf("%d, hash %d: %s, want %s", seconds, i, got, want[i])
			}
		}
		if got := Generate(secret, at); got != want[0][2:] {
			t.Errorf("%d: six digits %s", seconds, got)
		}
	}
}

func TestTheStepsAroundNowAreAcceptedAndNamed(t *testing.T) {
	for away := int64(-3); away <= 3; away++ {
		c := HOTP(secret, uint64(Step(now)+away))
		step, ok := Verify(secret, c, now, 1)
		if want := away >= -1 && away <= 1; ok != want || ok && step != Step(now)+away {
			t.Errorf("%d steps away: %d %v", away, step, ok)
		}
		if step, ok := Verify(secret, c, now, 0); ok != (away == 0) || ok && step != Step(now) {
			t.Errorf("%d steps away, no skew: %d %v", away, step, ok)
		}
	}
}

func TestStepsTurnEveryThirtySeconds(t *testing.T) {
	for seconds, want := range map[int64]int64{-1: -1, 0: 0, 29: 0, 30: 1, 59: 1, 60: 2} {
		if got := Step(time.Unix(seconds, 999)); got != want {
			t.Errorf("%d s: step %d, want %d", seconds, got, want)
		}
	}
	if step, ok := Verify(secret, HOTP(secret, 0), time.Unix(0, 0), 1); !ok || step != 0 {
		t.Error("the first step of all", step, ok)
	}
	if _, ok := Verify(secret, HOTP(secret, 0), time.Unix(-60, 0), 0); ok {
		t.Error("a code before 1970")
	}
}

func TestOnlySixDigitsAndARealSecretAreTried(t *testing.T) {
	good := Generate(secret, now)
	for _, c := range []string{"", good[:5], good + "0", " " + good[1:], "abcdef", strings.Repeat("1", 1000)} {
		if _, ok := Verify(secret, c, now, 1); ok {
			t.Errorf("%q was accepted", c)
		}
	}
	for _, s := range [][]byte{nil, {}, secret[:15]} {
		if _, ok := Verify(s, HOTP(s, uint64(Step(now))), now, 1); ok {
			t.Errorf("a secret of %d bytes was used", len(s))
		}
	}
	wide := 0
	for away := int64(-40); away <= 40; away++ {
		if _, ok := Verify(secret, HOTP(secret, uint64(Step(now)+away)), now, 1000); ok {
			wide++
		}
	}
	if wide != 21 {
		t.Errorf("an absurd skew accepted %d steps", wide)
	}
}

func TestSecretsSurviveTyping(t *testing.T) {
	s := NewSecret()
	if len(s) != SecretLength || bytes.Equal(s, NewSecret()) {
		t.Fatal("secrets must be long and random")
	}
	text := EncodeSecret(s)
	for _, typed := range []string{text, strings.ToLower(text), text[:4] + " " + text[4:], text + "===="} {
		if got, err := DecodeSecret(typed); err != nil || !bytes.Equal(got, s) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, bad := range []string{"", "ABC", "1" + text[1:], text[:20], strings.Repeat("A", 300), strings.Repeat("A", 120), text + "\n", text[:31] + "=" + text[31:]} {
		if got, err := DecodeSecret(bad); err == nil {
			t.Errorf("%q became %d bytes", bad, len(got))
		}
	}
}

func TestTheURIIsReadByApps(t *testing.T) {
	u, err := url.Parse(URI("Università: prova", "anna@example.org", secret))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/Università  prova:anna@example.org" || strings.Contains(u.String(), "+") {
		t.Errorf("%v", u)
	}
	if q.Get("secret") != EncodeSecret(secret) || q.Get("issuer") != "Università  prova" || q.Get("digits") != "6" || q.Get("period") != "30" || q.Get("algorithm") != "SHA1" {
		t.Errorf("%v", q)
	}
}

func TestSentCodesHaveTheirLengthAndAllDigitsAlike(t *testing.T) {
	const n = 2_000_000
	c := NumericCode(n)
	if len(c) != n || len(NumericCode(6)) != 6 || NumericCode(0) != "" {
		t.Fatal("wrong length")
	}
	// Each digit is expected 200,000 times, with a standard deviation of 424. Six
	// of them do not happen by chance; the bias of b % 10 would be eleven.
	for d := '0'; d <= '9'; d++ {
		if got := strings.Count(c, string(d)); got < 200_000-6*424 || got > 200_000+6*424 {
			t.Errorf("digit %c: %d times", d, got)
		}
	}
	if strings.Trim(c, "0123456789") != "" {
		t.Error("something else than digits")
	}
	if !Equal("123456", "123456") || Equal("123456", "123457") || Equal("123456", "12345") {
		t.Error("Equal is wrong")
	}
}
