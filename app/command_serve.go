package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"atrio/app/config"
	"atrio/assets"
)

// serveCommand serves roles until it is told to stop.
type serveCommand struct {
	configured
	Roles []string `arg:"" optional:"" enum:"gateway,idp,portal" help:"Roles to serve; all that are configured when left out."`
}

// Help is the longer text of --help.
func (serveCommand) Help() string {
	return "Example: atrio serve gateway portal --config /etc/atrio/atrio.toml\n\n" +
		"SIGTERM lets running requests finish and then ends. The identity provider is never served in one process with the others: the law wants them apart."
}

// Run serves.
func (c serveCommand) Run(ctx context.Context, s streams) error {
	f, err := c.load()
	if err != nil {
		return err
	}
	roles, err := chooseRoles(f, c.Roles)
	if err != nil {
		return err
	}
	if _, err := assets.Manifest(); err != nil {
		return err
	}
	p, err := newPlant(f, s.err, time.Now)
	if err != nil {
		return err
	}
	return p.serve(ctx, f, roles)
}

// chooseRoles checks what was asked for against what is configured.
func chooseRoles(f *config.File, asked []string) ([]string, error) {
	have := f.Roles()
	if len(asked) == 0 {
		asked = have
	}
	for _, r := range asked {
		if !slices.Contains(have, r) {
			return nil, fmt.Errorf("the role %s has no table [%s] in the configuration; see atrio check --example", r, r)
		}
	}
	if len(asked) == 0 {
		return nil, errors.New("no role is configured; see atrio check --example")
	}
	// I16: the registers of an identity provider and of a service stand apart.
	if slices.Contains(asked, "idp") && len(asked) > 1 {
		return nil, errors.New("the identity provider must not share a process with other roles (CAD, SPID: separate registers); start a second process: atrio serve idp")
	}
	return asked, nil
}

// serve opens the roles, listens, and ends everything in order.
func (p *plant) serve(ctx context.Context, f *config.File, names []string) error {
	roles, endpoints, err := p.openRoles(ctx, f, names)
	if err != nil {
		return err
	}
	if f.Operations.Listen != "" {
		handler, err := p.operations(f.Operations.Listen, roles)
		if err != nil {
			return errors.Join(err, stopAll(roles))
		}
		endpoints = append(endpoints, endpoint{name: "operations", address: f.Operations.Listen, handler: handler})
	}
	open, err := listen(endpoints)
	if err != nil {
		return errors.Join(err, stopAll(roles))
	}
	for _, r := range roles {
		r.start()
	}
	p.log.Info("ready", "roles", names)
	err = serveAll(ctx, open, p.log)
	return errors.Join(err, stopAll(roles))
}

// openRoles wires the named roles; with an error nothing stays open.
func (p *plant) openRoles(ctx context.Context, f *config.File, names []string) ([]*role, []endpoint, error) {
	var roles []*role
	var endpoints []endpoint
	for _, name := range names {
		r, c, err := p.openRole(ctx, f, name)
		if err == nil {
			roles = append(roles, r)
			var e endpoint
			e, err = roleEndpoint(name, c, r)
			endpoints = append(endpoints, e)
		}
		if err != nil {
			return nil, nil, errors.Join(err, stopAll(roles))
		}
	}
	return roles, endpoints, nil
}

func roleEndpoint(name string, c config.Role, r *role) (endpoint, error) {
	secure, err := loadTLS(c.TLSCertificate, c.TLSKey)
	if err != nil {
		return endpoint{}, fmt.Errorf("%s.tls_certificate: %w", name, err)
	}
	return endpoint{name: name, address: c.Listen, handler: r.handler, tls: secure}, nil
}

// openRole wires one role and reads whom it trusts.
func (p *plant) openRole(ctx context.Context, f *config.File, name string) (*role, config.Role, error) {
	var r *role
	var c config.Role
	var err error
	switch name {
	case "gateway":
		c = f.Gateway.Role
		r, _, err = p.openGateway(ctx, f.Gateway)
	case "idp":
		c = f.IdP.Role
		r, _, err = p.openIdP(ctx, f.IdP)
	default:
		c = f.Portal.Role
		r, err = p.openPortal(ctx, f.Portal)
	}
	if err != nil {
		return nil, c, err
	}
	r.load(ctx)
	return r, c, nil
}

// stopAll ends roles in the reverse order of their start.
func stopAll(roles []*role) error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	var faults []error
	for _, r := range slices.Backward(roles) {
		faults = append(faults, r.stop(ctx))
	}
	return errors.Join(faults...)
}

// operations serves metrics, health and the pages of the operator to those who run the
// program.
func (p *plant) operations(listen string, roles []*role) (http.Handler, error) {
	console, err := p.console(listen)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", p.metrics.handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		for _, role := range roles {
			if err := role.ground.db.Ping(r.Context()); err != nil {
				p.log.Warn("not ready", "role", role.ground.role, "cause", err.Error())
				http.Error(w, role.ground.role+": database not reachable", http.StatusServiceUnavailable)
				return
			}
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("/", console)
	return mux, nil
}
