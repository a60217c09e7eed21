// Package operatorcmd is `atrio operator`: who works at the identity provider is listed,
// invited to make a key, and locked out. Who is an operator stands in the configuration.
package operatorcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"atrio/app/command"
	"atrio/app/config"
	"atrio/app/plant"
	"atrio/authn/passkey"
	"atrio/base/audit"
	"atrio/base/seal"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/idp/backoffice/operator"
	"atrio/idp/idpdb"
	"atrio/web"
)

// Command is about the operators of the provider.
type Command struct {
	List   list   `cmd:"" help:"List the operators, their roles and whether they can sign in."`
	Invite invite `cmd:"" help:"Mail an operator a link with which they make a key."`
	Revoke revoke `cmd:"" help:"End the keys, invitations and sessions of an operator."`
}

// office is an open database of the provider with its roster.
type office struct {
	file   *config.File
	db     *db.DB
	ring   *seal.Keyring
	store  *idpdb.Store
	roster *operator.Roster
}

// open opens database and keys that are there, and makes none.
func open(ctx context.Context, c command.Configured) (*office, error) {
	f, err := c.Load()
	if err != nil {
		return nil, err
	}
	if _, err := command.ChooseRoles(f, []string{"idp"}); err != nil {
		return nil, err
	}
	if faults := operator.Validate(f.IdP.Operators); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	role, _ := f.Role("idp")
	keys, err := plant.OpenKeyStore("idp", role, plant.Device(f, "idp"))
	if err != nil {
		return nil, err
	}
	if files, err := keys.Files(); err != nil || !slices.Contains(files, "sealing.keys") {
		return nil, errors.Join(fmt.Errorf("%s has no sealing.keys: this is not the machine of the provider", role.Keys), err)
	}
	o := &office{file: f}
	if o.ring, err = keys.Keyring(); err != nil {
		return nil, err
	}
	if faults := plant.CheckDatabase(ctx, "idp", role); len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	if o.db, err = db.Open(ctx, role.Database.Reveal()); err != nil {
		return nil, err
	}
	shareddb.SealRows(o.db, o.ring)
	o.store = idpdb.NewStore(o.db, o.ring, nil)
	o.roster = operator.NewRoster(o.ring, f.IdP.Operators)
	return o, nil
}

// list shows who there is.
type list struct{ command.Configured }

// Help is the longer text of --help.
func (list) Help() string {
	return "Example: atrio operator list --config /etc/atrio/idp.toml\n\n" +
		"Those who left the configuration but were invited once stand at the end: their reference is in the audit log for years. If they still have keys, revoke them."
}

// Run lists.
func (c list) Run(ctx context.Context, s command.Streams) error {
	o, err := open(ctx, c.Configured)
	if err != nil {
		return err
	}
	defer o.db.Close()
	now := time.Now()
	known, err := o.store.Operators(ctx, now)
	if err != nil {
		return err
	}
	standing := map[string]operator.Standing{}
	for _, k := range known {
		standing[k.ID] = k
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "OPERATOR\tNAME\tMAIL\tROLES\tPOINT\tTRAINED UNTIL\tKEYS\tINVITED UNTIL")
	for _, who := range o.roster.List() {
		var roles []string
		for _, r := range who.Roles {
			roles = append(roles, string(r))
		}
		at := standing[who.ID]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", who.ID, who.Name, who.Email, strings.Join(roles, ","), or(who.Point), trained(who, now), at.Keys, instant(at.Invited))
		delete(standing, who.ID)
	}
	for _, k := range known {
		if _, left := standing[k.ID]; left {
			fmt.Fprintf(w, "%s\t%s\t%s\tnone: not in the configuration\t-\t-\t%d\t%s\n", k.ID, k.Name, k.Email, k.Keys, instant(k.Invited))
		}
	}
	return w.Flush()
}

func or(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func instant(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

func trained(who operator.Operator, now time.Time) string {
	switch {
	case who.TrainedUntil.IsZero():
		return "-"
	case who.Trained(now) != nil:
		return "over"
	}
	return who.TrainedUntil.AddDate(0, 0, -1).Format(time.DateOnly)
}

// invite mails a link.
type invite struct {
	command.Configured
	Email string `arg:"" help:"The address of the operator, as it stands in the configuration."`
}

// Help is the longer text of --help.
func (invite) Help() string {
	return "Example: atrio operator invite remo.prova@gestore.example.it --config /etc/atrio/idp.toml\n\n" +
		"The link works once, for three days; a later invitation takes its place. Make sure by another way that the mailbox is theirs: whoever reads the mail becomes the operator. The mail leaves with the next round of the running provider."
}

// Run invites.
func (c invite) Run(ctx context.Context, s command.Streams) error {
	o, err := open(ctx, c.Configured)
	if err != nil {
		return err
	}
	defer o.db.Close()
	who, ok := o.roster.ByEmail(c.Email)
	if !ok {
		return fmt.Errorf("there is no [[idp.operator]] with the address %s", c.Email)
	}
	if _, err := passkey.NewStrict(o.file.IdP.BaseURL, "x"); errors.Is(err, passkey.ErrHost) {
		return fmt.Errorf("idp.base_url: %s has no domain name, so keys cannot be made for it", o.file.IdP.BaseURL)
	}
	role, _ := o.file.Role("idp")
	face, err := plant.LoadTheme("idp", role.Theme)
	if err != nil {
		return err
	}
	pages, err := web.NewPages(face, operator.Pages())
	if err != nil {
		return errors.Join(errors.New("the texts of mails cannot be read"), err)
	}
	i := &operator.Inviter{
		Store: o.store, Keyring: o.ring, Texts: pages.Catalog(), Site: strings.TrimSuffix(o.file.IdP.BaseURL, "/"), Service: face.Service, Role: "idp", Now: time.Now,
	}
	until, err := i.Invite(ctx, who, command.WhoAsks())
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%s is invited until %s.\n", who.Name, instant(until))
	return nil
}

// revoke locks somebody out.
type revoke struct {
	command.Configured
	Operator string `arg:"" help:"The address of the operator as it stands in the configuration, or the reference that list shows."`
	Reason   string `required:"" help:"Why, for the audit log; leave names of people out." placeholder:"TEXT"`
}

// Help is the longer text of --help.
func (revoke) Help() string {
	return "Example: atrio operator revoke remo.prova@gestore.example.it --reason 'key lost' --config /etc/atrio/idp.toml\n\n" +
		"Keys, invitations and sessions end at once; what the operator decided stays. Take them out of the configuration too, or invite them anew."
}

// Run revokes.
func (c revoke) Run(ctx context.Context, s command.Streams) error {
	why := strings.TrimSpace(c.Reason)
	if why == "" || len(why) > audit.MaxText {
		return fmt.Errorf("--reason needs a text of 1 to %d bytes: say why", audit.MaxText)
	}
	o, err := open(ctx, c.Configured)
	if err != nil {
		return err
	}
	defer o.db.Close()
	id := c.Operator
	if who, ok := o.roster.ByEmail(c.Operator); ok {
		id = who.ID
	}
	if !operator.Is(id) {
		return fmt.Errorf("there is no [[idp.operator]] with the address %s; write the reference that atrio operator list shows", c.Operator)
	}
	detail := command.WhoAsks()
	detail["why"] = why
	ev := audit.Event{At: time.Now(), Role: "idp", Subject: id, Action: audit.OperatorRevoked, Outcome: audit.OK, Detail: detail}
	if err := o.store.RevokeOperator(ctx, id, ev); err != nil {
		return err
	}
	fmt.Fprintln(s.Out, "Keys, invitations and sessions are over.")
	return nil
}
