package gateway

import (
	"atrio/authn/proofofwork"
	"atrio/gateway/declaration"
	"atrio/gateway/helpdesk"
	"atrio/gateway/helpdesk/declarations"
	"atrio/gateway/helpdesk/tasks"
	"atrio/gateway/lostmailbox"
	"atrio/gateway/registration"
	"atrio/gateway/secondfactor"
	"atrio/gateway/settings"
	"atrio/gateway/sso"
	"atrio/web"
)

// openHelpdesk builds the desk, its queue, and the way to it for who lost a mailbox.
func (g *Gateway) openHelpdesk(c Config, d Deps, limits limits, sessions *sso.SSO, provider func(string) string, service func(id, lang string) string) []web.Mounter {
	g.mailbox = &lostmailbox.Mailbox{
		Site: d.Site, Store: d.Store, Limiter: d.Limiter, Event: sessions.Event, Limit: limits.posts,
		Work: &proofofwork.Maker{Keyring: d.Site.Keyring, Now: d.Now, Bits: d.Registering.WorkBits},
		Own:  func(address string) bool { return registration.OwnAddress(c.OwnMailDomains, address) },
	}
	desk := &helpdesk.Helpdesk{
		Site: d.Site, Desk: d.Store, People: d.Store, History: d.History, Codes: d.Store, Factors: d.Store, Tickets: d.Store, Members: settings.Members(c.Clerks), ReadCode: c.ReadCode(),
		SuspendedUntil: d.Store.SuspendedUntil, PasswordReset: d.Store.PasswordReset, MailboxAsked: g.mailbox.Asked,
		ResetAsked:  func(r secondfactor.Reset) secondfactor.TellAll { return g.suspension.AskedAtDesk(r) },
		AllowSearch: limits.search, AllowCode: limits.code, Begin: g.Flow.toDesk, Event: sessions.Event,
		ProviderName: provider, ServiceName: service, Limit: limits.posts, Explain: g.Flow.explain, Services: d.Services.Identifiers(),
	}
	return []web.Mounter{
		desk, &tasks.Queue{Desk: desk, Store: d.Store, Tickets: d.Store}, g.mailbox,
		&declarations.Review{Desk: desk, Store: d.Store, Terms: func() declaration.Terms { return g.Flow.Terms }, Contact: c.SupportMail},
	}
}
