package app

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"atrio/app/config"
	"atrio/app/plant"
	"atrio/base/keys"
)

// Certificates are replaced with time to spare: a federation takes weeks.
const (
	soon = 60 * 24 * time.Hour // make the next key
	late = 14 * 24 * time.Hour // whatever is prepared
)

// checkKeys opens a key directory that exists, with its secret; making one is
// serve's matter. It warns of what will be wrong one day.
func checkKeys(f *config.File, name string, now time.Time) (warnings []string, err error) {
	r, base := f.Role(name)
	if _, err := os.Stat(r.Keys); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	d := plant.Device(f, name)
	store, err := plant.OpenKeyStore(name, r, d)
	if err != nil {
		return nil, err
	}
	if d != nil {
		defer d.Close()
		if err := d.Open(); err != nil {
			return nil, fmt.Errorf("pkcs11: %w", err)
		}
	}
	if err := store.Verify(); err != nil {
		return nil, err
	}
	clear, err := store.InClear()
	if err != nil {
		return nil, err
	}
	if len(clear) > 0 && strings.HasPrefix(base, "https://") {
		warnings = append(warnings, fmt.Sprintf("%s.keys: %s are in clear: set keys_secret and run atrio keys encrypt %s", name, strings.Join(clear, ", "), name))
	}
	for _, p := range plant.Purposes(f, name) {
		pairs, err := store.Look(p)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, w := range expiring(p, pairs, now) {
			warnings = append(warnings, fmt.Sprintf("%s.keys: %s", name, w))
		}
	}
	return warnings, nil
}

// expiring tells of certificates that end, and of those that are missing.
func expiring(p keys.Purpose, pairs []*keys.Pair, now time.Time) (warnings []string) {
	prepared := false
	for _, pair := range pairs {
		prepared = prepared || pair.State == keys.Next
	}
	for _, pair := range pairs {
		if p.Certificate == nil || pair.State == keys.Retired {
			continue
		}
		if pair.Certificate == nil {
			warnings = append(warnings, fmt.Sprintf("%s of %s has no certificate: atrio keys import", pair.Name, p.Name))
			continue
		}
		end := pair.Certificate.NotAfter
		switch left := end.Sub(now); {
		case left <= 0:
			warnings = append(warnings, fmt.Sprintf("the certificate of %s (%s, %s) ended on %s", pair.Name, p.Name, pair.State, end.Format(time.DateOnly)))
		case left < late, left < soon && !prepared:
			warnings = append(warnings, fmt.Sprintf("the certificate of %s (%s, %s) ends on %s: atrio keys next, then promote", pair.Name, p.Name, pair.State, end.Format(time.DateOnly)))
		}
	}
	return warnings
}
