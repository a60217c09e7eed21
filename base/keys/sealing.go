package keys

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"atrio/base/seal"
)

const sealingFile = "sealing.keys"

// sealing is the contents of sealing.keys, one statement per line:
//
//	role gateway
//	mac SECRET
//	generation 1 2026-03-01T12:00:00Z SECRET
//	generation 2 2026-03-01T12:00:00Z SECRET
//
// SECRET is 32 bytes in base64url; generations are in growing order. Lines that
// start with # are comments.
type sealing struct {
	role        string
	mac         [32]byte
	generations []generation
}

type generation struct {
	number  int
	created time.Time
	secret  [32]byte
}

// Keyring loads the sealing keys, or creates the first two generations.
func (s *Store) Keyring() (*seal.Keyring, error) {
	data, err := s.loadOrCreate(sealingFile, func() ([]byte, error) {
		first := sealing{role: s.role, mac: newSecret()}
		// The file is a beginning without a date; RotateSealing writes real ones.
		return first.grown(time.Unix(0, 0)).grown(time.Unix(0, 0)).text(), nil
	})
	if err != nil {
		return nil, err
	}
	f, err := s.parseSealing(data)
	if err != nil {
		return nil, err
	}
	return f.keyring(), nil
}

// keyring puts the sealing generation, the last but one, first.
func (f sealing) keyring() *seal.Keyring {
	n := len(f.generations)
	keys := []seal.Key{f.generations[n-2].key(), f.generations[n-1].key()}
	for i := n - 3; i >= 0; i-- {
		keys = append(keys, f.generations[i].key())
	}
	return seal.NewKeyring(f.role, keys...).WithMACKey(f.mac)
}

func (g generation) key() seal.Key {
	return seal.Key{ID: strconv.Itoa(g.number), Secret: g.secret}
}

// RotateSealing adds a generation. The generation made by the call before this
// one begins to seal, in processes that call Keyring from now on.
func (s *Store) RotateSealing(now time.Time) error {
	return s.changeSealing(func(f sealing) (sealing, error) { return f.grown(now), nil })
}

// ForgetSealing removes the generations that had stopped sealing by the time
// before. What is still sealed with them cannot be opened any more.
func (s *Store) ForgetSealing(before time.Time) error {
	return s.changeSealing(func(f sealing) (sealing, error) {
		// Generation i stopped sealing when generation i+2 was made.
		for len(f.generations) > 2 && !f.generations[2].created.After(before) {
			f.generations = f.generations[1:]
		}
		return f, nil
	})
}

func (s *Store) changeSealing(change func(sealing) (sealing, error)) error {
	if _, err := s.Keyring(); err != nil { // creates the file
		return err
	}
	return s.locked(func() error {
		data, err := s.read(sealingFile)
		if err != nil {
			return err
		}
		f, err := s.parseSealing(data)
		if err != nil {
			return err
		}
		if f, err = change(f); err != nil {
			return err
		}
		return s.replace(sealingFile, f.text())
	})
}

// grown returns the file with one generation more.
func (f sealing) grown(now time.Time) sealing {
	g := generation{number: 1, created: now.UTC().Truncate(time.Second), secret: newSecret()}
	if n := len(f.generations); n > 0 {
		g.number = f.generations[n-1].number + 1
	}
	f.generations = append(f.generations[:len(f.generations):len(f.generations)], g)
	return f
}

func newSecret() (secret [32]byte) {
	rand.Read(secret[:])
	return secret
}

func (f sealing) text() []byte {
	var b bytes.Buffer
	b.WriteString("# Sealing keys of Atrio: secret. The newest generation waits, the one before it seals.\n")
	fmt.Fprintf(&b, "role %s\nmac %s\n", f.role, encode(f.mac))
	for _, g := range f.generations {
		fmt.Fprintf(&b, "generation %d %s %s\n", g.number, g.created.Format(time.RFC3339), encode(g.secret))
	}
	return b.Bytes()
}

func encode(secret [32]byte) string { return base64.RawURLEncoding.EncodeToString(secret[:]) }

// parseSealing reads sealing.keys; its errors name lines, never their contents.
func (s *Store) parseSealing(data []byte) (sealing, error) {
	var f sealing
	lines := bufio.NewScanner(bytes.NewReader(data))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !f.take(strings.Fields(line)) {
			return sealing{}, fmt.Errorf("keys: %s line %d is not understood", s.path(sealingFile), number)
		}
	}
	switch {
	case lines.Err() != nil:
		return sealing{}, fmt.Errorf("keys: %s: %w", s.path(sealingFile), lines.Err())
	case f.role != s.role:
		return sealing{}, fmt.Errorf("keys: %s belongs to the role %q, not to %q; give each role its own directory",
			s.path(sealingFile), f.role, s.role)
	case f.mac == [32]byte{}, len(f.generations) < 2:
		return sealing{}, fmt.Errorf("keys: %s lacks its MAC key or has fewer than two generations; restore it from the backup",
			s.path(sealingFile))
	}
	return f, nil
}

// take adds one statement and reports whether it makes sense at this place.
func (f *sealing) take(words []string) bool {
	switch {
	case words[0] == "role" && len(words) == 2 && f.role == "":
		f.role = words[1]
		return true
	case words[0] == "mac" && len(words) == 2 && f.mac == [32]byte{}:
		return decode(words[1], &f.mac)
	case words[0] == "generation" && len(words) == 4:
		number, err := strconv.Atoi(words[1])
		if err != nil || number < 1 {
			return false
		}
		if n := len(f.generations); n > 0 && number <= f.generations[n-1].number {
			return false
		}
		created, err := time.Parse(time.RFC3339, words[2])
		g := generation{number: number, created: created}
		if err != nil || !decode(words[3], &g.secret) {
			return false
		}
		f.generations = append(f.generations, g)
		return true
	}
	return false
}

func decode(text string, secret *[32]byte) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(secret) {
		return false
	}
	copy(secret[:], raw)
	return *secret != [32]byte{}
}
