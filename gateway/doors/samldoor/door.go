// Package samldoor is what the doors of SPID, CIE and eIDAS share: a request out, an
// answer in, a person.Assertion to gateway/flow.go.
//
// What differs between them is a World: which request is made, which table an answer
// must pass, what it says about the person. The pages and addresses of a world are in
// the packages beside this one (spiddoor, ciedoor, eidasdoor). What is pending lives
// sealed in the browser (gateway/journey); that an answer counts once is a row,
// written with the session.
package samldoor

import (
	"net/http"
	"time"

	"atrio/federation/spid/spidsaml"
	"atrio/gateway/account"
	"atrio/gateway/journey"
	"atrio/people/person"
	"atrio/web"
)

// Directory knows the providers of one world; it may change while the gateway runs.
type Directory interface {
	// Providers lists all, in any order.
	Providers() []spidsaml.Provider
	// Provider finds one by its entityID.
	Provider(entityID string) (spidsaml.Provider, bool)
}

// First is the provider that is asked in a world where people choose none; ok is
// false while it has none.
func First(d Directory) (p spidsaml.Provider, ok bool) {
	if d == nil {
		return p, false
	}
	all := d.Providers()
	if len(all) == 0 {
		return p, false
	}
	return all[0], true
}

// World is what a door knows of its federation.
type World interface {
	// Request makes the signed request for a destination.
	Request(id string, now time.Time, p spidsaml.Provider, to journey.Destination) (spidsaml.Request, error)
	// Check believes an answer, or refuses it with a *spidsaml.Refusal.
	Check(samlResponse string, p spidsaml.Provider, pending spidsaml.Pending, now time.Time) (*spidsaml.Login, error)
	// Assertion says in neutral words who the login is of, and names the attributes
	// without which nobody can be let in.
	Assertion(login *spidsaml.Login) (a person.Assertion, missing []string)
}

// Common is what every door works with.
type Common struct {
	Site     *web.Site
	Journeys *journey.Keeper
	// Passed is called when all checks have passed.
	Passed func(w http.ResponseWriter, r *http.Request, j journey.Journey, p Passage) error
	// KeepRefused keeps the messages of an answer that was refused; may be nil.
	KeepRefused func(r *http.Request, x account.Exchange, issuer, reason string)
	Now         func() time.Time
}

// Door is one door.
type Door struct {
	Common
	// Name is the door's name in assertions, sealed values and keys of texts.
	Name      person.Door
	World     World
	Directory Directory
	// Again is the address that starts at a provider again, with the journey.
	Again func(provider, flow string) string
	// ProviderHelp is the page that leads to the help desk of a provider; nil where a
	// world has none.
	ProviderHelp func(provider, flow string) string
}

// Passage is what a passed door hands to the flow.
type Passage struct {
	Assertion person.Assertion
	// Once are the ids to consume with the session.
	Once []account.Once
	// Exchange is the pair of messages for the ledger.
	Exchange *account.Exchange
	// Retry leads to the same provider again, with the same destination.
	Retry string
}

// LoginURL is the login page of a journey; a handle that cannot be one is dropped.
func LoginURL(flow string) string {
	if !journey.IsHandle(flow) {
		flow = ""
	}
	return journey.LoginURL(flow)
}
