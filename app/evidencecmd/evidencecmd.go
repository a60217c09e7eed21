// Package evidencecmd is `atrio evidence`: what proves how identities were requested is
// listed, opened out of the archive, verified, and held for a case. What may be opened, by whom and
// why, is decided in idp/evidence.
package evidencecmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/app/plant"
	"atrio/db"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment"
	"atrio/idp/evidence"
	"atrio/idp/idpdb"
)

// Command is about the evidence of requests.
type Command struct {
	List    list    `cmd:"" help:"List the evidence of a request, without opening it."`
	Open    open    `cmd:"" help:"Open an item or a recording out of the archive: two persons, a case, the private keys."`
	Verify  verify  `cmd:"" help:"Say whether a recorded session is as it was."`
	Hold    hold    `cmd:"" help:"Keep the evidence of a request beyond its end, for a case."`
	Release release `cmd:"" help:"End what hold began."`
}

// place is the evidence of the provider, and who works there.
type place struct {
	*evidence.Vault
	db     *db.DB
	roster *operator.Roster
}

// vault opens the evidence of the provider; database and keys must be there.
func vault(ctx context.Context, c command.Configured) (*place, error) {
	f, err := c.Load()
	if err != nil {
		return nil, err
	}
	if _, err := command.ChooseRoles(f, []string{"idp"}); err != nil {
		return nil, err
	}
	if !f.IdP.Evidence.Configured() {
		return nil, errors.New("there is no [idp.evidence] in the configuration")
	}
	role, _ := f.Role("idp")
	store, err := plant.OpenKeyStore("idp", role, plant.Device(f, "idp"))
	if err != nil {
		return nil, err
	}
	if files, err := store.Files(); err != nil || !slices.Contains(files, "sealing.keys") {
		return nil, errors.Join(fmt.Errorf("%s has no sealing.keys: this is not the machine of the provider", role.Keys), err)
	}
	ring, err := store.Keyring()
	if err != nil {
		return nil, err
	}
	if faults := plant.CheckDatabase(ctx, "idp", role); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	d, err := db.Open(ctx, role.Database.Reveal())
	if err != nil {
		return nil, err
	}
	v, err := plant.Vault(f.IdP.Evidence, idpdb.NewStore(d, ring, nil), time.Now)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &place{v, d, operator.NewRoster(ring, f.IdP.Operators)}, nil
}

// reference is that of a request, which people name by its number.
func reference(ctx context.Context, d *db.DB, named string) (string, error) {
	n, ok := enrolment.ParseNumber(named)
	if !ok {
		return named, nil
	}
	id, err := idpdb.NewStore(d, nil, nil).ReferenceOf(ctx, n)
	if err != nil {
		return "", fmt.Errorf("request %s: %w", n, err)
	}
	return id, nil
}

// user is who runs the command, as the audit log names them.
func user() string {
	who := command.WhoAsks()
	return "user:" + cmp.Or(who["sudo_user"], who["user"], who["uid"])
}

// list shows what there is.
type list struct {
	command.Configured
	Request string `arg:"" help:"The number or the id of the request, or the id of an identity."`
}

// Help is the longer text of --help.
func (list) Help() string {
	return "Example: atrio evidence list 7KQ2-M9XA --config /etc/atrio/idp.toml\n\nNothing is opened: kinds, sizes, times and authors are in clear. The last column says who can open an item: the provider, or the archive alone."
}

// Run lists.
func (c list) Run(ctx context.Context, s command.Streams) error {
	v, err := vault(ctx, c.Configured)
	if err != nil {
		return err
	}
	defer v.db.Close()
	id, err := reference(ctx, v.db, c.Request)
	if err != nil {
		return err
	}
	items, err := v.List(ctx, id)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		return fmt.Errorf("there is no evidence of the request %q", c.Request)
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ITEM\tKIND\tAT\tBYTES\tTYPE\tAUTHOR\tOPENS WITH")
	for _, i := range items {
		id, with := i.ID, "archive"
		if i.Recording != "" {
			id = fmt.Sprintf("%s (recording, segment %d)", i.Recording, i.Segment)
		}
		if i.Readable {
			with = "provider, archive"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", id, i.Kind, i.At.Format(time.RFC3339), i.Size, i.MediaType, i.Author, with)
	}
	return w.Flush()
}

// held is what hold and release have in common.
type held struct {
	command.Configured
	Request string `arg:"" help:"The number or the id of the request, or the id of its identity: both are meant."`
	Reason  string `required:"" help:"Why, for the audit log; leave names of people out." placeholder:"TEXT"`
}

func (c held) do(ctx context.Context, do func(v *evidence.Vault, id string, a evidence.Access) error) error {
	v, err := vault(ctx, c.Configured)
	if err != nil {
		return err
	}
	defer v.db.Close()
	id, err := reference(ctx, v.db, c.Request)
	if err != nil {
		return err
	}
	return do(v.Vault, id, evidence.Access{By: user(), Purpose: c.Reason, User: user()})
}

// hold keeps.
type hold struct {
	held
	Case string `required:"" help:"The number of the case." placeholder:"TEXT"`
}

// Help is the longer text of --help.
func (hold) Help() string {
	return "Example: atrio evidence hold 7KQ2-M9XA --case 'RG 12/2026' --reason 'Ordine del giudice' --config /etc/atrio/idp.toml"
}

// Run holds.
func (c hold) Run(ctx context.Context, s command.Streams) error {
	err := c.do(ctx, func(v *evidence.Vault, id string, a evidence.Access) error {
		a.Case = c.Case
		return v.Hold(ctx, id, a)
	})
	if err == nil {
		fmt.Fprintln(s.Out, "The evidence is kept until atrio evidence release.")
	}
	return err
}

// release lets go.
type release struct{ held }

// Help is the longer text of --help.
func (release) Help() string {
	return "Example: atrio evidence release 7KQ2-M9XA --reason 'Caso chiuso' --config /etc/atrio/idp.toml\n\nWhat has served its time is destroyed within the hour."
}

// Run releases.
func (c release) Run(ctx context.Context, s command.Streams) error {
	err := c.do(ctx, func(v *evidence.Vault, id string, a evidence.Access) error { return v.Release(ctx, id, a) })
	if err == nil {
		fmt.Fprintln(s.Out, "The evidence ends in its time again.")
	}
	return err
}
