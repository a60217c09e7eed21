package plant

import (
	"cmp"
	"context"
	"crypto/ed25519"
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
	"atrio/people/places"
	"atrio/web"
	"atrio/web/ui"
)

// Plant is what the roles of one process share: the clock, the log, the
// figures and the ways out.
type Plant struct {
	Now     func() time.Time
	Log     *slog.Logger
	Metrics *metrics
	tally   *tally
	Mail    notify.Sender // nil: messages wait in the outbox
	SMS     notify.Sender
	hasher  *password.Hasher
	Demo    bool
	// Real says that Now is the clock of this machine, which is compared with the database's;
	// a demonstration and tests have a calendar of their own.
	Real bool
	// Places are the municipalities and states, opened by the first call.
	Places func() *places.Directory
	// devices are the tokens of the roles; nil for those without.
	Devices map[string]*hsm.Device
}

// Ground is what one role stands on: its database, its keys, its audit log.
type Ground struct {
	*Plant
	Role    string
	BaseURL string
	config  config.Role
	Log     *slog.Logger
	DB      *db.DB
	shared  *shareddb.Store
	keys    *keys.Store
	// rotations are the successions of keys that the role signs with.
	rotations []*keys.Rotation
	ring      *seal.Keyring
	refused   *audit.Batcher
	limiter   *ratelimit.Limiter
	// signer is the public half of the key that signs the audit log.
	signer ed25519.PublicKey
}

// Role is a product, wired: what answers, what runs beside it, how it ends.
type Role struct {
	Ground  *Ground
	site    *web.Site
	Handler http.Handler
	Jobs    *jobs.Runner
	// books are the registries of providers or services.
	Books   []Book
	beside  []worker
	started bool
	// Beside are listeners of the role beside its own.
	Beside []Endpoint
}

// worker is something else that runs beside the requests.
type worker interface {
	Start()
	Close(ctx context.Context) error
}

// openGround opens database and keys of a role and brings the schema up to date.
func (p *Plant) openGround(ctx context.Context, name string, c config.Role, baseURL string, modules ...db.Module) (*Ground, error) {
	g := &Ground{Plant: p, Role: name, BaseURL: strings.TrimSuffix(baseURL, "/"), config: c, Log: roleLogger(p.Log, name)}
	var err error
	if g.keys, err = OpenKeyStore(name, c, p.Devices[name]); err != nil {
		return nil, err
	}
	if g.ring, err = g.keys.Keyring(); err != nil {
		return nil, err
	}
	if g.DB, err = db.Open(ctx, c.Database.Reveal()); err != nil {
		return nil, fmt.Errorf("%s.database: %w", name, err)
	}
	// The shared module first: products may rely on its tables.
	if err := g.DB.Migrate(ctx, append([]db.Module{shareddb.Module()}, modules...)...); err != nil {
		g.DB.Close()
		return nil, fmt.Errorf("%s.database: %w", name, err)
	}
	g.shared = &shareddb.Store{DB: g.DB}
	if err := g.clock(ctx); err != nil {
		return nil, g.fail(err)
	}
	g.refused = &audit.Batcher{Store: g.shared, Log: g.Log}
	g.limiter = &ratelimit.Limiter{Store: g.shared, Keyring: g.ring, Now: p.Now}
	p.Metrics.counter("atrio_commits_total", "Write transactions since the start.", name, func() float64 { return float64(g.DB.Commits()) })
	p.Metrics.counter("atrio_audit_dropped_total", "Refusals that the audit queue could not take.", name, func() float64 { return float64(g.refused.Dropped()) })
	return g, nil
}

// sharedClock is the clock that the nodes of the role share, nil where times are of no real one.
func (g *Ground) sharedClock() audit.Shared {
	if !g.Real {
		return nil
	}
	return g.DB.Clock
}

// clock refuses to start a node whose clock is behind what was signed already, or so far ahead
// that what it signs would stop the others. // A37
func (g *Ground) clock(ctx context.Context) error {
	if err := audit.CheckLead(ctx, g.Now(), g.sharedClock()); err != nil {
		return fmt.Errorf("%s: %w", g.Role, err)
	}
	key, err := g.keys.Audit()
	if err != nil {
		return err
	}
	g.signer = key.Public().(ed25519.PublicKey)
	if err := audit.CheckClock(ctx, g.shared, g.Now(), g.signer); err != nil && g.Demo {
		return fmt.Errorf("%s: the demonstration was further on: put its file `clock` back, or delete its directory and its databases to begin anew: %w", g.Role, err)
	} else if err != nil {
		return fmt.Errorf("%s: set the clock, or see `atrio audit clock`: %w", g.Role, err)
	}
	return nil
}

// fail closes what was opened when the wiring of a role cannot be finished.
func (g *Ground) fail(err error) error { return errors.Join(err, g.DB.Close()) }

// site makes the web shell of the role around its pages.
func (g *Ground) site(pages []ui.Pages, crossOrigin ...string) (*web.Site, error) {
	theme, err := LoadTheme(g.Role, g.config.Theme)
	if err != nil {
		return nil, fmt.Errorf("%s.theme: %w", g.Role, err)
	}
	set, err := web.NewPages(theme, pages...)
	if err != nil {
		return nil, err
	}
	if g.Places != nil {
		set.NamePlaces(g.placeName)
	}
	proxies, err := Prefixes(g.config.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("%s.trusted_proxies: %w", g.Role, err)
	}
	secure := strings.HasPrefix(g.BaseURL, "https://")
	s := &web.Site{
		Role: g.Role, BaseURL: g.BaseURL, Institution: theme, Pages: set, Keyring: g.ring,
		Sessions: &web.Sessions{
			Store: g.shared, Role: g.Role, Now: g.Now, Secure: secure,
			Idle: g.config.SessionIdle.Or(30 * time.Minute), Absolute: g.config.SessionAbsolute.Or(12 * time.Hour),
		},
		Now: g.Now, Log: g.Log, TrustedProxies: proxies, CrossOriginPOST: crossOrigin, Demo: g.Demo,
		Refused: g.refusals(refusalLimit()),
		Observe: g.Metrics.observe(g.Role),
		Ready:   g.DB.Ping,
	}
	return s, s.Validate()
}

// runner collects the jobs of the role: the ground's own and the product's.
func (g *Ground) runner(product []jobs.Job) (*jobs.Runner, error) {
	key, err := g.keys.Audit()
	if err != nil {
		return nil, err
	}
	all := append(g.shared.Jobs(), (&audit.Sequencer{Store: g.shared, Key: key, Log: g.Log, Shared: g.sharedClock()}).Job())
	origin, err := url.Parse(g.BaseURL)
	if err != nil {
		return nil, err
	}
	var deliverers []*notify.Deliverer
	for channel, sender := range map[notify.Channel]notify.Sender{notify.Mail: g.Mail, notify.SMS: g.SMS} {
		if sender != nil {
			deliverers = append(deliverers, &notify.Deliverer{Channel: channel, Outbox: g.shared, Sender: sender, Log: g.Log, Now: g.Now, Origin: origin.Hostname()})
		}
	}
	all = append(all, notify.Jobs(deliverers...)...)
	all = append(all, g.keyJobs()...)
	g.Metrics.keys(g)
	return &jobs.Runner{Store: g.shared, Jobs: append(all, product...), Now: g.Now, Log: g.Log}, nil
}

// Start begins the work beside the requests.
func (r *Role) Start() {
	r.Ground.refused.Start()
	for _, w := range r.beside {
		w.Start()
	}
	r.Jobs.Start()
	r.started = true
}

// Stop ends jobs, writes what waits for the audit log, closes the database.
func (r *Role) Stop(ctx context.Context) error {
	if d := r.Ground.Devices[r.Ground.Role]; d != nil {
		defer d.Close()
	}
	if !r.started {
		return r.Ground.DB.Close()
	}
	faults := []error{r.Jobs.Stop(ctx)}
	for _, w := range r.beside {
		faults = append(faults, w.Close(ctx))
	}
	return errors.Join(append(faults, r.Ground.refused.Close(ctx), r.Ground.DB.Close())...)
}

// serviceNames are the names of the roles where the theme gives none.
var serviceNames = map[string]ui.Text{
	"gateway": {IT: "Servizi Online", EN: "Online Services"},
	"idp":     {IT: "Identità digitale", EN: "Digital identity"},
	"portal":  {IT: "Corsi aperti", EN: "Open courses"},
}

// LoadTheme reads the files that a theme names.
func LoadTheme(role string, c config.Theme) (ui.Theme, error) {
	t := ui.Theme{
		Institution: ui.Text{IT: cmp.Or(c.Institution.It, "Atrio"), EN: c.Institution.En},
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

// Prefixes reads networks and single addresses.
func Prefixes(list []string) ([]netip.Prefix, error) {
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
