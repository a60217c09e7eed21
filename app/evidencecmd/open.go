package evidencecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"atrio/app/command"
	"atrio/base/keys/archivekey"
	"atrio/idp/evidence"
)

// open gives an item out. Who looks, with whom and why is not demanded by the command line:
// the vault refuses, and writes the refusal down. // I14, L13
type open struct {
	command.Configured
	ID     string          `arg:"" help:"The id of an item or of a recording: see atrio evidence list."`
	Key    []string        `required:"" help:"A file with a private key of the archive, once for each; - reads keys from standard input, so that no file with a key in clear is needed." placeholder:"FILE"`
	By     string          `help:"The operator who looks: e-mail or reference, of the roster." placeholder:"ACCOUNT"`
	Second string          `help:"The other person, who is present: e-mail or reference, of the roster." placeholder:"ACCOUNT"`
	Case   string          `help:"The number of the case." placeholder:"TEXT"`
	Ground evidence.Ground `help:"One of judicial, supervision, holder, repudiation."`
	Reason string          `help:"Why, in words; leave names of people out." placeholder:"TEXT"`
	Out    string          `required:"" help:"The file to write, which must not be there yet. A recording is written segment after segment." placeholder:"FILE"`
}

// Help is the longer text of --help.
func (open) Help() string {
	return "Example: age -d archive-1.key.age | atrio evidence open 5XW… --key - --key /media/safe/archive-2.key --by anna@example.org --second bruno@example.org --case 'RG 12/2026' --ground judicial --reason 'Ordine del giudice' --out carta.jpg --config /etc/atrio/idp.toml\n\n" +
		"The line of the audit log is written before anything is opened, with your user name. Each person brings the private key that they keep: one alone opens nothing."
}

// Run opens.
func (c open) Run(ctx context.Context, s command.Streams) (err error) {
	keys, err := c.keys(s.In)
	if err != nil {
		return err
	}
	v, err := vault(ctx, c.Configured)
	if err != nil {
		return err
	}
	defer v.db.Close()
	access := v.lookers(s, evidence.Access{By: c.By, Second: c.Second, Case: c.Case, Ground: c.Ground, Purpose: c.Reason, User: user()})
	parts, err := content(ctx, v.Vault, c.ID, access, keys)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			_ = os.Remove(c.Out) // half of a recording looks like a whole one
		}
	}()
	size := 0
	for part, err := range parts {
		if err != nil {
			return err
		}
		n, err := out.Write(part)
		if err != nil {
			return err
		}
		size += n
	}
	fmt.Fprintf(s.Out, "%s: %d bytes. Delete it when the case no longer needs it.\n", c.Out, size)
	return nil
}

// maxKeys bounds what is read of private keys.
const maxKeys = 64 << 10

func (c open) keys(in io.Reader) (*archivekey.Identities, error) {
	var text strings.Builder
	for _, path := range c.Key {
		from := in
		if path != "-" {
			f, err := os.Open(path)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			from = f
		}
		data, err := io.ReadAll(io.LimitReader(from, maxKeys))
		if err != nil {
			return nil, err
		}
		text.Write(append(data, '\n'))
	}
	return archivekey.ParseIdentities(text.String())
}

// content gives an item, or the segments of a recording one by one.
func content(ctx context.Context, v *evidence.Vault, id string, a evidence.Access, keys *archivekey.Identities) (func(yield func([]byte, error) bool), error) {
	item, err := v.OpenArchived(ctx, id, a, keys)
	if err == nil {
		return func(yield func([]byte, error) bool) { yield(item.Content, nil) }, nil
	}
	if !errors.Is(err, evidence.ErrUnknown) {
		return nil, err
	}
	p, err := v.OpenRecordingArchived(ctx, id, a, keys)
	if err != nil {
		return nil, err
	}
	return func(yield func([]byte, error) bool) {
		for n := range p.Segments {
			part, err := p.Segment(ctx, n+1)
			if !yield(part, err) || err != nil {
				return
			}
		}
	}, nil
}
