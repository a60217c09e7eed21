package keys

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// Next makes a pair that is published and does not sign yet.
func (s *Store) Next(p Purpose, now time.Time) (name string, err error) {
	return s.addNext(p, now, func(string) error { return nil })
}

// NextFromKey takes a private key (PKCS#8 in PEM) as the next one.
func (s *Store) NextFromKey(p Purpose, now time.Time, key []byte) (name string, err error) {
	if _, err := parseKey("the key", key); err != nil {
		return "", err
	}
	return s.addNext(p, now, func(name string) error { return s.create(name+keySuffix, key) })
}

// NextFromToken takes a key that lives in the PKCS#11 token as the next one.
func (s *Store) NextFromToken(p Purpose, now time.Time, label string) (name string, err error) {
	reference, err := s.reference(label)
	if err != nil {
		return "", err
	}
	return s.addNext(p, now, func(name string) error { return s.create(name+tokenSuffix, reference) })
}

// addNext brings a pair into the directory and then into the succession. A run
// that was interrupted in between left files that nobody names: the next one
// removes them first.
func (s *Store) addNext(p Purpose, now time.Time, bring func(name string) error) (name string, err error) {
	err = s.change(p, now, func(list succession) error {
		if _, there := list.in(Next); there {
			return errNextThere
		}
		// From here on the state file exists before any numbered pair: see unwritten.
		if err := s.writeSuccession(p, list); err != nil {
			return err
		}
		name = p.numbered(list.last + 1)
		if err := bring(name); err != nil {
			return err
		}
		if err := s.make(p, name, now); err != nil {
			return errors.Join(err, s.remove(name))
		}
		pair, err := s.load(name)
		if err == nil {
			err = p.suits(pair)
		}
		if err != nil {
			return errors.Join(err, s.remove(name))
		}
		grown, err := list.withNext(name, pair.KeyID, now)
		if err != nil {
			return err
		}
		return s.writeSuccession(p, grown)
	})
	return name, err
}

// Promote lets the next pair sign. It refuses a pair without a good certificate,
// and, unless forced, one that others cannot know for sure yet.
func (s *Store) Promote(p Purpose, now time.Time, force bool) error {
	return s.change(p, now, func(list succession) error {
		grown, err := list.promoted(now)
		if err != nil {
			return err
		}
		next, _ := list.in(Next)
		if err := s.ready(p, next.name, now); err != nil {
			return err
		}
		if until := next.published.Add(p.Publish); until.After(now) && !force {
			return fmt.Errorf("%s is published since %s and may sign from %s on; --force with a reason, if everybody knows it already",
				next.name, stamp(next.published), stamp(until))
		}
		return s.writeSuccession(p, grown)
	})
}

// ready tells what keeps a pair from signing.
func (s *Store) ready(p Purpose, name string, now time.Time) error {
	pair, err := s.load(name)
	if err != nil || p.Certificate == nil {
		return err
	}
	switch c := pair.Certificate; {
	case c == nil:
		return fmt.Errorf("%s has no certificate: import it with atrio keys import", name)
	case now.Before(c.NotBefore):
		return fmt.Errorf("the certificate of %s begins at %s", name, stamp(c.NotBefore))
	case !now.Before(c.NotAfter):
		return fmt.Errorf("the certificate of %s ended at %s", name, stamp(c.NotAfter))
	}
	return nil
}

// Retire ends the signing pair at once, after a leak: the next pair signs (one is
// made if there is none) and the old one is not published any more, so what it
// signed counts no longer.
func (s *Store) Retire(p Purpose, now time.Time) error {
	list, err := s.succession(p)
	if err != nil {
		return err
	}
	if _, there := list.in(Next); !there {
		if _, err := s.Next(p, now); err != nil && !errors.Is(err, errNextThere) {
			return err
		}
	}
	return s.change(p, now, func(list succession) error {
		old, _ := list.in(Signing)
		next, _ := list.in(Next)
		grown, err := list.promoted(now)
		if err != nil {
			return err
		}
		if err := s.ready(p, next.name, now); err != nil {
			return err
		}
		if grown, err = grown.without(old.name); err != nil {
			return err
		}
		if err := s.writeSuccession(p, grown); err != nil {
			return err
		}
		return s.remove(old.name)
	})
}

// Forget takes a pair that does not sign out of publication and removes its files.
func (s *Store) Forget(p Purpose, name string, now time.Time, force bool) error {
	return s.change(p, now, func(list succession) error {
		shrunk, err := list.without(name)
		if err != nil {
			return err
		}
		m, _ := list.find(name)
		if until := m.since.Add(p.Keep); m.state == Retired && until.After(now) && !force {
			return fmt.Errorf("%s signed until %s and stays published until %s; --force with a reason, if nothing of it is under way",
				name, stamp(m.since), stamp(until))
		}
		if err := s.writeSuccession(p, shrunk); err != nil {
			return err
		}
		return s.remove(name)
	})
}

// ImportCertificate gives a pair another certificate, of an authority or renewed.
// Others know it from now on only.
func (s *Store) ImportCertificate(p Purpose, name string, now time.Time, data []byte) error {
	if p.Certificate == nil {
		return fmt.Errorf("pairs of %s have no certificates", p.Name)
	}
	return s.change(p, now, func(list succession) error {
		if name == "" {
			next, there := list.in(Next)
			if !there {
				return errNoNext
			}
			name = next.name
		}
		if _, there := list.find(name); !there {
			return fmt.Errorf("no pair is called %q", name)
		}
		cert, err := s.fitting(name, data)
		if err != nil {
			return err
		}
		if !now.Before(cert.NotAfter) || now.Before(cert.NotBefore) {
			return fmt.Errorf("the certificate is good from %s to %s, not now", stamp(cert.NotBefore), stamp(cert.NotAfter))
		}
		// The time first: after a crash it is too late rather than too early.
		if err := s.writeSuccession(p, list.republished(name, now)); err != nil {
			return err
		}
		return s.replace(name+certSuffix, pem.EncodeToMemory(&pem.Block{Type: certificateType, Bytes: cert.Raw}))
	})
}

// fitting reads a certificate that must belong to the pair.
func (s *Store) fitting(name string, data []byte) (*x509.Certificate, error) {
	pair, err := s.load(name)
	if err != nil {
		return nil, err
	}
	der, err := onlyBlock("the certificate", certificateType, data)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("keys: the certificate: %w", err)
	}
	if id, err := keyID(cert.PublicKey); err != nil || id != pair.KeyID {
		return nil, fmt.Errorf("keys: the certificate does not belong to %s: their public keys differ", name)
	}
	return cert, nil
}

// change runs f on the succession, alone among all processes, after cleaning up
// what an interrupted run left.
func (s *Store) change(p Purpose, now time.Time, f func(succession) error) error {
	if err := s.first(p, now); err != nil {
		return err
	}
	return s.locked(func() error {
		list, err := s.succession(p)
		if err != nil {
			return err
		}
		for i, m := range list.members {
			pair, err := s.load(m.name)
			if err != nil {
				return err
			}
			list.members[i].keyID = pair.KeyID
		}
		if err := s.sweep(p, list, now); err != nil {
			return err
		}
		return f(list)
	})
}

// sweep removes the files of pairs that nobody names any more or yet.
func (s *Store) sweep(p Purpose, list succession, now time.Time) error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	family := p.family()
	for _, e := range entries {
		if err := s.sweepTemp(e, now); err != nil {
			return err
		}
		name := ""
		if m := family.FindStringSubmatch(e.Name()); m != nil {
			name = m[1]
		} else if isFileOf(p.First, e.Name()) {
			name = p.First
		}
		if _, named := list.find(name); name == "" || named {
			continue
		}
		if err := s.remove(name); err != nil {
			return err
		}
	}
	return nil
}

// sweepTemp removes a file that a process left before it came to its place. One
// that is young may belong to a process that runs.
func (s *Store) sweepTemp(e os.DirEntry, now time.Time) error {
	info, err := e.Info()
	if err != nil || !strings.HasPrefix(e.Name(), tempPrefix) || now.Sub(info.ModTime()) < time.Hour {
		return nil // gone already, or none of ours
	}
	err = s.do("remove "+e.Name(), func() error { return os.Remove(s.path(e.Name())) })
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

func (s *Store) writeSuccession(p Purpose, list succession) error {
	return s.replace(p.state(), list.text())
}
