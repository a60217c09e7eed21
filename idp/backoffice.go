package idp

import (
	"context"
	"errors"
	"fmt"

	"atrio/authn/passkey"
	"atrio/base/jobs"
	"atrio/base/ratelimit"
	"atrio/idp/backoffice/keeping"
	"atrio/idp/backoffice/lifedesk"
	"atrio/idp/backoffice/operator"
	"atrio/idp/backoffice/reports"
	"atrio/idp/backoffice/review"
	"atrio/idp/backoffice/screening"
	"atrio/idp/enrolment/activation"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/point/console"
	"atrio/idp/proofing/rao/office"
	"atrio/idp/proofing/video"
	"atrio/idp/proofing/video/call"
	videoconsole "atrio/idp/proofing/video/console"
	"atrio/web"
	"atrio/web/ui"
)

// SessionKinds are the sessions beside those of holders; they have to be in the Sessions
// of the shell.
func SessionKinds() []web.SessionKind { return []web.SessionKind{operator.Kind()} }

// backofficePages are those of operators.
func backofficePages() []ui.Pages {
	return []ui.Pages{
		operator.Pages(), console.Pages(), office.Pages(), videoconsole.Pages(), review.Pages(), reports.Pages(),
		keeping.Pages(), screening.Pages(), activation.Pages(), lifedesk.Pages(),
	}
}

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
		Store: d.Store, Keyring: d.Keyring, Texts: d.Site.Pages.Catalog(), Site: d.Site.BaseURL, Service: d.Site.Institution.Service, Role: d.Site.Role, Now: d.Now,
	}
	if d.Enrolment == nil {
		return nil // no requests are taken here, so there is nothing to decide on
	}
	var source screening.Source
	if c.Deceased != "" {
		list, err := screening.OpenList(c.Deceased)
		if err != nil {
			return fmt.Errorf("idp.deceased: %w", err)
		}
		source = list
	}
	directory := point.NewDirectory(c.Circuits, c.Points)
	var ids []string
	for _, one := range directory.Circuits() {
		ids = append(ids, one.ID)
	}
	p.console = &console.Console{
		Desk: p.operators, Directory: directory, Store: d.Store, Requests: d.Store, Codes: d.Store, Limiter: d.Limiter, Limits: c.enrolmentLimits(),
		SMSSender: c.SMSSender, Keeper: d.Enrolment.Vault, Pictures: d.Enrolment.Pictures, Service: d.Site.Institution.Service.In,
		UploadLimit: web.PerAddress(node, perUpload()),
	}
	if len(d.Enrolment.Seals) > 0 {
		p.office = &office.Office{
			Desk: p.operators, Directory: directory, Bodies: d.Enrolment.Seals, Places: d.Enrolment.Places, Store: d.Store, Limiter: d.Limiter, Limits: c.enrolmentLimits(),
			SMSSender: c.SMSSender,
		}
	}
	p.lives = &lifedesk.Counter{
		Desk: p.operators, Store: d.Store, Limiter: d.Limiter, Life: p.life, Evidence: d.Enrolment.Vault, Pictures: d.Enrolment.Pictures, UploadLimit: web.PerAddress(node, perUpload()),
	}
	p.room = call.Room{Site: d.Site, Store: d.Store, Media: d.Enrolment.Media, Hub: &video.Hub{}, Limiter: d.Limiter, Servers: c.Video.ForBrowser, Now: d.Now}
	if d.Enrolment.Media != nil {
		p.videos = &videoconsole.Console{
			Room: p.room, Desk: p.operators, Store: d.Store, Requests: d.Store, Codes: d.Store, Limits: c.enrolmentLimits(), SMSSender: c.SMSSender,
			Keeper: d.Enrolment.Vault, Provider: c.DisplayName,
		}
	}
	p.review = &review.Review{
		Desk: p.operators, Store: d.Store, Requests: d.Store, Evidence: d.Enrolment.Vault, Places: d.Enrolment.Places, Source: source, Service: d.Site.Institution.Service.In,
		Circuits: ids, CircuitName: directory.CircuitName, PointName: directory.Name, Limiter: d.Limiter,
		Activation: &activation.Activation{
			Identities: d.Store, Life: p.life,
			Codes: d.Store, Contacts: d.Store, Texts: d.Site.Pages.Catalog(), Provider: c.Code, Months: c.months(), Site: d.Site.BaseURL, Service: d.Site.Institution.Service.In,
			Link: p.stopLink(d),
		},
	}
	return nil
}

// backofficeJobs are what has to happen again and again for operators.
func (p *IdP) backofficeJobs() []jobs.Job {
	if p.review == nil {
		return nil
	}
	return p.review.Jobs()
}

// backoffice are the addresses of operators.
func (p *IdP) backoffice() []web.Mounter {
	list := []web.Mounter{p.operators}
	if p.review != nil {
		list = append(list, p.console, p.review, p.lives, &reports.Reports{Desk: p.operators, Store: p.store, PointName: p.console.Directory.Name}, &keeping.Board{Desk: p.operators, Store: p.store, Rules: p.config.Retention.Rules()})
	}
	if p.office != nil {
		list = append(list, p.office)
	}
	if p.videos != nil {
		list = append(list, p.videos)
	}
	return list
}

// InviteOperators mails those who have neither a key nor an open invitation: for the
// demonstration. Elsewhere they are invited one by one (atrio operator invite).
func (p *IdP) InviteOperators(ctx context.Context) error {
	return p.inviter.InviteMissing(ctx, p.operators.Roster)
}
