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

	mu   sync.Mutex
	list atomic.Pointer[List]
}

// List gives the list that was opened or imported last, nil if there is none. It may
// have become stale meanwhile: whoever asks compares with List.Fresh.
func (s *Shelf) List() *List { return s.list.Load() }

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
	if current := s.list.Load(); current != nil && (l.Sequence < current.Sequence || l.Issued.Before(current.Issued)) {
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
	return l, nil
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
		if err != nil && !errors.Is(err, ErrSignature) { // the roots may have changed since
			return nil, nil, err
		}
		return s.put(current, data, Rules{union, s.Roots}, at)
	}
	signers, err := s.signers()
	if err != nil {
		return nil, nil, err
	}
	current, err := s.read(s.Territory, signers)
	if errors.Is(err, ErrSignature) { // its operator has another key meanwhile: what was in use counts
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
	f, err := os.CreateTemp(s.Dir, "list-*.part")
	if err != nil {
		return nil, nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), s.file(rules.Territory))
	}
	if err != nil {
		return nil, nil, err
	}
	return l, changes, nil
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
