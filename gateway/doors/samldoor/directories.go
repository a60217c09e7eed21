package samldoor

import (
	"slices"

	"atrio/federation/spid/spidsaml"
)

// Without is a directory that does not know the providers of another, wherever their
// metadata came from: the node of eIDAS is asked by its own door, with its own sets of
// attributes, or not at all. // Avviso eIDAS 01-2018
type Without struct {
	Directory
	Other Directory // nil for none
}

// Providers lists those that are left.
func (w Without) Providers() []spidsaml.Provider {
	return slices.DeleteFunc(slices.Clone(w.Directory.Providers()), func(p spidsaml.Provider) bool { return w.belongs(p.EntityID) })
}

// Provider finds one of those that are left.
func (w Without) Provider(entityID string) (spidsaml.Provider, bool) {
	if w.belongs(entityID) {
		return spidsaml.Provider{}, false
	}
	return w.Directory.Provider(entityID)
}

func (w Without) belongs(entityID string) bool {
	if w.Other == nil {
		return false
	}
	_, found := w.Other.Provider(entityID)
	return found
}

// Worlds finds a provider in several directories; those that are nil have none.
type Worlds []Directory

// Provider finds one by its entityID.
func (x Worlds) Provider(entityID string) (spidsaml.Provider, bool) {
	for _, d := range x {
		if d == nil {
			continue
		}
		if p, known := d.Provider(entityID); known {
			return p, true
		}
	}
	return spidsaml.Provider{}, false
}

// NameOf gives the display name of an issuer, the issuer itself when it is not known any
// more.
func (x Worlds) NameOf(issuer string) string {
	if p, known := x.Provider(issuer); known {
		return p.Name
	}
	return issuer
}
