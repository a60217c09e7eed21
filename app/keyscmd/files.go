package keyscmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"atrio/app/command"
	"atrio/base/audit"
	"atrio/base/keys"
)

type keysRotate struct{ OfRole }

// Help is the longer text of --help.
func (keysRotate) Help() string {
	return "Example: atrio keys rotate gateway --config /etc/atrio/atrio.toml\n\n" +
		"The new key opens at once and seals from the next rotation on, so nodes can be restarted one at a time."
}

// Run rotates.
func (c keysRotate) Run(ctx context.Context, s command.Streams) error {
	b, err := c.Open()
	if err != nil {
		return err
	}
	defer b.Close()
	err = b.changing(ctx, audit.KeysRotated, func() (map[string]string, error) {
		return map[string]string{"key": "sealing"}, b.Store.RotateSealing(time.Now())
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, "a new generation of the sealing key is in place; copy the directory to the other nodes and restart them one at a time")
	return nil
}

type keysEncrypt struct{ OfRole }

// Help is the longer text of --help.
func (keysEncrypt) Help() string {
	return "Example: atrio keys encrypt gateway --config /etc/atrio/atrio.toml\n\n" +
		"With the secret of keys_secret, best by ATRIO_GATEWAY_KEYS_SECRET_FILE. Each file is replaced whole; an interrupted run is finished by the next. To change the secret: put the new one above the old one in its file, " +
		"restart the nodes one at a time, run this, take the old one out, restart again."
}

// Run encrypts.
func (c keysEncrypt) Run(ctx context.Context, s command.Streams) error {
	return c.convert(ctx, s, "encrypt", (*keys.Store).Encrypt)
}

type keysDecrypt struct{ OfRole }

// Help is the longer text of --help.
func (keysDecrypt) Help() string {
	return "Example: atrio keys decrypt gateway --config /etc/atrio/atrio.toml\n\n" +
		"Take keys_secret out of the configuration afterwards, or new files are encrypted again."
}

// Run decrypts.
func (c keysDecrypt) Run(ctx context.Context, s command.Streams) error {
	return c.convert(ctx, s, "decrypt", (*keys.Store).Decrypt)
}

func (c OfRole) convert(ctx context.Context, s command.Streams, kind string, do func(*keys.Store) ([]string, error)) error {
	b, err := c.Open()
	if err != nil {
		return err
	}
	defer b.Close()
	return b.changing(ctx, audit.KeysChanged, func() (map[string]string, error) {
		changed, err := do(b.Store)
		if err != nil {
			return nil, err
		}
		for _, file := range changed {
			fmt.Fprintln(s.Out, file)
		}
		fmt.Fprintf(s.Out, "%d files changed\n", len(changed))
		return map[string]string{"change": kind, "files": strings.Join(changed, " ")}, nil
	})
}

type keysSecret struct{}

// Help is the longer text of --help.
func (keysSecret) Help() string {
	return "Example: atrio keys secret > /run/credentials/keys\n\nInto a file that only root reads (umask 077). " +
		"A secret for keys_secret, in the format of age-keygen; age -d -i keys-secret FILE opens the key files without Atrio. Keep it apart from them."
}

// Run draws.
func (keysSecret) Run(s command.Streams) error {
	secret, err := keys.NewSecret()
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, secret)
	return nil
}
