package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"atrio/app/config"
	"atrio/base/jobs"
	"atrio/federation/registry"
	"atrio/federation/spid"
	"atrio/gateway/doors/samldoor"
	"atrio/gateway/gatewaydb"
)

// book is a registry of a role, whoever it knows: providers or services.
type book interface {
	World() string
	// Load makes the node ready to serve; it never fails.
	Load(ctx context.Context)
	Jobs() []jobs.Job
	State(now time.Time) registry.State
	// Introduce trusts a document of this process: the demonstration.
	Introduce(name string, document []byte) error
}

// Worlds of the gateway, and of the identity provider.
const (
	worldSPID     = "spid"
	worldCIE      = "cie"
	worldEIDAS    = "eidas"
	worldServices = "services"
)

// world says where the providers of one world come from.
type world struct {
	name    string
	sources []registry.SourceConfig
	// more adds what this world alone has; may be nil.
	more func(*registry.Config)
}

// gatewayWorlds are the worlds whose providers the gateway knows, as configured. A new
// one is a line here.
func gatewayWorlds(c *config.Gateway) []world {
	all := []world{
		{worldSPID, c.SPID.Providers, func(r *registry.Config) {
			r.Outages, r.Validator, r.TestProviders = c.SPID.Outages, c.SPID.Validator, spid.TestProviders()
		}},
	}
	if c.CIE.Configured() {
		all = append(all, world{worldCIE, c.CIE.Providers, func(r *registry.Config) {
			r.Validator, r.TestProviders = c.SPID.Validator, spid.TestProviders() // one acceptance, one switch
		}})
	}
	if c.EIDAS.Configured() {
		all = append(all, world{worldEIDAS, c.EIDAS.Providers, func(r *registry.Config) {
			r.Validator, r.TestProviders = c.SPID.Validator, spid.TestProviders()
		}})
	}
	return all
}

// directories are the registries of the gateway by their world.
type directories map[string]*registry.Registry

// of is the registry of a world as a door knows it, nil when it is not configured.
func (d directories) of(name string) samldoor.Directory {
	if r, ok := d[name]; ok {
		return r
	}
	return nil
}

// outage tells whether a provider of any world has known problems.
func (d directories) outage(entityID string) (string, bool) {
	for _, r := range d {
		if text, on := r.Outage(entityID); on {
			return text, true
		}
	}
	return "", false
}

// books are all of them.
func (d directories) books() []book {
	var all []book
	for _, name := range slices.Sorted(maps.Keys(d)) {
		all = append(all, d[name])
	}
	return all
}

// directories makes the registry of each world. It knows nobody before role.load.
func (g *ground) directories(c *config.Gateway, change func(*registry.Config)) (directories, error) {
	all := directories{}
	store := &gatewaydb.Store{DB: g.db}
	for _, w := range gatewayWorlds(c) {
		config := registry.Config{World: w.name, Sources: w.sources, Copies: store, Notes: store, Now: g.now, Log: g.log}
		for _, add := range []func(*registry.Config){w.more, change} {
			if add != nil {
				add(&config)
			}
		}
		r, err := registry.New(config)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", g.role, w.name, err)
		}
		all[w.name] = r
	}
	return all, nil
}

// serviceBook is the registry of the services that may ask the identity provider. It keeps
// no copies: a node that starts while an address is down learns its services when it is back.
func (g *ground) serviceBook(sources []registry.SourceConfig) (*registry.Services, error) {
	s, err := registry.NewServices(registry.Config{World: worldServices, Sources: sources, Now: g.now, Log: g.log})
	if err != nil {
		return nil, fmt.Errorf("%s.services: %w", g.role, err)
	}
	return s, nil
}

// jobsOf are the jobs of several books.
func jobsOf(books []book) []jobs.Job {
	var all []jobs.Job
	for _, b := range books {
		all = append(all, b.Jobs()...)
	}
	return all
}

// watched shows books in the metrics and on the page of the operator.
func (p *plant) watched(books []book) []book {
	for _, b := range books {
		p.metrics.providers.watch(b)
	}
	return books
}

// load makes the books of a role ready, all at once.
func (r *role) load(ctx context.Context) {
	done := make(chan struct{})
	for _, b := range r.books {
		go func() {
			defer func() { done <- struct{}{} }()
			b.Load(ctx)
		}()
	}
	for range r.books {
		<-done
	}
}

// book finds a registry of the role.
func (r *role) book(world string) (book, error) {
	for _, b := range r.books {
		if b.World() == world {
			return b, nil
		}
	}
	return nil, fmt.Errorf("the role %s knows no world %q", r.ground.role, world)
}

// checkSources reads every source once, as serve would, without copies and notes. What a
// source cannot give is a mistake; what is near its end, or switched on for tests, a
// warning.
func checkSources(ctx context.Context, b book, now time.Time) (faults []error, warnings []string) {
	b.Load(ctx)
	state := b.State(now)
	for _, s := range state.Sources {
		if s.Code != "" {
			faults = append(faults, fmt.Errorf("metadata %s: %s", s.Name, s.Error))
		}
		for _, w := range s.Warnings {
			if w.Code == registry.WarnShadowed {
				faults = append(faults, fmt.Errorf("metadata %s: %s is described twice", s.Name, w.What))
				continue
			}
			warnings = append(warnings, sentence(s.Name, w))
		}
	}
	for _, e := range state.Entities {
		for _, w := range e.Warnings {
			if w.Code != registry.WarnTest || e.Offered {
				warnings = append(warnings, sentence(e.EntityID, w))
			}
		}
	}
	if state.Validator {
		warnings = append(warnings, "the validator is on (gateway.spid.validator, or atrio provider validator): people can choose test providers; only for the acceptance, never in production")
	}
	return faults, warnings
}

// warningText are the warnings of a registry for the command line.
var warningText = map[string]string{
	registry.WarnCertificate:        "a certificate ends",
	registry.WarnCertificateExpired: "a certificate has expired",
	registry.WarnMetadata:           "the metadata end",
	registry.WarnMetadataExpired:    "the metadata have expired",
	registry.WarnStale:              "not read since",
	registry.WarnPin:                "a pinned certificate ends",
	registry.WarnPinExpired:         "a pinned certificate has expired",
	registry.WarnRefused:            "a description is left out",
	registry.WarnKept:               "the newest description cannot be read",
	registry.WarnTest:               "a test provider is offered to people",
	registry.WarnOutage:             "its button says that there are problems",
}

func sentence(about string, w registry.Warning) string {
	text := about + ": " + warningText[w.Code]
	if !w.At.IsZero() {
		text += " " + w.At.UTC().Format(time.RFC3339)
	}
	if w.What != "" {
		text += " (" + w.What + ")"
	}
	return text
}
