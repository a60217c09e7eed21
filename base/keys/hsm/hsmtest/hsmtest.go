// Package hsmtest gives tests a PKCS#11 token of their own: SoftHSM, with the
// helper that the program talks to it by. A missing tool fails the test and names
// the Debian package.
package hsmtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"atrio/base/keys/hsm"
)

// Token is a token in files, with an RSA key "rsa" and an ECDSA key "ec".
type Token struct {
	Module, Label, PIN string
	// Environ is what tools and helper need to find it.
	Environ []string
	// Conf is the configuration file of SoftHSM, Dir has the token's files.
	Conf, Dir string
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

// New makes a token; it goes with the test.
func New(t testing.TB) Token {
	t.Helper()
	s := Token{Module: "/usr/lib/softhsm/libsofthsm2.so", Label: "atrio", PIN: "prova-1234", Dir: filepath.Join(t.TempDir(), "tokens")}
	if _, err := os.Stat(s.Module); err != nil {
		t.Fatal("the library of SoftHSM is missing: apt-get install softhsm2")
	}
	if err := os.Mkdir(s.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.Conf = filepath.Join(filepath.Dir(s.Dir), "softhsm2.conf")
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", s.Dir)
	if err := os.WriteFile(s.Conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Environ = append(hsm.Environment(os.Environ()), "SOFTHSM2_CONF="+s.Conf)
	s.run(t, tool(t, "softhsm2-util", "softhsm2"), "--init-token", "--free", "--label", s.Label, "--so-pin", "so-prova", "--pin", s.PIN)
	s.Make(t, "rsa", "rsa:2048", "01")
	s.Make(t, "ec", "EC:prime256v1", "02")
	return s
}

// Make generates a key pair in the token.
func (s Token) Make(t testing.TB, label, kind, id string) {
	t.Helper()
	s.run(t, tool(t, "pkcs11-tool", "opensc"), "--module", s.Module, "--token-label", s.Label, "--login", "--pin", s.PIN,
		"--keypairgen", "--key-type", kind, "--label", label, "--id", id)
}

func (s Token) run(t testing.TB, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.Environ
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
	}
}

var built struct {
	sync.Once
	dir, path string
	err       error
}

// Helper builds the helper once for all tests of a package.
func Helper(t testing.TB) string {
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

// Run runs the tests of a package and removes the helper that they built.
func Run(m *testing.M) int {
	status := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	return status
}

// Device talks to the token; it ends with the test.
func (s Token) Device(t testing.TB) *hsm.Device {
	t.Helper()
	d := &hsm.Device{Helper: Helper(t), Module: s.Module, Token: s.Label, PIN: s.PIN, Environ: s.Environ}
	t.Cleanup(d.Close)
	return d
}
