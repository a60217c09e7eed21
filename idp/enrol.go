package idp

import (
	"fmt"

	"atrio/authn/password"
	"atrio/authn/proofofwork"
	"atrio/base/jobs"
	"atrio/base/ratelimit"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/shop"
	"atrio/idp/enrolment/way"
	"atrio/web"
	"atrio/web/ui"
)

// enrolling are the pages by which an identity is requested.
type enrolling struct {
	way   *way.Way
	apply *apply.Handler
	// shop takes what the issuer's shop tells; nil without one.
	shop *shop.Handler
}

// enrolmentPages are the pages and texts of requests.
func enrolmentPages() []ui.Pages { return []ui.Pages{way.Pages(), apply.Pages(), shop.Pages()} }

// openEnrolment builds what applicants see.
func (p *IdP) openEnrolment(c Config, d Deps, node *ratelimit.Limiter) error {
	e := c.Enrolment.WithDefaults()
	var breached password.Breached
	if e.Breached != "" {
		list, err := password.OpenBreached(e.Breached)
		if err != nil {
			return fmt.Errorf("idp.enrolment.breached: %w", err)
		}
		breached = list
	}
	p.enrol.way = &way.Way{Site: d.Site, Store: d.Store, Now: d.Now}
	p.enrol.apply = &apply.Handler{
		Site: d.Site, Way: p.enrol.way, Config: e, Circuits: d.Circuits,
		People: d.Store, Store: d.Store, Codes: d.Store, Votes: d.Store, Hasher: d.Hasher, Breached: breached,
		Work: &proofofwork.Maker{Keyring: d.Keyring, Now: d.Now}, Limiter: d.Limiter, Limits: c.enrolmentLimits(),
		Limit: web.PerAddress(node, c.passwordLimit()), Provider: c.DisplayName, SMSSender: c.SMSSender, Now: d.Now,
	}
	if e.Shop.URL != "" {
		p.enrol.apply.Shop = &shop.Client{URL: e.Shop.URL, Secret: e.Shop.Secret}
		p.enrol.shop = &shop.Handler{
			Site: d.Site, Store: d.Store, Hasher: d.Hasher, Secret: e.Shop.Secret, Breached: breached, Limiter: d.Limiter,
			Name: e.Shop.Name, Provider: c.DisplayName, Now: d.Now,
		}
	}
	return nil
}

func (e enrolling) mounts() []web.Mounter {
	list := []web.Mounter{e.apply}
	if e.shop != nil {
		list = append(list, e.shop)
	}
	return list
}

func (e enrolling) jobs() []jobs.Job { return e.apply.Jobs() }

// enrolmentLimits applies the configuration to the defaults: what bounds the SMS of a
// login bounds those of a request.
func (c Config) enrolmentLimits() apply.Limits {
	l, of := apply.DefaultLimits(), c.limits()
	l.Number.Burst, l.Network.Burst, l.Pause = of.SMSNumber.Burst, of.SMSAddress.Burst, of.SMSPause
	return l
}
