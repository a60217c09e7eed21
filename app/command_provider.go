package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/db"
	"atrio/federation/registry"
	"atrio/gateway/gatewaydb"
)

// providerCommand looks after the providers of the gateway.
type providerCommand struct {
	List      providerList      `cmd:"" help:"List the providers from files and last good copies, without asking the net."`
	Outage    providerOutage    `cmd:"" help:"Say on a provider's button that there are problems, or no more."`
	Validator providerValidator `cmd:"" help:"Offer AgID's validator and other test providers to people, or no more."`
	Forget    providerForget    `cmd:"" help:"Forget the last good copy of a source, after a change that looks like a step back."`
}

type providerList struct{ command.Configured }

// Help is the longer text of --help.
func (providerList) Help() string {
	return "Example: atrio provider list --config /etc/atrio/atrio.toml\n\n" +
		"What a node that starts now would know. The page /providers of the operations listener shows what a running one knows."
}

// Run lists.
func (c providerList) Run(ctx context.Context, s command.Streams) error {
	f, d, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	known, err := offline(ctx, f, d)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	for _, b := range known.Books() {
		listProviders(w, b.State(time.Now()))
	}
	return w.Flush()
}

func listProviders(w io.Writer, state registry.State) {
	for _, e := range state.Entities {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", state.World, e.EntityID, e.Name, standing(e), e.Source)
		for _, warning := range e.Warnings {
			fmt.Fprintf(w, "\t%s\n", plant.Sentence("warning", warning))
		}
	}
	for _, source := range state.Sources {
		if !source.Held {
			fmt.Fprintf(w, "%s\t%s\tnothing is known of this source\n", state.World, source.Name)
		}
	}
}

func standing(e registry.EntityState) string {
	switch {
	case !e.Current:
		return "expired"
	case e.Test && !e.Offered:
		return "test, not offered"
	case e.Outage:
		return "offered, with problems"
	case e.Offered:
		return "offered"
	}
	return "not offered"
}

type providerOutage struct {
	command.Configured
	EntityID string `arg:"" name:"entity-id" help:"The provider, as atrio provider list names it."`
	World    string `default:"spid" enum:"spid,cie,eidas" help:"Whose provider: spid, cie or eidas."`
	On       bool   `help:"There are problems." xor:"switch" required:""`
	Off      bool   `help:"There are none." xor:"switch" required:""`
	Text     string `help:"What people read on the button; a standing text when left out."`
}

// Help is the longer text of --help.
func (providerOutage) Help() string {
	return "Example: atrio provider outage https://idp.example.it --on --text \"Fermo fino alle 18\" --config /etc/atrio/atrio.toml\n\n" +
		"All nodes follow within a minute. It wins over gateway.spid.outages. The audit log has a line."
}

// Run writes the note.
func (c providerOutage) Run(ctx context.Context, s command.Streams) error {
	if len(c.Text) > registry.MaxNoteText || !utf8.ValidString(c.Text) {
		return fmt.Errorf("--text may have %d bytes", registry.MaxNoteText)
	}
	f, d, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	known, err := offline(ctx, f, d)
	if err != nil {
		return err
	}
	if !describes(known[c.World], c.EntityID) {
		fmt.Fprintf(s.Err, "atrio: warning: no file or copy describes %s; is the name right?\n", c.EntityID)
	}
	n := registry.Note{World: c.World, Kind: registry.NoteOutage, EntityID: c.EntityID, On: c.On, Text: c.Text, At: time.Now()}
	if err := note(ctx, d, n); err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%s: problems %s; all nodes show it within a minute\n", c.EntityID, onOff(c.On))
	return nil
}

// describes reports whether a registry, if there is one, knows a provider.
func describes(r *registry.Registry, entityID string) bool {
	if r == nil {
		return false
	}
	_, ok := r.Provider(entityID)
	return ok
}

type providerValidator struct {
	command.Configured
	On  bool `help:"Offer them." xor:"switch" required:""`
	Off bool `help:"Hide them." xor:"switch" required:""`
}

// Help is the longer text of --help.
func (providerValidator) Help() string {
	return "Example: atrio provider validator --on --config /etc/atrio/atrio.toml\n\n" +
		"For the acceptance of the service. Its metadata must be among gateway.spid.providers, or gateway.cie.providers. It wins over gateway.spid.validator."
}

// Run writes the note.
func (c providerValidator) Run(ctx context.Context, s command.Streams) error {
	_, d, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	for _, world := range []string{plant.WorldSPID, plant.WorldCIE} { // one acceptance, one switch
		if err := note(ctx, d, registry.Note{World: world, Kind: registry.NoteValidator, On: c.On, At: time.Now()}); err != nil {
			return err
		}
	}
	fmt.Fprintf(s.Out, "test providers: %s; all nodes follow within a minute\n", onOff(c.On))
	if c.On {
		fmt.Fprintln(s.Err, "atrio: warning: people see test providers now; switch them off when the acceptance is over")
	}
	return nil
}

type providerForget struct {
	command.Configured
	Source string `arg:"" help:"The address, as atrio provider list and the page of the operator name it."`
	World  string `default:"spid" enum:"spid,cie,eidas" help:"Whose source: spid, cie or eidas."`
}

// Help is the longer text of --help.
func (providerForget) Help() string {
	return "Example: atrio provider forget https://registry.example.it/entities-idp --config /etc/atrio/atrio.toml\n\n" +
		"A document that ends earlier than the one that is held is refused as a step back. When the federation says that it means it, forget the copy and restart the nodes one at a time. The audit log has a line."
}

// Run removes the copy.
func (c providerForget) Run(ctx context.Context, s command.Streams) error {
	_, d, err := c.Open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	found, err := gatewaydb.NewStore(d, nil).ForgetCopy(ctx, c.World, c.Source, audit.Event{At: time.Now(), Role: "gateway"})
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("there is no copy of %s", c.Source)
	}
	fmt.Fprintf(s.Out, "%s: the copy is forgotten; restart the nodes one at a time\n", c.Source)
	return nil
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// note writes what the operator says, with its audit line.
func note(ctx context.Context, d *db.DB, n registry.Note) error {
	return gatewaydb.NewStore(d, nil).NoteProvider(ctx, n, audit.Event{At: n.At, Role: "gateway"})
}

// offline are the registries as files and copies have them.
func offline(ctx context.Context, f *config.File, d *db.DB) (plant.Directories, error) {
	g := &plant.Ground{Plant: &plant.Plant{Now: time.Now}, Role: "gateway", Log: slog.New(slog.DiscardHandler), DB: d}
	known, err := g.Directories(f.Gateway, func(c *registry.Config) { c.Transport = noNet{} })
	if err != nil {
		return nil, err
	}
	for _, b := range known.Books() {
		b.Load(ctx)
	}
	return known, nil
}

// noNet answers every request with an error.
type noNet struct{}

// RoundTrip implements http.RoundTripper.
func (noNet) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("the net is not asked")
}
