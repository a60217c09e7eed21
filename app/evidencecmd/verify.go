package evidencecmd

import (
	"context"
	"fmt"
	"time"

	"atrio/app/command"
	"atrio/base/keys/archivekey"
	"atrio/idp/evidence"
	"atrio/idp/proofing/video/studio/manifest"
)

// verify says whether a recorded session is as it was. A33
type verify struct {
	command.Configured
	Manifest string          `arg:"" help:"The id of the manifest of a session: see atrio evidence list."`
	By       string          `required:"" help:"The operator who looks: e-mail or reference, of the roster." placeholder:"ACCOUNT"`
	Reason   string          `required:"" help:"Why, in words; leave names of people out." placeholder:"TEXT"`
	Key      []string        `help:"What is archived: a file with a private key of the archive, once for each; - reads them from standard input." placeholder:"FILE"`
	Second   string          `help:"What is archived: the other person: e-mail or reference." placeholder:"ACCOUNT"`
	Case     string          `help:"What is archived: the number of the case." placeholder:"TEXT"`
	Ground   evidence.Ground `help:"What is archived: one of judicial, supervision, holder, repudiation." placeholder:"WORD"`
}

// Help is the longer text of --help.
func (verify) Help() string {
	return "Example: atrio evidence verify 5XW… --by anna@example.org --reason 'Controllo a campione' --config /etc/atrio/idp.toml\n\n" +
		"Both recordings are read to their end and compared with the manifest, segment by segment; nothing is written anywhere but lines of the audit log. " +
		"What is archived needs what atrio evidence open needs."
}

// Run verifies.
func (c verify) Run(ctx context.Context, s command.Streams) error {
	v, err := vault(ctx, c.Configured)
	if err != nil {
		return err
	}
	defer v.db.Close()
	access := v.lookers(s, evidence.Access{By: c.By, Second: c.Second, Case: c.Case, Ground: c.Ground, Purpose: c.Reason, User: user()})
	from := manifest.Working(v.Vault, access)
	if len(c.Key) > 0 {
		keys, err := open{Key: c.Key}.keys(s.In)
		if err != nil {
			return err
		}
		from = archived(v.Vault, access, keys)
	}
	doc, err := manifest.Verify(ctx, v.Ring, from, c.Manifest)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "session %s of request %s, %s, %s: as it was recorded.\n", doc.Session, doc.Request, doc.Begun.Format(time.RFC3339), time.Duration(doc.Length)*time.Millisecond)
	if doc.Aborted != "" {
		fmt.Fprintf(s.Out, "aborted: %s\n", doc.Aborted)
	}
	for _, t := range doc.Sides {
		fmt.Fprintf(s.Out, "%s: recording %s, %d segments, SHA-256 %s\n", t.Side, t.Recording, len(t.Segments), t.SHA256)
	}
	return nil
}

func archived(v *evidence.Vault, a evidence.Access, keys *archivekey.Identities) manifest.Opener {
	return manifest.Opener{
		Item: func(ctx context.Context, id string) (evidence.Opened, error) { return v.OpenArchived(ctx, id, a, keys) },
		Recording: func(ctx context.Context, id string) (*evidence.Playback, error) {
			return v.OpenRecordingArchived(ctx, id, a, keys)
		},
	}
}
