package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// WithSecret protects the private files of the directory. The text holds
// identities as age-keygen writes them, one a line: new files are encrypted for
// the first, all are tried to open. Without any identity files stay in clear.
func WithSecret(text string) Option {
	return func(s *Store) error {
		if strings.TrimSpace(text) == "" {
			return nil
		}
		list, err := age.ParseIdentities(strings.NewReader(text))
		if err != nil { // the cause may quote the secret
			return errors.New("keys: the secret of the key files is not understood; atrio keys secret makes a good one")
		}
		for _, identity := range list {
			if _, err := recipientOf(identity); err != nil {
				return err
			}
		}
		s.secret = list
		return nil
	}
}

// NewSecret draws a secret for WithSecret.
func NewSecret() (string, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	return identity.String(), nil
}

// recipientOf is the public half: whom to encrypt for.
func recipientOf(identity age.Identity) (age.Recipient, error) {
	switch i := identity.(type) {
	case *age.X25519Identity:
		return i.Recipient(), nil
	case *age.HybridIdentity:
		return i.Recipient(), nil
	}
	return nil, errors.New("keys: this kind of secret is not supported; atrio keys secret makes a good one")
}

// isPrivate tells the files that a secret protects.
func isPrivate(file string) bool {
	return file == sealingFile || file == auditFile || strings.HasSuffix(file, keySuffix)
}

func isEncrypted(data []byte) bool { return bytes.HasPrefix(data, []byte(armor.Header)) }

// inClear opens an encrypted file and leaves others as they are.
func (s *Store) inClear(file string, data []byte) ([]byte, error) {
	if !isEncrypted(data) {
		return data, nil
	}
	if len(s.secret) == 0 {
		return nil, fmt.Errorf("keys: %s is encrypted and no secret is configured (keys_secret)", s.path(file))
	}
	return s.open(file, data, s.secret)
}

func (s *Store) open(file string, data []byte, with []age.Identity) ([]byte, error) {
	in, err := age.Decrypt(armor.NewReader(bytes.NewReader(data)), with...)
	var mismatch *age.NoIdentityMatchError
	switch {
	case errors.As(err, &mismatch):
		return nil, fmt.Errorf("keys: %s is encrypted with another secret: %w", s.path(file), errOtherSecret)
	case err != nil:
		return nil, fmt.Errorf("keys: %s is damaged", s.path(file))
	}
	out, err := io.ReadAll(io.LimitReader(in, maxFile))
	if err != nil { // authenticated: a changed byte ends here
		return nil, fmt.Errorf("keys: %s is damaged", s.path(file))
	}
	return out, nil
}

var errOtherSecret = errors.New("the configured one (keys_secret) does not open it")

// protected encrypts what goes into a private file, when there is a secret.
func (s *Store) protected(file string, data []byte) ([]byte, error) {
	if !isPrivate(file) || len(s.secret) == 0 || isEncrypted(data) {
		return data, nil
	}
	recipient, err := recipientOf(s.secret[0])
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	text := armor.NewWriter(&b)
	w, err := age.Encrypt(text, recipient)
	if err != nil {
		return nil, fmt.Errorf("keys: encrypting %s: %w", file, err)
	}
	_, err = w.Write(data)
	if err = errors.Join(err, w.Close(), text.Close()); err != nil {
		return nil, fmt.Errorf("keys: encrypting %s: %w", file, err)
	}
	return b.Bytes(), nil
}

// Encrypt brings every private file under the first secret: those in clear, and
// those under an older one. Each file is replaced whole; an interrupted run is
// finished by the next. It names the files that it changed.
func (s *Store) Encrypt() (changed []string, err error) {
	if len(s.secret) == 0 {
		return nil, errors.New("keys: no secret is configured (keys_secret); atrio keys secret makes one")
	}
	return s.convert(func(file string, raw []byte) ([]byte, error) {
		if isEncrypted(raw) {
			if _, err := s.open(file, raw, s.secret[:1]); !errors.Is(err, errOtherSecret) {
				return nil, err
			}
		}
		clear, err := s.inClear(file, raw)
		if err != nil {
			return nil, err
		}
		return s.protected(file, clear)
	})
}

// Decrypt writes every private file in clear, for a move to another place.
func (s *Store) Decrypt() (changed []string, err error) {
	return s.convert(func(file string, raw []byte) ([]byte, error) {
		if !isEncrypted(raw) {
			return nil, nil
		}
		return s.inClear(file, raw)
	})
}

// convert replaces the private files for which to gives other contents.
func (s *Store) convert(to func(file string, raw []byte) ([]byte, error)) (changed []string, err error) {
	err = s.locked(func() error {
		files, err := s.Files()
		if err != nil {
			return err
		}
		for _, file := range files {
			if !isPrivate(file) {
				continue
			}
			raw, err := s.readRaw(file)
			if err != nil {
				return err
			}
			data, err := to(file, raw)
			if err != nil {
				return err
			}
			if data == nil {
				continue
			}
			if err := s.placeRaw(file, data, os.Rename); err != nil {
				return err
			}
			changed = append(changed, file)
		}
		return nil
	})
	return changed, err
}

// Verify opens every private file: with the wrong secret, or a damaged file, it
// says which.
func (s *Store) Verify() error {
	files, err := s.Files()
	if err != nil {
		return err
	}
	var faults []error
	for _, file := range files {
		if isPrivate(file) {
			_, err := s.read(file)
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// InClear names the private files that are not encrypted.
func (s *Store) InClear() ([]string, error) {
	files, err := s.Files()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, file := range files {
		if !isPrivate(file) {
			continue
		}
		raw, err := s.readRaw(file)
		if err != nil {
			return nil, err
		}
		if !isEncrypted(raw) {
			found = append(found, file)
		}
	}
	return found, nil
}
