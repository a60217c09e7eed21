package plant

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"atrio/base/jobs"
	"atrio/idp"
	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signing"
	"atrio/idp/proofing/trustlist"
)

// Shelf is where the trusted lists lie, and who may sign them, as it is configured.
func Shelf(c signing.Config) (*trustlist.Shelf, error) {
	c = c.WithDefaults()
	roots, err := trustlist.Certificates(c.Roots)
	if err != nil {
		return nil, fmt.Errorf("idp.signature.roots: %w", err)
	}
	signers, err := trustlist.Certificates(c.Signers)
	if err != nil {
		return nil, fmt.Errorf("idp.signature.signers: %w", err)
	}
	return &trustlist.Shelf{Dir: c.Directory, Territory: c.Territory, Roots: roots, Signers: signers}, nil
}

// CheckShelf tells what keeps signatures from being judged: a fault of the shelf, or a
// list that is missing or ends soon.
func CheckShelf(c signing.Config, now time.Time) (warning string, err error) {
	shelf, err := Shelf(c)
	if err != nil {
		return "", err
	}
	if err := shelf.Open(); err != nil {
		return "", fmt.Errorf("idp.signature.directory: %w", err)
	}
	const soon = 14 * 24 * time.Hour
	switch l := shelf.List(); {
	case l == nil:
		return "idp.signature: there is no trusted list yet, signatures wait: import one (docs/operations/trust-lists.md)", nil
	case !l.Fresh(now):
		return fmt.Sprintf("idp.signature: the trusted list was to be renewed by %s, signatures wait", l.NextUpdate.Format(time.DateOnly)), nil
	case !l.Fresh(now.Add(soon)):
		return fmt.Sprintf("idp.signature: the trusted list is to be renewed by %s", l.NextUpdate.Format(time.DateOnly)), nil
	}
	return "", nil
}

// signatures gives requests what judges digital signatures, where it is configured, and
// the job that reads the lists anew: an operator brings them while the program runs.
func (g *Ground) signatures(c signing.Config, to *idp.Enrolment) ([]jobs.Job, error) {
	if !c.Configured() {
		return nil, nil
	}
	c = c.WithDefaults()
	shelf, err := Shelf(c)
	if err != nil {
		return nil, err
	}
	reach, err := c.Options()
	if err != nil {
		return nil, fmt.Errorf("idp.signature.%w", err)
	}
	// A list that cannot be read stops signatures, not the provider: they wait.
	if err := shelf.Open(); err != nil {
		g.Log.Error("trusted list", slog.String("error", err.Error()))
	}
	fetcher := authorities.New(reach, g.Now)
	to.Signatures = &signature.Verifier{List: shelf.List, Fetcher: fetcher, OldFiscalCode: c.OldFiscalCode, MaxBytes: signing.MaxBytes}
	return []jobs.Job{{
		Name: "idp.trusted_list", Every: 5 * time.Minute, EachNode: true,
		Run: func(context.Context, time.Time) error { return shelf.Open() },
	}}, nil
}
