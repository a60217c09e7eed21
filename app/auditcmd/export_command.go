package auditcmd

import (
	"archive/zip"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"atrio/app/command"
	"atrio/gateway/gatewaydb"
)

// auditExport writes the ledger of a time for the authority.
type auditExport struct {
	inspecting
	period
	Out string `required:"" help:"The zip file to write; it must not exist. - writes to standard output, to be encrypted on the way." placeholder:"FILE"`
}

// Help is the longer text of --help.
func (auditExport) Help() string {
	return "Example: atrio audit export --from 2026-11-01 --to 2026-11-30 --out novembre.zip --reason \"Richiesta PG 123/2026\" --config /etc/atrio/atrio.toml\n\n" +
		"The file holds pairs, an index, the tokens issued to services and a signed manifest; atrio audit check-export checks it. It is NOT encrypted. " +
		"For the holder of a certificate:\n\n  atrio audit export … --out - | openssl cms -encrypt -binary -stream -aes256 -outform DER -out novembre.zip.p7m RECIPIENT.pem"
}

// Run exports.
func (c auditExport) Run(ctx context.Context, s command.Streams) (err error) {
	from, to := c.span()
	if from.IsZero() || to.IsZero() || !from.Before(to) {
		return errors.New("an export needs --from and a later --to")
	}
	i, err := c.open(ctx, "gateway", map[string]string{"what": "export", "from": from.Format(time.RFC3339), "to": to.Format(time.RFC3339)})
	if err != nil {
		return err
	}
	defer i.close()
	key, err := auditKey(i)
	if err != nil {
		return err
	}
	out, told := s.Out, s.Err
	if c.Out != "-" {
		f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		defer func() {
			if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
				os.Remove(c.Out) // half an export is none
			}
		}()
		out, told = f, s.Out
	}
	x, err := newExporter(out, manifest{
		Format: exportFormat, Role: "gateway", MadeAt: time.Now().UTC().Truncate(time.Second), From: from, To: to, Reason: c.Reason, By: command.WhoAsks(),
	})
	if err != nil {
		return err
	}
	defer x.close()
	if err := x.all(ctx, gatewaydb.NewStore(i.db, i.ring)); err != nil {
		return err
	}
	if err := x.finish(key); err != nil {
		return err
	}
	fmt.Fprintf(told, "%d pairs, %d tokens; not encrypted: it holds personal data\n", x.head.Pairs, x.head.Tokens)
	if x.head.Broken > 0 {
		fmt.Fprintf(told, "warning: %v\n", changedRows(x.head.Broken))
	}
	return nil
}

// auditKey is the key that signs checkpoints; one made now would prove nothing.
func auditKey(i *inspection) (ed25519.PrivateKey, error) {
	if files, err := i.keys.Files(); err != nil || !slices.Contains(files, "audit.pem") {
		return nil, errors.Join(errors.New("the keys have no audit.pem: nothing was signed here yet, or the key is missing"), err)
	}
	return i.keys.Audit()
}

// auditCheckExport checks an export, on any machine.
type auditCheckExport struct {
	File string `arg:"" type:"existingfile" help:"The zip file."`
	Key  string `required:"" type:"existingfile" help:"Public audit key of the gateway, from a source that you trust: see atrio audit public-key." placeholder:"PEM"`
}

// Help is the longer text of --help.
func (auditCheckExport) Help() string {
	return "Example: atrio audit check-export novembre.zip --key audit-key.pem\n\nExit status 1 when anything of it was changed, removed or put in."
}

// Run checks.
func (c auditCheckExport) Run(s command.Streams) error {
	key, err := readPublic(c.Key)
	if err != nil {
		return err
	}
	z, err := zip.OpenReader(c.File)
	if err != nil {
		return exportFault("%v", err)
	}
	defer z.Close()
	head, err := checkExport(&z.Reader, key)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "complete and unchanged: %d pairs and %d tokens of %s to %s, made %s\n", head.Pairs, head.Tokens,
		head.From.Format(time.RFC3339), head.To.Format(time.RFC3339), head.MadeAt.Format(time.RFC3339))
	return nil
}

func readPublic(path string) (ed25519.PublicKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 64<<10))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, fmt.Errorf("%s holds no public key", path)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if key, ok := public.(ed25519.PublicKey); ok && err == nil {
		return key, nil
	}
	return nil, fmt.Errorf("%s holds no Ed25519 key", path)
}

// auditPublicKey prints the key by which others check exports and checkpoints.
type auditPublicKey struct {
	command.Configured
	Role string `arg:"" enum:"gateway,idp,portal" help:"Whose key."`
}

// Help is the longer text of --help.
func (auditPublicKey) Help() string {
	return "Example: atrio audit public-key gateway --config /etc/atrio/atrio.toml > audit-key.pem"
}

// Run prints.
func (c auditPublicKey) Run(s command.Streams) error {
	f, err := c.Load()
	if err != nil {
		return err
	}
	if _, err := command.ChooseRoles(f, []string{c.Role}); err != nil {
		return err
	}
	store, err := inspectedKeys(f, c.Role)
	if err != nil {
		return err
	}
	key, err := auditKey(&inspection{keys: store})
	if err != nil {
		return err
	}
	text, err := publicPEM(key.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	_, err = s.Out.Write(text)
	return err
}
