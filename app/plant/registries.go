package plant

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

// Book is a registry of a role, whoever it knows: providers or services.
type Book interface {
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
	WorldSPID     = "spid"
	WorldCIE      = "cie"
	worldEIDAS    = "eidas"
	WorldServices = "services"
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
		{WorldSPID, c.SPID.Providers, func(r *registry.Config) {
			r.Outages, r.Validator, r.TestProviders = c.SPID.Outages, c.SPID.Validator, spid.TestProviders()
		}},
	}
	if c.CIE.Configured() {
		all = append(all, world{WorldCIE, c.CIE.Providers, func(r *registry.Config) {
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

// Directories are the registries of the gateway by their world.
type Directories map[string]*registry.Registry

// of is the registry of a world as a door knows it, nil when it is not configured.
func (d Directories) of(name string) samldoor.Directory {
	if r, ok := d[name]; ok {
		return r
	}
	return nil
}

// outage tells whether a provider of any world has known problems.
func (d Directories) outage(entityID string) (string, bool) {
	for _, r := range d {
		if text, on := r.Outage(entityID); on {
			return text, true
		}
	}
	return "", false
}

// Books are all of them.
func (d Directories) Books() []Book {
	var all []Book
	for _, name := range slices.Sorted(maps.Keys(d)) {
		all = append(all, d[name])
	}
	return all
}

// Directories makes the registry of each world. It knows nobody before role.load.
func (g *Ground) Directories(c *config.Gateway, change func(*registry.Config)) (Directories, error) {
	all := Directories{}
	store := gatewaydb.NewStore(g.DB, nil)
	for _, w := range gatewayWorlds(c) {
		config := registry.Config{World: w.name, Sources: w.sources, Copies: store, Notes: store, Now: g.Now, Log: g.Log}
		for _, add := range []func(*registry.Config){w.more, change} {
			if add != nil {
				add(&config)
			}
		}
		r, err := registry.New(config)
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", g.Role, w.name, err)
		}
		all[w.name] = r
	}
	return all, nil
}

// ServiceBook is the registry of the services that may ask the identity provider. It keeps
// no copies: a node that starts while an address is down learns its services when it is back.
func (g *Ground) ServiceBook(sources []registry.SourceConfig) (*registry.Services, error) {
	s, err := registry.NewServices(registry.Config{World: WorldServices, Sources: sources, Now: g.Now, Log: g.Log})
	if err != nil {
		return nil, fmt.Errorf("%s.services: %w", g.Role, err)
	}
	return s, nil
}

// JobsOf are the jobs of several books.
func JobsOf(books []Book) []jobs.Job {
	var all []jobs.Job
	for _, b := range books {
		all = append(all, b.Jobs()...)
	}
	return all
}

// Load makes the books of a role ready, all at once.
func (r *Role) Load(ctx context.Context) {
	done := make(chan struct{})
	for _, b := range r.Books {
		go func() {
			defer func() { done <- struct{}{} }()
			b.Load(ctx)
		}()
	}
	for range r.Books {
		<-done
	}
}

// Book finds a registry of the role.
func (r *Role) Book(world string) (Book, error) {
	for _, b := range r.Books {
		if b.World() == world {
			return b, nil
		}
	}
	return nil, fmt.Errorf("the role %s knows no world %q", r.Ground.Role, world)
}

// CheckSources reads every source once, as serve would, without copies and notes. What a
// source cannot give is a mistake; what is near its end, or switched on for tests, a
// warning.
func CheckSources(ctx context.Context, b Book, now time.Time) (faults []error, warnings []string) {
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
			warnings = append(warnings, Sentence(s.Name, w))
		}
	}
	for _, e := range state.Entities {
		for _, w := range e.Warnings {
			if w.Code != registry.WarnTest || e.Offered {
				warnings = append(warnings, Sentence(e.EntityID, w))
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

// Sentence says a warning about a provider in words; about names what it is about.
func Sentence(about string, w registry.Warning) string {
	text := about + ": " + warningText[w.Code]
	if !w.At.IsZero() {
		text += " " + w.At.UTC().Format(time.RFC3339)
	}
	if w.What != "" {
		text += " (" + w.What + ")"
	}
	return text
}
