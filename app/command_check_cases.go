package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"atrio/app/command"
	"atrio/app/evidence"
	"atrio/app/plant"
	"atrio/base/keys"
	"atrio/federation/spid/spidcases"
	"atrio/saml"
	"atrio/saml/xmlsec"
)

// checkSPID plays the cases of SPID.
type checkSPID struct{ checkCases }

// checkCIE plays the cases of CIE.
type checkCIE struct{ checkCases }

// checkCases are the flags of both.
type checkCases struct {
	command.Configured
	Evidence         string   `help:"Directory for the evidence: index.html, report.json, and for each case the messages and the page." placeholder:"DIR"`
	ProviderMetadata bool     `help:"Print the metadata of the provider for tests and end."`
	ProviderKeys     string   `default:"${check_keys}" help:"Directory with the key of the provider for tests; made when there is none." placeholder:"DIR"`
	URL              string   `help:"Public address of the gateway; that of the configuration when left out." placeholder:"URL"`
	Only             []string `sep:"," help:"Play these cases only." placeholder:"ID"`
	Screenshots      string   `enum:"none,wanted,all" default:"wanted" help:"Of which pages to take a screenshot: none, wanted (those that the authorities ask for), all."`
	Chromium         string   `default:"chromium" help:"Program that takes the screenshots; without it there are none." placeholder:"PROGRAM"`
	CA               string   `help:"PEM file with the authority that signed the gateway's TLS certificate, where the system does not know it." placeholder:"FILE"`
}

// Help is the longer text of --help.
func (checkSPID) Help() string {
	return "Example: atrio check spid --config /etc/atrio/atrio.toml --evidence /tmp/spid\n\n" + helpCases
}

// Help is the longer text of --help.
func (checkCIE) Help() string {
	return "Example: atrio check cie --config /etc/atrio/atrio.toml --evidence /tmp/cie\n\n" + helpCases
}

const helpCases = "For a test installation. Print the provider once with --provider-metadata and add it to the gateway's providers; then run. " +
	"Exit status 1 when a case went otherwise than expected. Whoever has the key in --provider-keys can enter as anybody where that provider is trusted: " +
	"never add it to an installation in service."

// Run plays.
func (c checkSPID) Run(ctx context.Context, s command.Streams) error {
	return c.play(ctx, s, evidence.SPID())
}

// Run plays.
func (c checkCIE) Run(ctx context.Context, s command.Streams) error {
	return c.play(ctx, s, evidence.CIE())
}

func (c checkCases) play(ctx context.Context, s command.Streams, world evidence.World) error {
	if c.Evidence == "" && !c.ProviderMetadata {
		return errors.New("name a directory with --evidence, or print the provider with --provider-metadata")
	}
	provider, err := c.provider()
	if err != nil {
		return err
	}
	if c.ProviderMetadata {
		document, err := provider.Metadata(saml.NewID(), time.Now())
		if err != nil {
			return err
		}
		_, err = s.Out.Write(document)
		return err
	}
	plan, err := c.plan(world, provider)
	if err != nil {
		return err
	}
	plan.Tell = func(r evidence.Result) {
		for _, d := range r.Differences {
			fmt.Fprintf(s.Out, "%s: %s (%s)\n", r.ID, d, r.Title.En)
		}
	}
	report, err := evidence.Run(ctx, plan)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.Out, "%d cases, %d otherwise than expected: %s\n", report.Played, report.Differing, filepath.Join(c.Evidence, "index.html"))
	if report.Differing > 0 {
		return fmt.Errorf("%d of %d cases went otherwise than expected", report.Differing, report.Played)
	}
	return nil
}

func (c checkCases) plan(world evidence.World, provider *spidcases.Provider) (evidence.Plan, error) {
	plan := evidence.Plan{
		World: world, Base: c.URL, Dir: c.Evidence, Provider: provider, Only: c.Only,
		Screens: evidence.Screens(c.Screenshots), Version: plant.Version(), Now: time.Now,
	}
	if plan.Base == "" {
		f, err := c.Load()
		if err != nil {
			return plan, err
		}
		if f.Gateway == nil {
			return plan, errors.New("the configuration has no [gateway]; name its address with --url")
		}
		plan.Base = f.Gateway.BaseURL
	}
	if c.CA != "" {
		data, err := os.ReadFile(c.CA)
		if err != nil {
			return plan, err
		}
		if plan.Roots, err = x509.SystemCertPool(); err != nil {
			return plan, err
		}
		if !plan.Roots.AppendCertsFromPEM(data) {
			return plan, fmt.Errorf("%s holds no PEM certificate", c.CA)
		}
	}
	// Without the program the evidence is complete but for the pictures.
	plan.Chromium, _ = exec.LookPath(c.Chromium)
	return plan, nil
}

// provider is the provider for tests, with its own key from the directory and a key
// that nobody has seen before.
func (c checkCases) provider() (*spidcases.Provider, error) {
	if c.ProviderKeys == "" {
		return nil, errors.New("name a directory for the key of the provider for tests with --provider-keys")
	}
	store, err := keys.Open(c.ProviderKeys, "check")
	if err != nil {
		return nil, err
	}
	pair, err := store.RSA("provider", 2048)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	pair, err = store.SelfSigned(pair, keys.Certificate{
		Subject: pkix.Name{CommonName: "Provider for tests, not for people"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(plant.CertificateLife),
	})
	if err != nil {
		return nil, err
	}
	other, err := stranger(now)
	if err != nil {
		return nil, err
	}
	return spidcases.NewProvider(xmlsec.Signer{Key: pair.Signer, Certificate: pair.Certificate.Raw}, other), nil
}

// stranger signs with a key that is in no metadata.
func stranger(now time.Time) (xmlsec.Signer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return xmlsec.Signer{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Unknown to everybody"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return xmlsec.Signer{Key: key, Certificate: der}, err
}

// checkKeysDir is where the key of the provider for tests lies unless told otherwise.
func checkKeysDir() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "atrio", "check")
}
