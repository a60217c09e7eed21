package keyscmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/base/audit"
	"atrio/base/keys"
)

// ofPurpose is embedded by commands about one succession of keys.
type ofPurpose struct {
	OfRole
	Purpose string `arg:"" help:"What the keys sign: spid, token-es256, token-rs256 (gateway); saml (idp)."`
}

// change finds the purpose, does something to it, and records what.
func (c ofPurpose) change(ctx context.Context, kind string, detail map[string]string, do func(*keys.Store, keys.Purpose) (pair string, err error)) error {
	b, err := c.Open()
	if err != nil {
		return err
	}
	defer b.Close()
	p, err := b.purpose(c.Purpose)
	if err != nil {
		return err
	}
	return b.changing(ctx, audit.KeysChanged, func() (map[string]string, error) {
		pair, err := do(b.Store, p)
		if detail == nil {
			detail = map[string]string{}
		}
		detail["purpose"], detail["change"] = p.Name, kind
		if pair != "" {
			detail["pair"] = pair
		}
		return detail, err
	})
}

// everywhere is what has to happen after a change.
const everywhere = "Nodes see it within a minute. Copy the directory to those that do not share it."

type keysNext struct{ ofPurpose }

// Help is the longer text of --help.
func (keysNext) Help() string {
	return "Example: atrio keys next gateway spid --config /etc/atrio/atrio.toml\n\n" +
		"The key is published from the next minute on; for SAML with a certificate by the rules of the federation. Then: atrio keys promote."
}

// Run makes it.
func (c keysNext) Run(ctx context.Context, s command.Streams) error {
	return c.change(ctx, "next", nil, func(store *keys.Store, p keys.Purpose) (string, error) {
		name, err := store.Next(p, time.Now())
		if err == nil {
			fmt.Fprintf(s.Out, "%s is the next key of %s and may sign after %s. %s\n", name, p.Name, p.Publish, everywhere)
		}
		return name, err
	})
}

type keysImport struct {
	ofPurpose
	Key         string `xor:"key" help:"A private key, PKCS#8 in PEM, that becomes the next one." placeholder:"FILE"`
	Label       string `xor:"key" help:"A key in the PKCS#11 token that becomes the next one."`
	Certificate string `help:"A certificate, PEM, for the next key or for --pair." placeholder:"FILE"`
	Pair        string `help:"The pair that the certificate is for, when it is not the next one."`
}

// Help is the longer text of --help.
func (keysImport) Help() string {
	return "Example: atrio keys import gateway spid --label atrio-2027 --config /etc/atrio/atrio.toml\n" +
		"  atrio keys import gateway spid --certificate from-the-authority.pem\n\n" +
		"A certificate counts as published from now on."
}

// Run imports.
func (c keysImport) Run(ctx context.Context, s command.Streams) error {
	switch {
	case c.Key == "" && c.Label == "" && c.Certificate == "":
		return errors.New("give --key, --label or --certificate")
	case c.Pair != "" && (c.Key != "" || c.Label != ""):
		return errors.New("--pair goes with --certificate alone: a new key becomes the next one")
	}
	return c.change(ctx, "import", nil, func(store *keys.Store, p keys.Purpose) (string, error) {
		name, err := c.key(store, p)
		if err != nil {
			return "", err
		}
		if c.Certificate != "" {
			data, err := os.ReadFile(c.Certificate)
			if err == nil {
				err = store.ImportCertificate(p, c.Pair, time.Now(), data)
			}
			if err != nil {
				return name, err
			}
		}
		fmt.Fprintln(s.Out, "imported.", everywhere)
		if name == "" {
			name = c.Pair
		}
		return name, nil
	})
}

func (c keysImport) key(store *keys.Store, p keys.Purpose) (string, error) {
	if c.Label != "" {
		return store.NextFromToken(p, time.Now(), c.Label)
	}
	if c.Key == "" {
		return "", nil
	}
	data, err := os.ReadFile(c.Key)
	if err != nil {
		return "", err
	}
	return store.NextFromKey(p, time.Now(), data)
}

// forced is embedded by commands that keep a waiting time.
type forced struct {
	Force  bool   `help:"Do not wait; needs --reason."`
	Reason string `help:"Why, for the audit log." placeholder:"TEXT"`
}

// detail is what the audit log is told; a force without a reason is refused.
func (f forced) detail() (map[string]string, error) {
	why := strings.TrimSpace(f.Reason)
	if f.Force && why == "" {
		return nil, errors.New("--force needs --reason: it stands in the audit log")
	}
	d := map[string]string{}
	if f.Force {
		d["forced"] = "yes"
	}
	if why != "" {
		d["why"] = why
	}
	return d, nil
}

type keysPromote struct {
	ofPurpose
	forced
}

// Help is the longer text of --help.
func (keysPromote) Help() string {
	return "Example: atrio keys promote gateway spid --config /etc/atrio/atrio.toml\n\n" +
		"Refused while the next key has no good certificate, or is published for less than a day (SAML) or ten minutes (tokens)."
}

// Run promotes.
func (c keysPromote) Run(ctx context.Context, s command.Streams) error {
	detail, err := c.detail()
	if err != nil {
		return err
	}
	return c.change(ctx, "promote", detail, func(store *keys.Store, p keys.Purpose) (string, error) {
		if err := store.Promote(p, time.Now(), c.Force); err != nil {
			return "", err
		}
		fmt.Fprintf(s.Out, "the next key of %s signs now; the one before stays published until atrio keys forget. %s\n", p.Name, everywhere)
		return "", nil
	})
}

type keysRetire struct {
	ofPurpose
	Reason string `required:"" help:"Why, for the audit log." placeholder:"TEXT"`
}

// Help is the longer text of --help.
func (keysRetire) Help() string {
	return "Example: atrio keys retire gateway token-es256 --reason 'stolen backup' --config /etc/atrio/atrio.toml\n\n" +
		"For a key that leaked. The next key signs at once (one is made if there is none), the old one is not published any more and its files are removed: " +
		"what it signed counts no longer. Towards a federation this interrupts logins until it has loaded the new metadata."
}

// Run retires.
func (c keysRetire) Run(ctx context.Context, s command.Streams) error {
	if strings.TrimSpace(c.Reason) == "" {
		return errors.New("--reason is empty: it stands in the audit log")
	}
	return c.change(ctx, "retire", map[string]string{"why": strings.TrimSpace(c.Reason)}, func(store *keys.Store, p keys.Purpose) (string, error) {
		if err := store.Retire(p, time.Now()); err != nil {
			return "", err
		}
		fmt.Fprintf(s.Out, "another key of %s signs now and the old one is gone. %s Do it now.\n", p.Name, everywhere)
		return "", nil
	})
}

type keysForget struct {
	OfRole
	Purpose string `arg:"" help:"What the key signs, or sealing."`
	Pair    string `arg:"" optional:"" help:"The pair to forget (atrio keys status)."`
	Before  string `help:"For sealing: forget generations that stopped sealing by then, like 2026-03-01T12:00:00Z." placeholder:"TIME"`
	forced
}

// Help is the longer text of --help.
func (keysForget) Help() string {
	return "Example: atrio keys forget gateway spid saml --config /etc/atrio/atrio.toml\n" +
		"  atrio keys forget gateway sealing --before 2026-03-01T12:00:00Z\n\n" +
		"A retired key is kept for a day. What is still sealed with a forgotten generation cannot be opened any more; two generations always stay."
}

// Run forgets.
func (c keysForget) Run(ctx context.Context, s command.Streams) error {
	detail, err := c.detail()
	if err != nil {
		return err
	}
	if c.Purpose == "sealing" {
		return c.sealing(ctx, s, detail)
	}
	if c.Pair == "" || c.Before != "" {
		return errors.New("name the pair to forget; --before is for sealing")
	}
	return ofPurpose{c.OfRole, c.Purpose}.change(ctx, "forget", detail, func(store *keys.Store, p keys.Purpose) (string, error) {
		err := store.Forget(p, c.Pair, time.Now(), c.Force)
		if err == nil {
			fmt.Fprintf(s.Out, "%s is forgotten. %s\n", c.Pair, everywhere)
		}
		return c.Pair, err
	})
}

func (c keysForget) sealing(ctx context.Context, s command.Streams, detail map[string]string) error {
	before, err := time.Parse(time.RFC3339, c.Before)
	if err != nil || c.Pair != "" {
		return errors.New("write atrio keys forget ROLE sealing --before 2026-03-01T12:00:00Z")
	}
	b, err := c.Open()
	if err != nil {
		return err
	}
	defer b.Close()
	return b.changing(ctx, audit.KeysChanged, func() (map[string]string, error) {
		detail["purpose"], detail["change"], detail["before"] = "sealing", "forget", before.UTC().Format(time.RFC3339)
		if err := b.Store.ForgetSealing(before); err != nil {
			return nil, err
		}
		fmt.Fprintln(s.Out, "done; copy the directory to the other nodes and restart them one at a time")
		return detail, nil
	})
}
