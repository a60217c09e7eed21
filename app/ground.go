package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"atrio/app/config"
	"atrio/authn/password"
	"atrio/base/audit"
	"atrio/base/jobs"
	"atrio/base/keys"
	"atrio/base/keys/hsm"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/web"
	"atrio/web/ui"
)

// plant is what the roles of one process share: the clock, the log, the
// figures and the ways out.
type plant struct {
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
	tally   *tally
	mail    notify.Sender // nil: messages wait in the outbox
	sms     notify.Sender
	hasher  *password.Hasher
	demo    bool
	// devices are the tokens of the roles; nil for those without.
	devices map[string]*hsm.Device
}

// ground is what one role stands on: its database, its keys, its audit log.
type ground struct {
	*plant
	role    string
	baseURL string
	config  config.Role
	log     *slog.Logger
	db      *db.DB
	shared  *shareddb.Store
	keys    *keys.Store
	// rotations are the successions of keys that the role signs with.
	rotations []*keys.Rotation
	ring      *seal.Keyring
	refused   *audit.Batcher
	limiter   *ratelimit.Limiter
}

// role is a product, wired: what answers, what runs beside it, how it ends.
type role struct {
	ground  *ground
	site    *web.Site
	handler http.Handler
	jobs    *jobs.Runner
	// books are the registries of providers or services.
	books   []book
	beside  []worker
	started bool
}

// worker is something else that runs beside the requests.
type worker interface {
	Start()
	Close(ctx context.Context) error
}

// openGround opens database and keys of a role and brings the schema up to date.
func (p *plant) openGround(ctx context.Context, name string, c config.Role, baseURL string, modules ...db.Module) (*ground, error) {
	g := &ground{plant: p, role: name, baseURL: strings.TrimSuffix(baseURL, "/"), config: c, log: roleLogger(p.log, name)}
	var err error
	if g.keys, err = openKeyStore(name, c, p.devices[name]); err != nil {
		return nil, err
	}
	if g.ring, err = g.keys.Keyring(); err != nil {
		return nil, err
	}
	if g.db, err = db.Open(ctx, c.Database.Reveal()); err != nil {
		return nil, fmt.Errorf("%s.database: %w", name, err)
	}
	// The shared module first: products may rely on its tables.
	if err := g.db.Migrate(ctx, append([]db.Module{shareddb.Module()}, modules...)...); err != nil {
		g.db.Close()
		return nil, fmt.Errorf("%s.database: %w", name, err)
	}
	g.shared = &shareddb.Store{DB: g.db}
	g.refused = &audit.Batcher{Store: g.shared, Log: g.log}
	g.limiter = &ratelimit.Limiter{Store: g.shared, Keyring: g.ring, Now: p.now}
	p.metrics.counter("atrio_commits_total", "Write transactions since the start.", name, func() float64 { return float64(g.db.Commits()) })
	p.metrics.counter("atrio_audit_dropped_total", "Refusals that the audit queue could not take.", name, func() float64 { return float64(g.refused.Dropped()) })
	return g, nil
}

// fail closes what was opened when the wiring of a role cannot be finished.
func (g *ground) fail(err error) error { return errors.Join(err, g.db.Close()) }

// site makes the web shell of the role around its pages.
func (g *ground) site(pages []ui.Pages, crossOrigin ...string) (*web.Site, error) {
	theme, err := loadTheme(g.role, g.config.Theme)
	if err != nil {
		return nil, fmt.Errorf("%s.theme: %w", g.role, err)
	}
	set, err := web.NewPages(theme, pages...)
	if err != nil {
		return nil, err
	}
	proxies, err := prefixes(g.config.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("%s.trusted_proxies: %w", g.role, err)
	}
	secure := strings.HasPrefix(g.baseURL, "https://")
	s := &web.Site{
		Role: g.role, BaseURL: g.baseURL, Institution: theme, Pages: set, Keyring: g.ring,
		Sessions: &web.Sessions{
			Store: g.shared, Role: g.role, Now: g.now, Secure: secure,
			Idle: g.config.SessionIdle.Or(30 * time.Minute), Absolute: g.config.SessionAbsolute.Or(12 * time.Hour),
		},
		Now: g.now, Log: g.log, TrustedProxies: proxies, CrossOriginPOST: crossOrigin, Demo: g.demo,
		Refused: g.refusals(refusalLimit()),
		Observe: g.metrics.observe(g.role),
		Ready:   g.db.Ping,
	}
	return s, s.Validate()
}

// runner collects the jobs of the role: the ground's own and the product's.
func (g *ground) runner(product []jobs.Job) (*jobs.Runner, error) {
	key, err := g.keys.Audit()
	if err != nil {
		return nil, err
	}
	all := append(g.shared.Jobs(), (&audit.Sequencer{Store: g.shared, Key: key, Log: g.log}).Job())
	origin, err := url.Parse(g.baseURL)
	if err != nil {
		return nil, err
	}
	var deliverers []*notify.Deliverer
	for channel, sender := range map[notify.Channel]notify.Sender{notify.Mail: g.mail, notify.SMS: g.sms} {
		if sender != nil {
			deliverers = append(deliverers, &notify.Deliverer{Channel: channel, Outbox: g.shared, Sender: sender, Log: g.log, Now: g.now, Origin: origin.Hostname()})
		}
	}
	all = append(all, notify.Jobs(deliverers...)...)
	all = append(all, g.keyJobs()...)
	g.metrics.keys(g)
	return &jobs.Runner{Store: g.shared, Jobs: append(all, product...), Now: g.now, Log: g.log}, nil
}

// start begins the work beside the requests.
func (r *role) start() {
	r.ground.refused.Start()
	for _, w := range r.beside {
		w.Start()
	}
	r.jobs.Start()
	r.started = true
}

// stop ends jobs, writes what waits for the audit log, closes the database.
func (r *role) stop(ctx context.Context) error {
	if d := r.ground.devices[r.ground.role]; d != nil {
		defer d.Close()
	}
	if !r.started {
		return r.ground.db.Close()
	}
	faults := []error{r.jobs.Stop(ctx)}
	for _, w := range r.beside {
		faults = append(faults, w.Close(ctx))
	}
	return errors.Join(append(faults, r.ground.refused.Close(ctx), r.ground.db.Close())...)
}

// serviceNames are the names of the roles where the theme gives none.
var serviceNames = map[string]ui.Text{
	"gateway": {IT: "Servizi Online", EN: "Online Services"},
	"idp":     {IT: "Identità digitale", EN: "Digital identity"},
	"portal":  {IT: "Corsi aperti", EN: "Open courses"},
}

// loadTheme reads the files that a theme names.
func loadTheme(role string, c config.Theme) (ui.Theme, error) {
	t := ui.Theme{
		Institution: ui.Text{IT: orText(c.Institution.It, "Atrio"), EN: c.Institution.En},
		Service:     serviceNames[role],
		Home:        c.Home, Privacy: c.Privacy, Accessibility: c.Accessibility, Help: c.Help,
		Properties: map[string]string{},
	}
	if c.Service.It != "" {
		t.Service = ui.Text{IT: c.Service.It, EN: c.Service.En}
	}
	for name, value := range map[string]string{"--atrio-brand": c.Brand, "--atrio-brand-dark": c.BrandDark} {
		if value != "" {
			t.Properties[name] = value
		}
	}
	if c.Logo != "" {
		data, err := os.ReadFile(c.Logo)
		if err != nil {
			return t, err
		}
		t.Logo, t.LogoType = data, "image/png"
		if strings.HasSuffix(c.Logo, ".svg") {
			t.LogoType = "image/svg+xml"
		}
	}
	if c.Texts != "" {
		t.Texts = os.DirFS(c.Texts)
	}
	return t, t.Validate()
}

func prefixes(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range list {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, addrErr := netip.ParseAddr(text)
			if addrErr != nil {
				return nil, fmt.Errorf("%q is neither an address nor a network", text)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}
