package keys

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Rotation is the succession of pairs of one purpose, as a running process sees
// it. Reading costs one atomic load; Reload looks at the files again.
type Rotation struct {
	purpose Purpose
	store   *Store
	current atomic.Pointer[Set]
	reload  sync.Mutex // one reload at a time
}

// Set is one state of a succession; it never changes.
type Set struct {
	Signing *Pair
	// Published are the pairs that others may verify with, the signing one first.
	Published []*Pair
	// All are also those that lack a certificate and so cannot be published.
	All []*Pair

	mark string // of the files that this was read from
}

// Rotation loads the pairs of a purpose, or makes the first one.
func (s *Store) Rotation(p Purpose, now time.Time) (*Rotation, error) {
	r := &Rotation{purpose: p, store: s}
	if err := s.first(p, now); err != nil {
		return nil, err
	}
	_, err := r.Reload()
	return r, err
}

// Fixed is a rotation that never changes: the first pair signs.
func Fixed(pairs ...*Pair) *Rotation {
	r := &Rotation{}
	r.current.Store(&Set{Signing: pairs[0], Published: pairs, All: pairs})
	return r
}

// Current is the state of the succession. Take it once where signer and
// published keys have to fit together.
func (r *Rotation) Current() *Set { return r.current.Load() }

// Signing is the pair that signs now.
func (r *Rotation) Signing() *Pair { return r.Current().Signing }

// Published are the pairs to be published, the signing one first.
func (r *Rotation) Published() []*Pair { return r.Current().Published }

// Purpose tells the rules of the succession.
func (r *Rotation) Purpose() Purpose { return r.purpose }

// Reload reads the files again if they changed, and tells whether they had. When
// they cannot be read the process goes on with what it has.
func (r *Rotation) Reload() (changed bool, err error) {
	if r.store == nil {
		return false, nil
	}
	r.reload.Lock()
	defer r.reload.Unlock()
	mark, err := r.store.mark(r.purpose)
	if err != nil {
		return false, err
	}
	if old := r.current.Load(); old != nil && old.mark == mark {
		return false, nil
	}
	set, err := r.store.set(r.purpose)
	if err != nil {
		return false, err
	}
	set.mark = mark // taken before: a change in between is seen the next time
	r.current.Store(set)
	return true, nil
}

// mark changes whenever a file of the purpose does.
func (s *Store) mark(p Purpose) (string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return "", fmt.Errorf("keys: %w", err)
	}
	var b strings.Builder
	for _, e := range entries {
		n := e.Name()
		if !p.Owns(n) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return "", fmt.Errorf("keys: %w", err)
		}
		fmt.Fprintf(&b, "%s %d %d %d\n", n, info.Size(), info.ModTime().UnixNano(), inode(info))
	}
	return b.String(), nil
}

// set is what the pairs of the state file are for a process.
func (s *Store) set(p Purpose) (*Set, error) {
	all, err := s.Look(p)
	if err != nil {
		return nil, err
	}
	set := &Set{All: all}
	for _, state := range []State{Signing, Next, Retired} {
		for _, pair := range all {
			if pair.State != state || p.Certificate != nil && pair.Certificate == nil {
				continue
			}
			set.Published = append(set.Published, pair)
		}
	}
	if len(set.Published) == 0 || set.Published[0].State != Signing {
		return nil, fmt.Errorf("keys: the signing pair of %s has no certificate: import that of the authority with atrio keys import --pair", p.Name)
	}
	set.Signing = set.Published[0]
	return set, nil
}

// Look loads the pairs of a purpose and makes nothing; os.ErrNotExist before the
// first one was made.
func (s *Store) Look(p Purpose) ([]*Pair, error) {
	list, err := s.succession(p)
	if err != nil {
		return nil, err
	}
	var all []*Pair
	for _, m := range list.members {
		pair, err := s.load(m.name)
		if err != nil {
			return nil, err
		}
		if err := p.suits(pair); err != nil {
			return nil, err
		}
		if m.keyID != "" && m.keyID != pair.KeyID {
			return nil, fmt.Errorf("keys: %s names another key than %s holds; copy the whole directory", s.path(p.state()), m.name)
		}
		pair.State, pair.Since, pair.PublishedSince = m.state, m.since, m.published
		all = append(all, pair)
	}
	return all, nil
}

// succession reads the state file. A directory without one is of 0.1.0 or new:
// its one pair signs.
func (s *Store) succession(p Purpose) (succession, error) {
	data, err := s.read(p.state())
	if errors.Is(err, os.ErrNotExist) {
		return s.unwritten(p)
	}
	if err != nil {
		return succession{}, err
	}
	list, err := parseSuccession(data)
	switch {
	case err != nil:
		return succession{}, fmt.Errorf("keys: %s: %w", s.path(p.state()), err)
	case list.purpose != p.Name:
		return succession{}, fmt.Errorf("keys: %s is about %q", s.path(p.state()), list.purpose)
	}
	for _, m := range list.members {
		if m.name != p.First && !p.family().MatchString(m.name+keySuffix) {
			return succession{}, fmt.Errorf("keys: %s names the pair %s of another purpose", s.path(p.state()), m.name)
		}
	}
	return list, nil
}

// unwritten is the succession of a directory that never rotated. Pairs with a
// number exist only after a state file did: without it nobody knows which signs.
// A state file that is there by now was written by a command of this very moment.
func (s *Store) unwritten(p Purpose) (succession, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return succession{}, fmt.Errorf("keys: %w", err)
	}
	family := p.family()
	for _, e := range entries {
		if family.MatchString(e.Name()) {
			if s.exists(p.state()) {
				return s.succession(p)
			}
			return succession{}, fmt.Errorf("keys: there is %s but no %s; restore it from the backup", s.path(e.Name()), p.state())
		}
	}
	begin := time.Unix(0, 0).UTC()
	return succession{purpose: p.Name, last: 1, members: []member{{name: p.First, state: Signing, published: begin, since: begin}}}, nil
}

// first makes the first pair where nothing is yet.
func (s *Store) first(p Purpose, now time.Time) error {
	list, err := s.succession(p)
	if err != nil {
		return err
	}
	signing, _ := list.in(Signing)
	if list.last != 1 || s.has(signing.name) && (p.Certificate == nil || s.exists(signing.name+certSuffix)) {
		return nil
	}
	return s.make(p, signing.name, now)
}

// make creates what a pair lacks: its key, and its certificate where it signs
// that itself. What is there stays.
func (s *Store) make(p Purpose, name string, now time.Time) error {
	pair, err := s.load(name)
	if errors.Is(err, os.ErrNotExist) {
		pair, err = s.fresh(p, name)
	}
	if err != nil || p.Certificate == nil || p.Authority {
		return err
	}
	_, err = s.SelfSigned(pair, p.Certificate(now))
	return err
}

func (s *Store) fresh(p Purpose, name string) (*Pair, error) {
	if p.Bits > 0 {
		return s.RSA(name, p.Bits)
	}
	return s.ECDSA(name)
}
