package app

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"atrio/federation/spid/spidsaml"
)

// maxMetadata bounds a metadata file of one entity.
const maxMetadata = 1 << 20

// trust is who may speak with the roles of this process. It is filled at the
// start, from files, and asked at every message.
type trust struct {
	mu        sync.RWMutex
	services  map[string]spidsaml.Service
	providers []spidsaml.Provider
}

// service finds a service for the identity provider.
func (t *trust) service(entityID string) (spidsaml.Service, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s, ok := t.services[entityID]
	return s, ok
}

// addService trusts the service that a document describes. The file itself is
// the trust: the operator put it there, as the federation sent it.
func (t *trust) addService(document []byte, now time.Time) error {
	s, err := spidsaml.ReadService(document, now)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.services == nil {
		t.services = map[string]spidsaml.Service{}
	}
	if _, twice := t.services[s.EntityID]; twice {
		return fmt.Errorf("the service %s is described twice", s.EntityID)
	}
	t.services[s.EntityID] = s
	return nil
}

// addProvider trusts the identity provider that a document describes.
func (t *trust) addProvider(document []byte, now time.Time) error {
	p, err := spidsaml.ReadProvider(document, now)
	if err != nil {
		return err
	}
	return t.add(p)
}

func (t *trust) add(p spidsaml.Provider) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, known := range t.providers {
		// security.md A2: one entityID, one source.
		if known.EntityID == p.EntityID {
			return fmt.Errorf("the provider %s is described twice", p.EntityID)
		}
	}
	t.providers = append(t.providers, p)
	return nil
}

// Providers lists the identity providers.
func (t *trust) Providers() []spidsaml.Provider {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clone(t.providers)
}

// Provider finds an identity provider by its entityID.
func (t *trust) Provider(entityID string) (spidsaml.Provider, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, p := range t.providers {
		if p.EntityID == entityID {
			return p, true
		}
	}
	return spidsaml.Provider{}, false
}

// readMetadata hands each file to add and names the one that fails.
func readMetadata(paths []string, now time.Time, add func([]byte, time.Time) error) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("metadata: %w", err)
		}
		if info.Size() > maxMetadata {
			return fmt.Errorf("metadata %s is larger than %d bytes", path, maxMetadata)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("metadata: %w", err)
		}
		if err := add(data, now); err != nil {
			return fmt.Errorf("metadata %s: %w", path, err)
		}
	}
	return nil
}
