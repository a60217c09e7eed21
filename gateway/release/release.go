// Package release decides which facts about a person a service gets, and under
// which claim names. It is pure: values in, values out, testable in a table.
//
// The register of services says what a service may get and why; a request may
// ask for less by its scopes; never for more. Signing and sending is the work of
// oidcop, the page that informs the person is gateway/flow.go's.
package release

import (
	"slices"

	"atrio/gateway/account"
	"atrio/gateway/services"
	"atrio/people/person"
)

// Person is what is known about who signed in.
type Person struct {
	Account    account.Account
	Attributes []account.Attribute
	// Level of assurance of this login.
	Level person.Level

	chosen bool // the service greets by the chosen name
}

// Item is one fact that goes to a service.
type Item struct {
	// Attribute is a name of services.Releasable.
	Attribute string
	// Claim is its name in OpenID Connect.
	Claim string
	// Value is a string, bool or int.
	Value any
	// Purpose as the register states it.
	Purpose services.Text
}

// Items lists the facts that the service gets about the person for the granted
// scopes, in the order in which a page shows them. Unknown facts are left out:
// no empty claims. // OIDC-core 5.3.2
func Items(s *services.Service, p Person, scopes []string) []Item {
	p.chosen = s.ChosenName
	var out []Item
	for _, attribute := range services.Releasable() {
		i := slices.IndexFunc(s.Release, func(r services.Release) bool { return r.Attribute == attribute })
		if i < 0 || !slices.Contains(scopes, ScopeOf(attribute)) {
			continue
		}
		for _, c := range claimsOf[attribute] {
			if value, ok := c.value(p); ok {
				out = append(out, Item{Attribute: attribute, Claim: c.name, Value: value, Purpose: s.Release[i].Purpose})
			}
		}
	}
	return out
}

// Claims are the same facts as a claim set; sub is not among them.
func Claims(s *services.Service, p Person, scopes []string) map[string]any {
	items := Items(s, p, scopes)
	out := make(map[string]any, len(items))
	for _, item := range items {
		out[item.Claim] = item.Value
	}
	return out
}
