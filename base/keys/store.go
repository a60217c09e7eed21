// Package keys creates, loads, rotates and shares all keys of one role. It is the
// only package that touches key files.
//
// # Files
//
// A role keeps its keys in one directory (mode 0700, files 0600; looser modes are
// refused, since then somebody else may have read them):
//
//	sealing.keys   generations of the sealing key and the lasting MAC key (text)
//	audit.pem      Ed25519 key that signs audit checkpoints (PKCS#8)
//	NAME.key.pem   private key of the pair NAME (PKCS#8)
//	NAME.pkcs11    instead of a private key: where in a token it is, and its public key
//	NAME.crt.pem   its certificate
//	PURPOSE.state  which pair of the purpose is next, signs, is retired (text)
//
// With a secret (WithSecret) private keys and sealing.keys are encrypted in the
// format of age (c2sp.org/age); the names stay the same, and each file tells by
// its contents what it is.
//
// # Creation
//
// What is missing is created at first use. A file is written beside its place,
// synced and hard-linked to its name: it appears whole or not at all, and when two
// nodes start at once one link wins and both go on with the same file.
//
// # Sharing
//
// Nodes of one role need the same keys: let them share the directory, or copy it
// before the second node starts. Different roles need different directories; the
// role is written into sealing.keys and checked.
//
// # Rotation of the sealing key
//
// RotateSealing adds a generation. The newest generation only opens; the one
// before it seals; all older ones open. So each key has been known to every node
// for one whole rotation before anything is sealed with it, and after copying the
// file the nodes can be restarted one at a time without losing a login under way.
// ForgetSealing removes generations whose values have all expired or been sealed
// again. The MAC key never changes: pairwise subjects depend on it.
//
// # Rotation of pairs
//
// A Rotation is the succession of pairs of one purpose: next (published, does not
// sign), signing, retired (still published). Without a state file the one pair of
// the purpose signs, so a directory of 0.1.0 stays good. Running processes call
// Reload once a minute; nothing is restarted. The state file is written last when
// keys come and first when they go, so it never names what is not there.
//
// # Backup
//
// Files lists what a backup must hold; any file-level backup that keeps the modes
// will do. Without sealing.keys pairwise subjects change and sealed rows are lost;
// without audit.pem the log goes on, but under a key of which auditors must be told.
package keys

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"filippo.io/age"
)

// Store is the key directory of one role.
type Store struct {
	dir    string
	role   string
	secret []age.Identity // protects new files, opens all; none: files are in clear
	token  Token          // nil: keys are in files only

	before func(operation string) error // for tests
}

// Option is something that not every directory needs.
type Option func(*Store) error

// Open checks the directory, or creates it, and fails with a message that says
// what to do when others may enter it.
func Open(dir, role string, options ...Option) (*Store, error) {
	if !nameForm.MatchString(role) {
		return nil, fmt.Errorf("keys: %q is not the name of a role", role)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, fmt.Errorf("keys: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("keys: %s is not a directory", dir)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("keys: others may enter %s (mode %04o); run: chmod 700 %s", dir, info.Mode().Perm(), dir)
	}
	s := &Store{dir: dir, role: role}
	for _, option := range options {
		if err := option(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Files lists the names of the key files in the directory, sorted: the contents
// of a backup.
func (s *Store) Files() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	var names []string
	for _, e := range entries {
		if n := e.Name(); n == sealingFile || slices.ContainsFunc([]string{".pem", tokenSuffix, stateSuffix}, func(s string) bool { return strings.HasSuffix(n, s) }) {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names, nil
}

// nameForm keeps names of pairs and roles apart from paths.
var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,40}$`)

func (s *Store) path(file string) string { return filepath.Join(s.dir, file) }

// loadOrCreate returns the contents of a file, made by fresh if it is missing.
func (s *Store) loadOrCreate(file string, fresh func() ([]byte, error)) ([]byte, error) {
	data, err := s.read(file)
	if !errors.Is(err, os.ErrNotExist) {
		return data, err
	}
	if data, err = fresh(); err != nil {
		return nil, fmt.Errorf("keys: making %s: %w", file, err)
	}
	if err := s.create(file, data); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return s.read(file) // ours, or that of the node that was faster
}
