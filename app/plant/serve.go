package plant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"atrio/app/config"
)

// Serve opens the roles, listens, and ends everything in order.
func (p *Plant) Serve(ctx context.Context, f *config.File, names []string) error {
	roles, endpoints, err := p.openRoles(ctx, f, names)
	if err != nil {
		return err
	}
	if f.Operations.Listen != "" {
		handler, err := p.Operations(f.Operations.Listen, roles)
		if err != nil {
			return errors.Join(err, StopAll(roles))
		}
		endpoints = append(endpoints, Endpoint{Name: "operations", Address: f.Operations.Listen, Handler: handler})
	}
	open, err := Listen(endpoints)
	if err != nil {
		return errors.Join(err, StopAll(roles))
	}
	for _, r := range roles {
		r.Start()
	}
	p.Log.Info("ready", "roles", names)
	err = ServeAll(ctx, open, p.Log)
	return errors.Join(err, StopAll(roles))
}

// openRoles wires the named roles; with an error nothing stays open.
func (p *Plant) openRoles(ctx context.Context, f *config.File, names []string) ([]*Role, []Endpoint, error) {
	var roles []*Role
	var endpoints []Endpoint
	for _, name := range names {
		r, c, err := p.OpenRole(ctx, f, name)
		if err == nil {
			roles = append(roles, r)
			var e Endpoint
			e, err = RoleEndpoint(name, c, r)
			endpoints = append(append(endpoints, e), r.Beside...)
		}
		if err != nil {
			return nil, nil, errors.Join(err, StopAll(roles))
		}
	}
	return roles, endpoints, nil
}

// RoleEndpoint is the listener of a role, with TLS where it is configured.
func RoleEndpoint(name string, c config.Role, r *Role) (Endpoint, error) {
	secure, err := LoadTLS(c.TLSCertificate, c.TLSKey)
	if err != nil {
		return Endpoint{}, fmt.Errorf("%s.tls_certificate: %w", name, err)
	}
	return Endpoint{Name: name, Address: c.Listen, Handler: r.Handler, tls: secure}, nil
}

// OpenRole wires one role and reads whom it trusts.
func (p *Plant) OpenRole(ctx context.Context, f *config.File, name string) (*Role, config.Role, error) {
	var r *Role
	var c config.Role
	var err error
	switch name {
	case "gateway":
		c = f.Gateway.Role
		r, _, err = p.OpenGateway(ctx, f.Gateway)
	case "idp":
		c = f.IdP.Role
		r, _, err = p.OpenIdP(ctx, f.IdP)
	default:
		c = f.Portal.Role
		r, err = p.OpenPortal(ctx, f.Portal)
	}
	if err != nil {
		return nil, c, err
	}
	r.Load(ctx)
	return r, c, nil
}

// StopAll ends roles in the reverse order of their start.
func StopAll(roles []*Role) error {
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	var faults []error
	for _, r := range slices.Backward(roles) {
		faults = append(faults, r.Stop(ctx))
	}
	return errors.Join(faults...)
}

// Operations serves metrics, health and the pages of the operator to those who run the
// program.
func (p *Plant) Operations(listen string, roles []*Role) (http.Handler, error) {
	console, err := p.console(listen)
	if err != nil {
		return nil, err
	}
	for _, r := range roles { // in their order, however they were opened
		p.Metrics.providers.watch(r.Books...)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", p.Metrics.Handler())
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		for _, role := range roles {
			if err := role.Ground.DB.Ping(r.Context()); err != nil {
				p.Log.Warn("not ready", "role", role.Ground.Role, "cause", err.Error())
				http.Error(w, role.Ground.Role+": database not reachable", http.StatusServiceUnavailable)
				return
			}
		}
		fmt.Fprintln(w, "ok")
	})
	mux.Handle("/", console)
	return mux, nil
}
