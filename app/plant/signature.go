package plant

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
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
	return strings.Join(state(shelf, now), "; "), nil
}

// state tells what is not well with the lists on a shelf, or will not be soon.
func state(shelf *trustlist.Shelf, now time.Time) (warnings []string) {
	const soon = 14 * 24 * time.Hour
	switch l := shelf.List(); {
	case l == nil:
		warnings = append(warnings, "idp.signature: there is no trusted list yet, signatures wait: import one (docs/operations/trust-lists.md)")
	case !l.Fresh(now):
		warnings = append(warnings, fmt.Sprintf("idp.signature: the trusted list was to be renewed by %s, signatures wait", l.NextUpdate.Format(time.DateOnly)))
	case !l.Fresh(now.Add(soon)):
		warnings = append(warnings, fmt.Sprintf("idp.signature: the trusted list is to be renewed by %s", l.NextUpdate.Format(time.DateOnly)))
	}
	if l := shelf.Lists(); l != nil && !l.Fresh(now) {
		warnings = append(warnings, fmt.Sprintf("idp.signature: the list of lists was to be renewed by %s: it may name signers that do not sign any more", l.NextUpdate.Format(time.DateOnly)))
	}
	return warnings
}

// watch opens the lists of a shelf again and again, and logs which one is in use and what
// is not well with them: once, when it changes.
type watch struct {
	shelf      *trustlist.Shelf
	log        *slog.Logger
	list, said string
}

func (w *watch) look(now time.Time) error {
	err := w.shelf.Open()
	if l := w.shelf.List(); l != nil && l.String() != w.list {
		w.list = l.String()
		w.log.Info("trusted list", slog.String("list", w.list), slog.Time("renewed_by", l.NextUpdate))
	}
	said := strings.Join(state(w.shelf, now), "; ")
	if said != w.said && said != "" {
		w.log.Warn("trusted list", slog.String("warning", said))
	}
	w.said = said
	return err
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
	lists := &watch{shelf: shelf, log: g.Log}
	if err := lists.look(g.Now()); err != nil {
		g.Log.Error("trusted list", slog.String("error", err.Error()))
	}
	fetcher := authorities.New(reach, g.Now)
	to.Signatures = &signature.Verifier{List: shelf.List, Fetcher: fetcher, OldFiscalCode: c.OldFiscalCode, MaxBytes: signing.MaxBytes}
	return []jobs.Job{{
		Name: "idp.trusted_list", Every: 5 * time.Minute, EachNode: true,
		Run: func(_ context.Context, now time.Time) error { return lists.look(now) },
	}}, nil
}
