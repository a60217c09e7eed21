package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/assets"
	"atrio/base/keys/archivekey"
	"atrio/db"
	"atrio/federation/registry"
	"atrio/gateway/gatewaydb"
	"atrio/web"
)

// checkCommand looks at an installation. Without another word it looks at the
// configuration, as it always did.
type checkCommand struct {
	Installation checkInstallation `cmd:"" default:"withargs" help:"Find mistakes in the configuration before people do."`
	SPID         checkSPID         `cmd:"" name:"spid" help:"Play the official response cases of SPID against the running gateway."`
	CIE          checkCIE          `cmd:"" name:"cie" help:"Play the response cases of CIE against the running gateway."`
}

// Help is the longer text of --help.
func (checkCommand) Help() string {
	return "Example: atrio check --config /etc/atrio/atrio.toml\n\n" +
		"Without another word it is `atrio check installation`: it reads the configuration and changes nothing."
}

// checkInstallation finds mistakes in the configuration before people do.
type checkInstallation struct {
	command.Configured
	Example bool `help:"Print a complete, commented configuration and end."`
}

// Help is the longer text of --help.
func (checkInstallation) Help() string {
	return "Example: atrio check --config /etc/atrio/atrio.toml\n\n" +
		"Reads the whole configuration, the metadata, the keys and the databases it names, and tells every mistake with what to do. Changes nothing."
}

// Run checks.
func (c checkInstallation) Run(ctx context.Context, s command.Streams) error {
	if c.Example {
		_, err := s.Out.Write(config.Example)
		return err
	}
	f, err := c.Load()
	if f == nil {
		return err
	}
	faults := []error{err, f.Validate()}
	if errors.Join(faults...) == nil {
		faults = append(faults, checkAround(ctx, f)...)
		wrong, warnings := checkTrust(ctx, f)
		faults = append(faults, wrong...)
		for _, w := range warnings {
			fmt.Fprintln(s.Err, "atrio: warning:", w)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	for _, name := range f.Roles() {
		warnings, err := checkKeys(f, name, time.Now())
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for _, w := range warnings {
			fmt.Fprintln(s.Err, "atrio: warning:", w)
		}
	}
	if f.IdP != nil {
		for _, w := range operatorWarnings(f.IdP, time.Now()) {
			fmt.Fprintln(s.Err, "atrio: warning:", w)
		}
		warnings, err := checkChip(f.IdP, time.Now)
		closed, unread := closedWays(ctx, f.IdP)
		if err := errors.Join(err, unread); err != nil {
			return err
		}
		for _, w := range append(warnings, closed...) {
			fmt.Fprintln(s.Err, "atrio: warning:", w)
		}
	}
	if f.Gateway != nil {
		warning, err := crowdedCodes(ctx, f.Gateway)
		if err != nil {
			return err
		}
		if warning != "" {
			fmt.Fprintln(s.Err, "atrio: warning:", warning)
		}
	}
	fmt.Fprintf(s.Out, "no mistake found in %v, roles %v\n", c.Config, f.Roles())
	return nil
}

// checkAround opens what the configuration names, read-only.
func checkAround(ctx context.Context, f *config.File) []error {
	var faults []error
	if _, err := assets.Manifest(); err != nil {
		faults = append(faults, err)
	}
	if _, err := plant.New(f, os.Stderr, time.Now); err != nil {
		faults = append(faults, err)
	} else if _, err := plant.Places(f); err != nil { // a role opens them when it first needs them
		faults = append(faults, err)
	}
	for _, name := range f.Roles() {
		r, _ := f.Role(name)
		_, keysErr := checkKeys(f, name, time.Now())
		for _, err := range append(checkRole(ctx, name, r), keysErr) {
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	if f.Portal != nil && f.Portal.Courses != "" {
		_, err := plant.ReadCourses(f.Portal.Courses)
		faults = append(faults, err)
	}
	return faults
}

// checkTrust reads the metadata of those whom the roles trust.
func checkTrust(ctx context.Context, f *config.File) (faults []error, warnings []string) {
	var books []plant.Book
	bare := func(role string) *plant.Ground {
		return &plant.Ground{Plant: &plant.Plant{Now: time.Now}, Role: role, Log: slog.New(slog.DiscardHandler)}
	}
	if f.Gateway != nil {
		notes, done := notesOf(ctx, f.Gateway)
		defer done()
		known, err := bare("gateway").Directories(f.Gateway, func(c *registry.Config) {
			c.Copies, c.Notes = nil, notes // a check judges the sources, not what was kept of them
		})
		books, faults = append(books, known.Books()...), append(faults, err)
	}
	if f.IdP != nil {
		if f.IdP.Evidence.Configured() {
			if _, err := archivekey.ReadFiles(f.IdP.Evidence.ArchiveKeys); err != nil {
				faults = append(faults, fmt.Errorf("idp.evidence.archive_keys: %w", err))
			}
		}
		if f.IdP.Signature.Configured() {
			warning, err := plant.CheckShelf(f.IdP.Signature, time.Now())
			if faults = append(faults, err); warning != "" {
				warnings = append(warnings, warning)
			}
		}
		warning, err := plant.CheckCards(f.IdP.CNS, time.Now())
		if faults = append(faults, err); warning != "" {
			warnings = append(warnings, warning)
		}
		if f.IdP.Level3() {
			warnings = append(warnings, "idp.max_level: 3 is for tests until the authority has accepted the cards: docs/operations/cns.md")
		}
		warning, err = plant.CheckOffices(f.IdP.Config, time.Now())
		if faults = append(faults, err); warning != "" {
			warnings = append(warnings, warning)
		}
		services, err := bare("idp").ServiceBook(f.IdP.ServiceSources())
		if err != nil {
			return append(faults, err), warnings
		}
		books = append(books, services)
	}
	for _, b := range books {
		wrong, near := plant.CheckSources(ctx, b, time.Now())
		faults, warnings = append(faults, wrong...), append(warnings, near...)
	}
	return faults, warnings
}

// notesOf are what the operator said, where the database is ready to tell; nil elsewhere.
func notesOf(ctx context.Context, c *config.Gateway) (registry.Notes, func()) {
	if len(plant.CheckDatabase(ctx, "gateway", c.Role)) > 0 {
		return nil, func() {}
	}
	d, err := db.Open(ctx, c.Database.Reveal())
	if err != nil {
		return nil, func() {}
	}
	return gatewaydb.NewStore(d, nil), func() { d.Close() }
}

// checkRole tries database, theme and pages of one role.
func checkRole(ctx context.Context, name string, r config.Role) []error {
	var faults []error
	if _, err := plant.LoadTLS(r.TLSCertificate, r.TLSKey); err != nil {
		faults = append(faults, fmt.Errorf("tls_certificate: %w", err))
	}
	if _, err := plant.Prefixes(r.TrustedProxies); err != nil {
		faults = append(faults, fmt.Errorf("trusted_proxies: %w", err))
	}
	theme, err := plant.LoadTheme(name, r.Theme)
	if err == nil {
		_, err = web.NewPages(theme, plant.Product[name].Pages()...)
	}
	if err != nil {
		faults = append(faults, fmt.Errorf("theme: %w", err))
	}
	if wrong := plant.CheckDatabase(ctx, name, r); len(wrong) > 0 {
		return append(faults, wrong...)
	}
	if err := plant.CheckClock(ctx, r, time.Now()); err != nil {
		faults = append(faults, fmt.Errorf("clock: %w", err))
	}
	return faults
}
