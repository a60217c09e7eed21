package idp

import (
	"context"
	"errors"

	"atrio/authn/passkey"
	"atrio/base/ratelimit"
	"atrio/idp/backoffice/operator"
	"atrio/web"
	"atrio/web/ui"
)

// SessionKinds are the sessions beside those of holders; they have to be in the Sessions
// of the shell.
func SessionKinds() []web.SessionKind { return []web.SessionKind{operator.Kind()} }

// backofficePages are those of operators.
func backofficePages() []ui.Pages { return []ui.Pages{operator.Pages()} }

// openBackoffice builds what operators work with.
func (p *IdP) openBackoffice(c Config, d Deps, node *ratelimit.Limiter) error {
	keys, err := passkey.NewStrict(d.Site.BaseURL, d.Site.Institution.Service.IT)
	if err != nil && !errors.Is(err, passkey.ErrHost) {
		return err
	}
	p.operators = &operator.Desk{
		Site: d.Site, Roster: operator.NewRoster(d.Keyring, c.Operators), Store: d.Store, Passkeys: keys, Keyring: d.Keyring, Now: d.Now,
		Limit: web.PerAddress(node, c.passwordLimit()),
	}
	p.inviter = &operator.Inviter{
		Store: d.Store, Keyring: d.Keyring, Texts: d.Site.Pages.Catalog(), Site: d.Site.BaseURL, Service: d.Site.Institution.Service.IT, Role: d.Site.Role, Now: d.Now,
	}
	return nil
}

// InviteOperators mails those who have neither a key nor an open invitation: for the
// demonstration. Elsewhere they are invited one by one (atrio operator invite).
func (p *IdP) InviteOperators(ctx context.Context) error {
	return p.inviter.InviteMissing(ctx, p.operators.Roster)
}
