// Package simulator is what the simulated providers of the demonstration share: the
// logins under way, the page of consent, and the answers, right ones and spoilt ones
// for those who test a gateway.
//
// What a scheme wants of a request, who its people are and how they show who they
// are is in cieprovider and eidasnode. Logins live in memory: the demonstration is
// one process, and what was open ends with it.
package simulator

import (
	"crypto/rand"
	"sync"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
)

// Visit is one login at a simulated provider.
type Visit struct {
	// ID is the handle in the addresses of its pages.
	ID      string
	Request spidsaml.Authn
	Started time.Time
	// Person is the login name of whom the tester chose, Level the strength of the
	// way; Passed is true when the credentials of that way were right.
	Person string
	Level  spid.Level
	Passed bool
	// Session is the SessionIndex of the answer.
	Session string
	Manner  Manner
}

// Manner are liberties that the rules leave to a provider, and that real ones take.
type Manner struct {
	// IssuerFormat writes the Format of the Issuers where it may be absent.
	IssuerFormat bool
	// HighestClass states level 3 whatever the way was, as the documents of CIE say.
	HighestClass bool
}

const (
	// life of a login: a parent may approve up to a day later, and whoever tests that
	// moves the clock while the page stays open.
	life = 48 * time.Hour
	// most logins at once; the oldest give way.
	most = 1000
)

// Visits keeps the logins of one provider.
type Visits struct {
	mu    sync.Mutex
	open  map[string]Visit
	order []string // by age
}

// Open begins a login.
func (v *Visits) Open(request spidsaml.Authn, now time.Time) Visit {
	request.XML = nil // simulators keep no register
	one := Visit{ID: rand.Text(), Request: request, Started: now, Session: saml.NewID()}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open == nil {
		v.open = map[string]Visit{}
	}
	v.open[one.ID] = one
	v.order = append(v.order, one.ID)
	for len(v.order) > most {
		delete(v.open, v.order[0])
		v.order = v.order[1:]
	}
	return one
}

// Find gives a login that has not ended.
func (v *Visits) Find(id string, now time.Time) (Visit, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	one, ok := v.open[id]
	return one, ok && now.Before(one.Started.Add(life))
}

// Save keeps what changed; a login that ended meanwhile stays ended.
func (v *Visits) Save(one Visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.open[one.ID]; ok {
		v.open[one.ID] = one
	}
}

// End takes a login out; false when it had ended: an answer leaves once.
func (v *Visits) End(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	_, ok := v.open[id]
	delete(v.open, id)
	return ok
}
