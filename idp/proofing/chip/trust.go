package chip

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/text/language"

	"atrio/base/jobs"
	"atrio/mrtd"
	"atrio/mrtd/lds"
	"atrio/mrtd/signer"
)

// Trust is which countries are believed. It is safe for concurrent use.
type Trust struct {
	config Config
	now    func() time.Time
	held   atomic.Pointer[mrtd.Trust]
}

// Open reads certificates and lists.
func Open(c Config, now func() time.Time) (*Trust, error) {
	t := &Trust{config: c, now: now}
	return t, t.read()
}

// Believing is a Trust made of certificates instead of files.
func Believing(lists []*signer.List, countries ...*signer.Certificate) *Trust {
	t := &Trust{}
	t.held.Store(&mrtd.Trust{Countries: countries, Lists: lists, Demanded: demanded(), TwoLetters: TwoLetters})
	return t
}

// demanded are the groups that say who the holder is and when the document was issued: a
// document that has them is not accepted without. // A12
func demanded() []lds.File { return []lds.File{lds.DG11, lds.DG12} }

// Mrtd is the trust as readings are judged by it.
func (t *Trust) Mrtd() mrtd.Trust { return *t.held.Load() }

// Jobs read the files again, so that a new revocation list counts without a restart.
func (t *Trust) Jobs() []jobs.Job {
	if t.now == nil {
		return nil
	}
	return []jobs.Job{{Name: "idp.chip_trust", Every: time.Hour, Run: func(context.Context, time.Time) error { return t.read() }}}
}

// limits of the files of a directory.
const (
	maxFiles = 2000
	maxFile  = 8 << 20
)

func (t *Trust) read() error {
	made := mrtd.Trust{DemandList: t.config.DemandRevocations, Demanded: demanded(), TwoLetters: TwoLetters}
	var faults []error
	countries, err := readAll(t.config.Countries, []string{".cer", ".crt", ".der", ".pem"}, func(der []byte) error { return believe(&made, der) })
	faults = append(faults, err)
	for _, l := range t.config.MasterLists {
		if err := t.masterList(&made, l); err != nil {
			faults = append(faults, fmt.Errorf("chip.master_lists: %w", err))
		}
	}
	_, err = readAll(t.config.Revocations, []string{".crl"}, func(der []byte) error {
		l, err := signer.ParseList(der)
		made.Lists = append(made.Lists, l)
		return err
	})
	faults = append(faults, err)
	if t.config.Countries != "" && countries == 0 && err == nil {
		faults = append(faults, fmt.Errorf("chip.countries: %s holds no certificate", t.config.Countries))
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	t.held.Store(&made)
	return nil
}

func believe(t *mrtd.Trust, der []byte) error {
	c, err := signer.ParseCertificate(der)
	if err == nil && !c.IsCountry() {
		err = fmt.Errorf("%q may not sign certificates: it is no country's", c.Subject)
	}
	if err == nil {
		t.Countries = append(t.Countries, c)
	}
	return err
}

// masterList believes what a country has listed.
func (t *Trust) masterList(made *mrtd.Trust, c MasterListConfig) error {
	der, err := readFile(c.Country)
	if err != nil {
		return err
	}
	country, err := signer.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Country, err)
	}
	if der, err = readFile(c.File); err != nil {
		return err
	}
	list, err := signer.ParseMasterList(der, country, t.now())
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	made.Countries = append(made.Countries, list.Countries...)
	return nil
}

// readAll hands the files of a directory with one of the endings over, in their order.
func readAll(dir string, endings []string, take func(der []byte) error) (n int, err error) {
	if dir == "" {
		return 0, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("chip: %w", err)
	}
	for _, e := range entries {
		if e.IsDir() || !slices.Contains(endings, strings.ToLower(filepath.Ext(e.Name()))) {
			continue
		}
		if n++; n > maxFiles {
			return n, fmt.Errorf("chip: more than %d files in %s", maxFiles, dir)
		}
		path := filepath.Join(dir, e.Name())
		all, err := readFiles(path)
		for _, der := range all {
			if err == nil {
				err = take(der)
			}
		}
		if err != nil {
			return n, fmt.Errorf("chip: %s: %w", path, err)
		}
	}
	return n, nil
}

// readFile gives the DER of a file that holds one thing.
func readFile(path string) ([]byte, error) {
	all, err := readFiles(path)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("%s holds %d things, not one", path, len(all))
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// readFiles gives the DER in a file, or all that is wrapped in it as PEM.
func readFiles(path string) (all [][]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes", path, maxFile)
	}
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		all = append(all, block.Bytes)
	}
	if all == nil {
		all = [][]byte{b}
	}
	return all, nil
}

// unlike are the issuers of documents whose code is not that of ISO 3166-1, or has no
// certificate under its two letters. // ICAO 9303-3 5
var unlike = map[string]string{"D": "DE", "RKS": "KS", "EUE": "EU", "UNO": "UN", "UNA": "UN", "UNK": "UN"}

// TwoLetters turns the code of a machine-readable zone into that of certificates; "" for
// what is not known.
func TwoLetters(zone string) string {
	if two, ok := unlike[zone]; ok {
		return two
	}
	if len(zone) != 3 {
		return ""
	}
	region, err := language.ParseRegion(zone)
	if err != nil || !region.IsCountry() || region.ISO3() != zone {
		return ""
	}
	return region.String()
}
