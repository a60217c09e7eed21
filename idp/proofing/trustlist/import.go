package trustlist

import (
	"crypto/x509"
	"errors"
	"time"
)

// What Import refuses beside what Read does.
var (
	ErrTerritory = errors.New("trustlist: the list of another territory")
	ErrOlder     = errors.New("trustlist: older than the list in use")
	ErrStale     = errors.New("trustlist: past its next update, or from the future")
)

// Rules say which list is wanted.
type Rules struct {
	Territory string
	// Signers may sign it: from the list of lists (List.Signers), or pinned by hand.
	Signers []*x509.Certificate
}

// Change is what an import means for a service, for the log of whoever imports.
type Change struct {
	Provider, Service string
	// From and To are statuses; "" for a service that is new or gone.
	From, To string
}

// Import reads a document that shall replace the list in use, which is nil the first
// time. Nobody can bring back an older list, one of somebody else or one past its time:
// a service that was withdrawn would be granted again.
func Import(current *List, data []byte, rules Rules, at time.Time) (*List, []Change, error) {
	l, err := Read(data, rules.Signers)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case l.Territory != rules.Territory:
		return nil, nil, ErrTerritory
	case !l.Fresh(at):
		return nil, nil, ErrStale
	case current != nil && (l.Sequence < current.Sequence || l.Issued.Before(current.Issued)):
		return nil, nil, ErrOlder
	case current != nil && l.Sequence == current.Sequence && l.Digest != current.Digest:
		return nil, nil, ErrOlder // two lists with one number
	}
	return l, changes(current, l), nil
}

// changes compares two lists by the keys of their services.
func changes(before, after *List) []Change {
	var all []Change
	old := map[string]string{}
	if before != nil {
		for _, s := range before.Services {
			old[s.key()] = s.status()
		}
	}
	seen := map[string]bool{}
	for _, s := range after.Services {
		seen[s.key()] = true
		if from := old[s.key()]; from != s.status() {
			all = append(all, Change{s.Provider, s.Name, from, s.status()})
		}
	}
	if before != nil {
		for _, s := range before.Services {
			if !seen[s.key()] {
				all = append(all, Change{s.Provider, s.Name, s.status(), ""})
			}
		}
	}
	return all
}

func (s *Service) status() string {
	if len(s.Periods) == 0 {
		return ""
	}
	return s.Periods[0].Status
}

// key tells services apart: type and key, or the names where there is no certificate.
func (s *Service) key() string {
	if len(s.Certificates) == 0 {
		return s.Type + " " + s.Provider + " " + s.Name
	}
	return s.Type + " " + string(s.Certificates[0].RawSubjectPublicKeyInfo)
}
