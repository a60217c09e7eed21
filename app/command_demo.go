package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/demo"
	"atrio/app/demo/cardoffice"
	"atrio/app/demo/cieprovider"
	"atrio/app/demo/eidasnode"
	"atrio/app/demo/shop"
	"atrio/app/demo/signer"
	"atrio/app/demo/townhall"
	"atrio/app/plant"
	"atrio/assets"
	"atrio/base/audit"
	"atrio/base/seal"
	"atrio/base/setting"
	"atrio/gateway"
	"atrio/gateway/gatewaydb"
	"atrio/gateway/registers"
	"atrio/idp"
	"atrio/portal/portaldb"
	"atrio/web"
)

// demoCommand starts the demonstration.
type demoCommand struct {
	Dir      string   `default:"${demo_dir}" help:"Where databases, keys and the clock are kept." placeholder:"DIR"`
	PortBase int      `default:"8080" help:"Port of the gateway; the others follow." placeholder:"PORT"`
	Config   []string `help:"Overrides: more trust, other limits, other databases." placeholder:"FILE"`
	LogFile  string   `help:"Where to write the log; DIR/atrio.log when left out." placeholder:"FILE"`
}

// Help is the longer text of --help.
func (demoCommand) Help() string {
	return "Example: atrio demo --dir /tmp/atrio-demo --port-base 8080\n\n" +
		"Everything listens on loopback. Stop it with Ctrl-C; delete DIR to begin anew."
}

// Run starts everything and serves until it is told to stop.
func (c demoCommand) Run(ctx context.Context, s command.Streams) error {
	if _, err := assets.Manifest(); err != nil {
		return err
	}
	if c.PortBase < 1024 || c.PortBase > 65000 {
		return errors.New("--port-base must be between 1024 and 65000")
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	logPath := cmp.Or(c.LogFile, filepath.Join(c.Dir, "atrio.log"))
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	d := &demonstration{command: c, addresses: demo.Addresses{Host: "localhost", Base: c.PortBase}, log: log}
	if err := d.open(ctx); err != nil {
		return errors.Join(err, plant.StopAll(d.roles))
	}
	return d.serve(ctx, s.Out)
}

// demonstration is everything that one `atrio demo` runs.
type demonstration struct {
	command   demoCommand
	addresses demo.Addresses
	log       io.Writer

	clock     *demo.Clock
	file      *config.File
	plant     *plant.Plant
	service   *demo.Service
	cie       *cieprovider.CIE
	eidas     *eidasnode.Node
	shop      *shop.Shop
	signer    *signer.Signer
	cards     *cardoffice.Office
	hall      *townhall.Hall
	country   *demo.Country
	roles     []*plant.Role
	endpoints []plant.Endpoint
	gateway   *gateway.Gateway
	idp       *idp.IdP
}

// open wires the roles, introduces them to each other and plants the people.
func (d *demonstration) open(ctx context.Context) error {
	var err error
	if d.clock, err = demo.OpenClock(d.command.Dir); err != nil {
		return err
	}
	inbox := &demo.Inbox{Now: d.clock.Now}
	desk, err := d.desk(inbox)
	if err != nil {
		return err
	}
	if err := errors.Join(d.simulators(desk), d.openShop(ctx, desk)); err != nil {
		return err
	}
	d.signer, d.cards, d.hall = signer.New(desk, d.clock.Now), cardoffice.New(desk, d.clock.Now), townhall.New(desk.BaseURL, d.clock.Now)
	if d.file, err = d.config(); err != nil {
		return err
	}
	if d.plant, err = plant.New(d.file, d.log, d.clock.Now); err != nil {
		return err
	}
	desk.Log = d.plant.Log
	d.plant.Mail, d.plant.SMS, d.plant.Demo = inbox, inbox, true
	if err := d.openRoles(ctx); err != nil {
		return err
	}
	if err := d.introduce(ctx); err != nil {
		return err
	}
	operations, err := d.plant.Operations(d.file.Operations.Listen, d.roles)
	if err != nil {
		return err
	}
	d.endpoints = append(d.endpoints,
		plant.Endpoint{Name: "desk", Address: d.addresses.Listen(3), Handler: d.signer.Around(d.cards.Around(d.hall.Around(desk.Handler(d.deskMounts(desk, inbox)...))))},
		plant.Endpoint{Name: "operations", Address: d.file.Operations.Listen, Handler: operations})
	return nil
}

// desk makes the site of the demo desk and the service that stands there.
func (d *demonstration) desk(inbox *demo.Inbox) (*web.Site, error) {
	theme, err := plant.LoadTheme("desk", config.Theme{
		Institution: config.Text{It: "Atrio", En: "Atrio"}, Service: config.Text{It: "Banco della demo", En: "Demo desk"},
	})
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(theme, demo.Pages()...)
	if err != nil {
		return nil, err
	}
	site := &web.Site{
		Role: "desk", BaseURL: d.addresses.Desk(), Institution: theme, Pages: pages,
		Now: d.clock.Now, Log: slog.New(slog.DiscardHandler), Demo: true, Layout: demo.Layout, CrossOriginPOST: demo.CrossOriginPOST(),
	}
	ring := seal.NewKeyring("desk", seal.Key{ID: "desk", Secret: [32]byte([]byte(rand.Text() + rand.Text())[:32])})
	site.Keyring = ring
	secret, err := d.secret("service-secret")
	d.service = &demo.Service{Site: site, Keyring: ring, Issuer: d.addresses.Gateway(), Secret: secret, Now: d.clock.Now}
	return site, err
}

func (d *demonstration) deskMounts(site *web.Site, inbox *demo.Inbox) []web.Mounter {
	return []web.Mounter{
		&demo.Desk{Site: site, Addresses: d.addresses, Clock: d.clock, Inbox: inbox, RunDue: d.runDue},
		d.service, d.cie, d.eidas, d.shop, d.signer, d.cards, &demo.Phone{Site: site, Country: d.country, Addresses: d.addresses},
	}
}

// openRoles wires gateway, idp and portal, side by side: nothing waits for another.
func (d *demonstration) openRoles(ctx context.Context) error {
	type opened struct {
		role     *plant.Role
		endpoint plant.Endpoint
		err      error
	}
	add := func(name string, c config.Role, r *plant.Role, err error) opened {
		if err != nil {
			return opened{err: err}
		}
		r.Load(ctx)
		e, err := plant.RoleEndpoint(name, c, r)
		return opened{r, e, err}
	}
	var found [3]opened
	var all sync.WaitGroup
	all.Go(func() {
		r, g, err := d.plant.OpenGateway(ctx, d.file.Gateway)
		d.gateway, found[0] = g, add("gateway", d.file.Gateway.Role, r, err)
	})
	all.Go(func() {
		r, i, err := d.plant.OpenIdP(ctx, d.file.IdP)
		d.idp, found[1] = i, add("idp", d.file.IdP.Role, r, err)
	})
	all.Go(func() {
		r, err := d.plant.OpenPortal(ctx, d.file.Portal)
		found[2] = add("portal", d.file.Portal.Role, r, err)
	})
	all.Wait()
	var faults []error
	for _, o := range found {
		if o.role != nil {
			d.roles = append(d.roles, o.role)
			d.endpoints = append(append(d.endpoints, o.endpoint), o.role.Beside...)
		}
		faults = append(faults, o.err)
	}
	return errors.Join(faults...)
}

// introduce gives gateway and idp each other's metadata, as the federation does
// for real ones, and plants people and courses.
func (d *demonstration) introduce(ctx context.Context) error {
	service, err := d.gateway.SPIDMetadata()
	if err != nil {
		return err
	}
	provider, err := d.idp.Metadata()
	if err != nil {
		return err
	}
	// The order of openRoles: gateway, idp, portal.
	if err := errors.Join(d.tell(d.roles[0], plant.WorldSPID, provider), d.tell(d.roles[1], plant.WorldServices, service)); err != nil {
		return err
	}
	if err := d.meetSimulators(); err != nil {
		return err
	}
	for _, seed := range demo.Seeds() {
		// A person who is there already stays as they are.
		if err := d.idp.Seed(ctx, seed); err != nil {
			return err
		}
	}
	if err := d.idp.InviteOperators(ctx); err != nil {
		return err
	}
	if err := d.gateway.Seed(ctx, demo.Members()...); err != nil {
		return err
	}
	// Affiliations alone: they contradict nothing, so that nobody has to be told.
	now := d.clock.Now()
	staff := registers.Import{ID: "demo", Now: now, Event: audit.Event{At: now, Role: "gateway"}}
	if _, err := gatewaydb.NewStore(d.roles[0].Ground.DB, nil).ImportPeople(ctx, staff, demo.Staff(now)); err != nil {
		return err
	}
	store := &portaldb.Store{DB: d.roles[2].Ground.DB}
	return store.SaveCourses(ctx, demo.Courses(time.Now()))
}

// tell introduces somebody of the demonstration to a role.
func (d *demonstration) tell(r *plant.Role, world string, document []byte) error {
	b, err := r.Book(world)
	if err != nil {
		return err
	}
	return b.Introduce("demo", document)
}

// runDue runs what is due in every role, after the clock moved.
func (d *demonstration) runDue(ctx context.Context) error {
	var faults []error
	for _, r := range d.roles {
		faults = append(faults, r.Jobs.RunDue(ctx))
	}
	return errors.Join(faults...)
}

// serve listens, says where, and ends everything in order.
func (d *demonstration) serve(ctx context.Context, out io.Writer) error {
	open, err := plant.Listen(d.endpoints)
	if err != nil {
		return errors.Join(err, plant.StopAll(d.roles))
	}
	for _, r := range d.roles {
		r.Start()
	}
	d.announce(out)
	go func() {
		if d.waitReady(ctx) {
			fmt.Fprintln(out, "ready")
		}
	}()
	return errors.Join(plant.ServeAll(ctx, open, d.plant.Log), plant.StopAll(d.roles))
}

// waitReady asks every listener for its readiness until all answer 200.
func (d *demonstration) waitReady(ctx context.Context) bool {
	client := &http.Client{Timeout: 2 * time.Second}
	for _, e := range d.endpoints {
		for !e.Asks() && !answers(ctx, client, "http://"+e.Address+"/readyz") {
			select {
			case <-ctx.Done():
				return false
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return true
}

func answers(ctx context.Context, client *http.Client, address string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	res, err := client.Do(r)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// announce prints addresses and people.
func (d *demonstration) announce(out io.Writer) {
	a := d.addresses
	fmt.Fprintf(out, "Atrio %s, demonstration in %s\n\n", plant.Version(), d.command.Dir)
	for _, line := range [][2]string{
		{"start here", a.Desk()}, {"portal", a.Portal()}, {"gateway", a.Gateway()}, {"identity provider", a.IdP()},
		{"CIE, simulated", a.Desk() + cieprovider.EntityPath}, {"eIDAS, simulated", a.Desk() + eidasnode.EntityPath}, {"issuer's shop", a.Desk() + shop.Path}, {"metrics", a.Operations() + "/metrics"},
	} {
		fmt.Fprintf(out, "  %-18s %s\n", line[0], line[1])
	}
	if by := d.clock.Offset(); by > 0 {
		fmt.Fprintf(out, "\nthe clock is %s ahead, as the time machine left it; delete the directory to begin anew\n", setting.Duration(by))
	}
	fmt.Fprintln(out, "\npeople (all invented):")
	for _, p := range demo.People() {
		fmt.Fprintf(out, "  %-5s  %-24s %-32s %-14s level %d\n", p.Role, p.Name, p.Login, p.Password, p.Level)
	}
	fmt.Fprintln(out)
}

// secret keeps a random text in the demo's directory, so that what was
// registered with it still fits after a restart.
func (d *demonstration) secret(name string) (string, error) {
	path := filepath.Join(d.command.Dir, name)
	data, err := os.ReadFile(path)
	if err == nil {
		return string(data), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	secret := rand.Text() + rand.Text()
	return secret, os.WriteFile(path, []byte(secret), 0o600)
}
