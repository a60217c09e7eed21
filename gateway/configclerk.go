package gateway

import (
	"fmt"
	"strings"
	"unicode"

	"atrio/gateway/account"
	"atrio/gateway/declaration"
	"atrio/gateway/helpdesk"
	"atrio/gateway/helpdesk/declarations"
	"atrio/gateway/helpdesk/tasks"
	"atrio/gateway/lostmailbox"
	"atrio/gateway/registration"
	"atrio/gateway/secondfactor"
	"atrio/gateway/sso"
	"atrio/web"
)

// ClerkConfig is somebody who works at the help desk.
type ClerkConfig struct {
	// Code is their own Codice Persona here.
	Code string `toml:"code"`
	// Role is "clerk" or "supervisor".
	Role string `toml:"role"`
	// Unit is where they work: they find the people of that unit, and those of none that
	// has a clerk. A supervisor may do without, and finds everybody.
	Unit string `toml:"unit"`
}

// maxUnit is what an act of the desk may name.
const maxUnit = 64

func validateClerks(list []ClerkConfig) []error {
	var faults []error
	seen := map[account.Code]bool{}
	for i, c := range list {
		code, err := account.ReadCode(c.Code)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("gateway.clerk %d: code %q is not a Codice Persona", i+1, c.Code))
		case seen[code]:
			faults = append(faults, fmt.Errorf("gateway.clerk %d: %s is there twice", i+1, code))
		}
		seen[code] = true
		if r := helpdesk.Role(c.Role); r != helpdesk.Clerk && r != helpdesk.Supervisor {
			faults = append(faults, fmt.Errorf("gateway.clerk %d: role %q: write clerk or supervisor", i+1, c.Role))
		}
		if c.Unit == "" && helpdesk.Role(c.Role) != helpdesk.Supervisor {
			faults = append(faults, fmt.Errorf("gateway.clerk %d: unit is missing; only a supervisor may do without", i+1))
		}
		if len(c.Unit) > maxUnit || strings.TrimSpace(c.Unit) != c.Unit || strings.ContainsFunc(c.Unit, unicode.IsControl) {
			faults = append(faults, fmt.Errorf("gateway.clerk %d: unit %q: at most %d bytes, no space at the ends", i+1, c.Unit, maxUnit))
		}
	}
	return faults
}

// members are the clerks by their Codice Persona.
func members(list []ClerkConfig) map[account.Code]helpdesk.Member {
	out := map[account.Code]helpdesk.Member{}
	for _, c := range list {
		code, _ := account.ReadCode(c.Code) // validated
		out[code] = helpdesk.Member{Role: helpdesk.Role(c.Role), Unit: c.Unit}
	}
	return out
}

// openHelpdesk builds the desk, its queue, and the way to it for who lost a mailbox.
func (g *Gateway) openHelpdesk(c Config, d Deps, limits limits, sessions *sso.SSO, provider func(string) string, service func(id, lang string) string) []web.Mounter {
	g.mailbox = &lostmailbox.Mailbox{
		Site: d.Site, Store: d.Store, Limiter: d.Limiter, Event: sessions.Event, Limit: limits.posts,
		Own: func(address string) bool { return registration.OwnAddress(c.OwnMailDomains, address) },
	}
	desk := &helpdesk.Helpdesk{
		Site: d.Site, Desk: d.Store, People: d.Store, History: d.History, Codes: d.Store, Factors: d.Store, Tickets: d.Store, Members: members(c.Clerks), ReadCode: c.readCode(),
		SuspendedUntil: d.Store.SuspendedUntil, PasswordReset: d.Store.PasswordReset, MailboxAsked: g.mailbox.Asked,
		ResetAsked:  func(r secondfactor.Reset) secondfactor.TellAll { return g.suspension.AskedAtDesk(r) },
		AllowSearch: limits.search, AllowCode: limits.code, Begin: g.Flow.toDesk, Event: sessions.Event,
		ProviderName: provider, ServiceName: service, Limit: limits.posts, Explain: g.Flow.explain, Services: identifiers(d.Services),
	}
	return []web.Mounter{
		desk, &tasks.Queue{Desk: desk, Store: d.Store, Tickets: d.Store}, g.mailbox,
		&declarations.Review{Desk: desk, Store: d.Store, Terms: func() declaration.Terms { return g.Flow.Terms }, Contact: c.SupportMail},
	}
}
