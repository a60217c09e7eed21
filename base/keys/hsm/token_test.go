package hsm_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"atrio/base/keys/hsm"
)

// softHSM is a token in files, with an RSA key "rsa" and an ECDSA key "ec".
type softHSM struct {
	module, token, pin string
	environ            []string
	dir                string // of the token's files
}

// tool finds a program that a Debian package brings.
func tool(t testing.TB, name, debian string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is missing: apt-get install %s", name, debian)
	}
	return path
}

func newSoftHSM(t testing.TB) softHSM {
	t.Helper()
	s := softHSM{module: "/usr/lib/softhsm/libsofthsm2.so", token: "atrio", pin: "prova-1234", dir: filepath.Join(t.TempDir(), "tokens")}
	if _, err := os.Stat(s.module); err != nil {
		t.Fatal("the library of SoftHSM is missing: apt-get install softhsm2")
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(filepath.Dir(s.dir), "softhsm2.conf")
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", s.dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.environ = append(hsm.Environment(os.Environ()), "SOFTHSM2_CONF="+conf)
	s.run(t, tool(t, "softhsm2-util", "softhsm2"), "--init-token", "--free", "--label", s.token, "--so-pin", "so-prova", "--pin", s.pin)
	s.make(t, "rsa", "rsa:2048", "01")
	s.make(t, "ec", "EC:prime256v1", "02")
	return s
}

// make generates a key pair in the token.
func (s softHSM) make(t testing.TB, label, kind, id string) {
	t.Helper()
	s.run(t, tool(t, "pkcs11-tool", "opensc"), "--module", s.module, "--token-label", s.token, "--login", "--pin", s.pin,
		"--keypairgen", "--key-type", kind, "--label", label, "--id", id)
}

func (s softHSM) run(t testing.TB, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.environ
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
	}
}

var built struct {
	sync.Once
	dir, path string
	err       error
}

// helper builds the helper once for all tests of this package.
func helper(t testing.TB) string {
	t.Helper()
	built.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "atrio-pkcs11"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "atrio-pkcs11")
		cmd := exec.Command("go", "build", "-o", built.path, "atrio/cmd/atrio-pkcs11")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("building the helper (needs gcc: apt-get install gcc): %v\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func TestMain(m *testing.M) {
	status := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(status)
}

func (s softHSM) device(t testing.TB) *hsm.Device {
	t.Helper()
	d := &hsm.Device{Helper: helper(t), Module: s.module, Token: s.token, PIN: s.pin, Environ: s.environ}
	t.Cleanup(d.Close)
	return d
}
