package hsm_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/base/keys/hsm"
	"atrio/base/keys/hsm/hsmtest"
)

func TestMain(m *testing.M) { os.Exit(hsmtest.Run(m)) }

func signerOf(t testing.TB, d *hsm.Device, label string) crypto.Signer {
	t.Helper()
	public, err := d.Public(label)
	if err != nil {
		t.Fatal(err)
	}
	return d.Signer(label, public)
}

func verify(t testing.TB, public crypto.PublicKey, hash crypto.Hash, digest, signature []byte) {
	t.Helper()
	ok := false
	switch key := public.(type) {
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(key, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(key, digest, signature)
	}
	if !ok {
		t.Error("the signature is wrong")
	}
}

func TestATokenSignsWithRSAAndECDSA(t *testing.T) {
	d := hsmtest.New(t).Device(t)
	for _, label := range []string{"rsa", "ec"} {
		s := signerOf(t, d, label)
		short, long := sha256.Sum256([]byte("x")), sha512.Sum512([]byte("x"))
		for hash, digest := range map[crypto.Hash][]byte{crypto.SHA256: short[:], crypto.SHA512: long[:]} {
			signature, err := s.Sign(rand.Reader, digest, hash)
			if err != nil {
				t.Fatal(label, hash, err)
			}
			verify(t, s.Public(), hash, digest, signature)
		}
		if _, err := s.Sign(rand.Reader, short[:], crypto.SHA1); err == nil {
			t.Error("SHA-1 was signed")
		}
		if _, err := s.Sign(rand.Reader, short[:10], crypto.SHA256); err == nil {
			t.Error("a short digest was signed")
		}
	}
	if _, err := d.Public("nobody"); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "0 keys") {
		t.Errorf("a key that is not there: %v", err)
	}
}

func TestManySignAtOnce(t *testing.T) {
	d := hsmtest.New(t).Device(t)
	rsaKey, ecKey := signerOf(t, d, "rsa"), signerOf(t, d, "ec")
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			s := []crypto.Signer{rsaKey, ecKey}[n%2]
			digest := sha256.Sum256([]byte(strconv.Itoa(n)))
			signature, err := s.Sign(rand.Reader, digest[:], crypto.SHA256)
			if err != nil {
				t.Error(err)
				return
			}
			verify(t, s.Public(), crypto.SHA256, digest[:], signature)
		})
	}
	all.Wait()
}

func TestAWrongPINIsTriedOnceAndShownNowhere(t *testing.T) {
	soft := hsmtest.New(t)
	d := soft.Device(t)
	d.PIN = "pin-sbagliato"
	d.Pause = time.Nanosecond
	counted := filepath.Join(t.TempDir(), "starts")
	d.Helper = script(t, `echo x >> "`+counted+`"; exec "`+d.Helper+`"`)
	for range 12 { // a token locks itself after fewer
		_, err := d.Public("rsa")
		if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "refused the PIN") {
			t.Fatal(err)
		}
		if strings.Contains(err.Error(), d.PIN) {
			t.Fatal("the PIN is in the error")
		}
	}
	if starts, err := os.ReadFile(counted); err != nil || len(starts) != 2 {
		t.Errorf("the helper was started %d times, %v", len(starts)/2, err)
	}
	signerOf(t, soft.Device(t), "rsa") // the token is not locked
}

// script is a program of one line of shell.
func script(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestATokenThatGoesAndComesBackIsFoundAgain(t *testing.T) {
	soft := hsmtest.New(t)
	d := soft.Device(t)
	clock := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	d.Now = func() time.Time { return clock }
	s := signerOf(t, d, "rsa")
	digest := sha256.Sum256([]byte("x"))
	away := soft.Dir + ".away"
	if err := os.Rename(soft.Dir, away); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if _, err := s.Sign(rand.Reader, digest[:], crypto.SHA256); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("without its token: %v", err)
	}
	if err := os.Rename(away, soft.Dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sign(rand.Reader, digest[:], crypto.SHA256); !fault.Is(err, fault.Unavailable) {
		t.Errorf("within the pause no new start is tried: %v", err)
	}
	clock = clock.Add(time.Second)
	signature, err := s.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	verify(t, s.Public(), crypto.SHA256, digest[:], signature)
}

// TestAKilledHelperCostsOneErrorAtMost: the signatures under way fail as
// unavailable, the next ones come from a new helper.
func TestAKilledHelperCostsOneErrorAtMost(t *testing.T) {
	soft := hsmtest.New(t)
	d := soft.Device(t)
	pidFile := filepath.Join(t.TempDir(), "pid")
	d.Helper = script(t, `echo $$ > "`+pidFile+`"; exec "`+d.Helper+`"`)
	s := signerOf(t, d, "rsa")
	digest := sha256.Sum256([]byte("x"))
	for range 3 {
		text, err := os.ReadFile(pidFile)
		if err != nil {
			t.Fatal(err)
		}
		pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		process, err := os.FindProcess(pid)
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Kill(); err != nil {
			t.Fatal(err)
		}
		failures := 0
		for {
			signature, err := s.Sign(rand.Reader, digest[:], crypto.SHA256)
			if err == nil {
				verify(t, s.Public(), crypto.SHA256, digest[:], signature)
				break
			}
			if failures++; failures > 1 || !fault.Is(err, fault.Unavailable) {
				t.Fatalf("failure %d: %v", failures, err)
			}
		}
	}
}

func TestALibraryThatHangsIsEnded(t *testing.T) {
	d := &hsm.Device{Helper: script(t, `exec cat >/dev/null`), Module: "x", Token: "x", PIN: "segreto-1", Limit: 50 * time.Millisecond}
	_, err := d.Public("rsa")
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "in time") {
		t.Errorf("a helper that says nothing: %v", err)
	}
}

func TestHelpersThatTalkNonsenseAreUnavailable(t *testing.T) {
	for name, text := range map[string]string{
		"ends at once":  `exit 1`,
		"no JSON":       `echo hello >&3; cat >/dev/null`,
		"a long line":   `head -c 200000 /dev/zero | tr '\0' 'x' >&3; cat >/dev/null`,
		"another reply": `echo '{"id":99}' >&3; exit 0`,
	} {
		d := &hsm.Device{Helper: script(t, text), Module: "x", Token: "x", PIN: "segreto-1"}
		if _, err := d.Public("rsa"); !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "segreto-1") {
			t.Errorf("%s: %v", name, err)
		}
		d.Close()
	}
	d := &hsm.Device{Helper: filepath.Join(t.TempDir(), "nowhere")}
	if _, err := d.Public("rsa"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a helper that is not there: %v", err)
	}
}

func TestAnotherKeyUnderTheLabelIsNoticed(t *testing.T) {
	d := hsmtest.New(t).Device(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	_, err = d.Signer("rsa", other.Public()).Sign(rand.Reader, digest[:], crypto.SHA256)
	if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "another key") {
		t.Errorf("got %v", err)
	}
}

func TestThePINIsInNoArgumentAndNoEnvironment(t *testing.T) {
	soft := hsmtest.New(t)
	dump := filepath.Join(t.TempDir(), "dump")
	d := soft.Device(t)
	d.Environ = hsm.Environment(append(soft.Environ, "ATRIO_GATEWAY_PKCS11_PIN="+soft.PIN))
	d.Helper = script(t, `(echo "$@"; env) > "`+dump+`"; exec "`+d.Helper+`"`)
	signerOf(t, d, "ec")
	seen, err := os.ReadFile(dump)
	if err != nil || strings.Contains(string(seen), soft.PIN) || !strings.Contains(string(seen), "SOFTHSM2_CONF") {
		t.Errorf("%v, the helper was told: %s", err, seen)
	}
}

// TestTheHelperRefusesWhatMakesNoSense talks to the helper as a broken program would.
func TestTheHelperRefusesWhatMakesNoSense(t *testing.T) {
	for _, lines := range []string{
		`{"id":1,"op":"sign","label":"rsa"}`, // nothing is open
		`no json`,
		`{"id":1,"op":"open","module":"/nowhere.so"}`,
	} {
		cmd := exec.Command(hsmtest.Helper(t))
		cmd.Stdin = strings.NewReader(lines + "\n")
		out, replies, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.ExtraFiles = []*os.File{replies}
		runErr := cmd.Run()
		replies.Close()
		text, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		var reply hsm.Reply
		if strings.HasPrefix(lines, "{") && (runErr == nil || json.Unmarshal(text, &reply) != nil || reply.Code != hsm.CodeToken) {
			t.Errorf("%s: %v, %s", lines, runErr, text)
		}
	}
	if err := exec.Command(hsmtest.Helper(t)).Run(); err == nil {
		t.Error("it runs by hand")
	}
}

// BenchmarkTokenSignature is what the way to the helper and back costs, the
// signature of SoftHSM included.
func BenchmarkTokenSignature(b *testing.B) {
	d := hsmtest.New(b).Device(b)
	for _, label := range []string{"rsa", "ec"} {
		s := signerOf(b, d, label)
		digest := sha256.Sum256([]byte("x"))
		b.Run(label, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
