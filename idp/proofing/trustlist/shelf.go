package trustlist

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// union is the territory of the list of lists.
const union = "EU"

// Shelf keeps the list of lists and the list of one territory as files, eu.xml and for
// example it.xml, which an operator brings (there is no network here). Both are verified
// each time they are read: a file on a disk is no more trusted than one from a stick.
type Shelf struct {
	// Dir holds the files, and nothing else.
	Dir string
	// Territory whose list is wanted: "IT".
	Territory string
	// Roots may sign the list of lists: certificates of the Official Journal. Where there
	// are none, Signers stands for the list of lists.
	Roots []*x509.Certificate
	// Signers may sign the list of the territory, beside those of the list of lists.
	Signers []*x509.Certificate

	mu          sync.Mutex
	list, lists atomic.Pointer[List]
}

// List gives the list that was opened or imported last, nil if there is none. It may
// have become stale meanwhile: whoever asks compares with List.Fresh.
func (s *Shelf) List() *List { return s.list.Load() }

// Lists gives the list of lists that was read last, nil if there is none.
func (s *Shelf) Lists() *List { return s.lists.Load() }

func (s *Shelf) file(territory string) string {
	return filepath.Join(s.Dir, strings.ToLower(territory)+".xml")
}

// Open reads what is there. No file is no error: the list is then nil, and signatures
// wait. A stale list is taken too, so that it is seen which one it is.
func (s *Shelf) Open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	signers, err := s.signers()
	if err != nil {
		return err
	}
	l, err := s.read(s.Territory, signers)
	if err != nil || l == nil {
		return err
	}
	if current := s.list.Load(); current != nil && markOf(current).above(l) {
		return fmt.Errorf("%s: %w", s.file(s.Territory), ErrOlder) // put back by hand: a service that was withdrawn would be granted again
	}
	s.list.Store(l)
	return nil
}

// signers are those who may sign the list of the territory.
func (s *Shelf) signers() ([]*x509.Certificate, error) {
	lists, err := s.read(union, s.Roots)
	if err != nil || lists == nil {
		return s.Signers, err
	}
	if current := s.lists.Load(); current != nil && markOf(current).above(lists) {
		return nil, fmt.Errorf("%s: %w", s.file(union), ErrOlder) // an operator whose key was given up would sign again
	}
	s.lists.Store(lists)
	return append(lists.Signers(s.Territory), s.Signers...), nil
}

// read reads a file that was imported once, nil if there is none.
func (s *Shelf) read(territory string, signers []*x509.Certificate) (*List, error) {
	data, err := readBounded(s.file(territory))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	l, err := Read(data, signers)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.file(territory), err)
	}
	if l.Territory != territory {
		return nil, fmt.Errorf("%s: %w", s.file(territory), ErrTerritory)
	}
	highest, err := s.highest()
	if err == nil && highest[territory].above(l) {
		err = fmt.Errorf("%s: %w", s.file(territory), ErrOlder)
	}
	return l, err
}

func readBounded(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > int64(policy.MaxBytes) {
		return nil, fmt.Errorf("%w: too large", ErrForm)
	}
	return os.ReadFile(path)
}

// Import puts a document on the shelf: the list of lists or the one of the territory,
// whichever Roots or the signers signed. Nothing changes unless all is well; the file is
// replaced in one step.
func (s *Shelf) Import(data []byte, at time.Time) (*List, []Change, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l, err := Read(data, s.Roots); err == nil && l.Territory == union {
		current, err := s.read(union, s.Roots)
		if err != nil && !errors.Is(err, ErrSignature) && !errors.Is(err, ErrOlder) { // the roots may have changed since
			return nil, nil, err
		}
		l, changes, err := s.put(current, data, Rules{union, s.Roots}, at)
		if err == nil {
			s.lists.Store(l)
		}
		return l, changes, err
	}
	signers, err := s.signers()
	if err != nil {
		return nil, nil, err
	}
	current, err := s.read(s.Territory, signers)
	if errors.Is(err, ErrSignature) || errors.Is(err, ErrOlder) { // its operator has another key meanwhile, or it was put back: what was in use counts
		current, err = s.list.Load(), nil
	}
	if err != nil {
		return nil, nil, err
	}
	l, changes, err := s.put(current, data, Rules{s.Territory, signers}, at)
	if err == nil {
		s.list.Store(l)
	}
	return l, changes, err
}

func (s *Shelf) put(current *List, data []byte, rules Rules, at time.Time) (*List, []Change, error) {
	l, changes, err := Import(current, data, rules, at)
	if err != nil {
		return nil, nil, err
	}
	highest, err := s.highest()
	if err == nil && highest[rules.Territory].above(l) {
		err = ErrOlder
	}
	if err == nil {
		err = s.replace(s.file(rules.Territory), data)
	}
	if err == nil {
		err = s.raise(highest, l)
	}
	if err != nil {
		return nil, nil, err
	}
	return l, changes, nil
}

// replace writes a file in one step.
func (s *Shelf) replace(path string, data []byte) error {
	f, err := os.CreateTemp(s.Dir, "list-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Certificates reads files that hold certificates and nothing else.
func Certificates(files []string) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for len(data) > 0 {
			block, rest := pem.Decode(data)
			if block == nil || block.Type != "CERTIFICATE" {
				return nil, fmt.Errorf("%s: something that is no certificate in PEM", file)
			}
			c, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			all, data = append(all, c), rest
		}
	}
	return all, nil
}
