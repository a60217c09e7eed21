package chip_test

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/idp/proofing/chip"
	"atrio/mrtd/mrtdtest"
)

func write(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCountriesAreReadFromFiles(t *testing.T) {
	now := func() time.Time { return start }
	key := mrtdtest.NewKey(12)
	utopia := mrtdtest.NewCountry("UT", key, mrtdtest.Years(start, 5, 5))
	lister := utopia.ListSigner(mrtdtest.NewKey(12), mrtdtest.Years(start, 1, 1))
	dir, lists := t.TempDir(), t.TempDir()
	write(t, dir, "italy.cer", italy().csca.Certificate.Raw)
	wrapped := func(of *mrtdtest.Authority) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: of.Certificate.Raw})
	}
	write(t, dir, "utopia.PEM", wrapped(utopia))
	write(t, dir, "two.pem", append(wrapped(mrtdtest.NewCountry("FR", mrtdtest.NewKey(12), mrtdtest.Years(start, 5, 5))), wrapped(mrtdtest.NewCountry("GB", mrtdtest.NewKey(12), mrtdtest.Years(start, 5, 5)))...))
	write(t, dir, "README.txt", []byte("not a certificate"))
	write(t, lists, "italy.crl", italy().csca.List(mrtdtest.Years(start, 1, 1)).Raw)
	master := chip.MasterListConfig{File: write(t, t.TempDir(), "list.ml", lister.MasterList(italy().csca.Certificate.Raw)), Country: filepath.Join(dir, "utopia.PEM")}

	made, err := chip.Open(chip.Config{Countries: dir, MasterLists: []chip.MasterListConfig{master}, Revocations: lists, DemandRevocations: true}, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := made.Mrtd(); len(got.Countries) != 5 || len(got.Lists) != 1 || !got.DemandList || len(got.Demanded) != 2 {
		t.Errorf("%d countries, %d lists, %+v", len(got.Countries), len(got.Lists), got.Demanded)
	}
	// What comes later counts without a restart; what is damaged leaves what there was.
	write(t, lists, "utopia.crl", utopia.List(mrtdtest.Years(start, 1, 1)).Raw)
	job := made.Jobs()[0]
	if err := job.Run(t.Context(), start); err != nil || len(made.Mrtd().Lists) != 2 {
		t.Errorf("%d lists, %v", len(made.Mrtd().Lists), err)
	}
	write(t, lists, "utopia.crl", []byte("damaged"))
	if err := job.Run(t.Context(), start); err == nil || len(made.Mrtd().Lists) != 2 {
		t.Errorf("%d lists, %v", len(made.Mrtd().Lists), err)
	}

	signed := t.TempDir()
	write(t, signed, "signer.cer", italy().signer.Certificate.Raw)
	for name, c := range map[string]chip.Config{
		"no directory":             {Countries: filepath.Join(dir, "none")},
		"an empty directory":       {Countries: t.TempDir()},
		"a signer":                 {Countries: signed},
		"a list of a forger":       {MasterLists: []chip.MasterListConfig{{File: master.File, Country: write(t, t.TempDir(), "x.cer", mrtdtest.NewCountry("UT", mrtdtest.NewKey(12), mrtdtest.Years(start, 5, 5)).Certificate.Raw)}}},
		"no list":                  {MasterLists: []chip.MasterListConfig{{File: filepath.Join(dir, "none"), Country: master.Country}}},
		"a damaged list":           {Countries: dir, Revocations: lists},
		"two countries for a list": {MasterLists: []chip.MasterListConfig{{File: master.File, Country: filepath.Join(dir, "two.pem")}}},
		"a list for the list":      {MasterLists: []chip.MasterListConfig{{File: master.Country, Country: master.Country}}},
	} {
		if _, err := chip.Open(c, now); err == nil {
			t.Errorf("%s: nothing is said", name)
		}
	}
}

func TestTheWayNeedsCountriesAnActAndAProgram(t *testing.T) {
	full := chip.Config{Countries: "/etc/csca", Act: chip.ActConfig{Act: "Determinazione di prova 1/2026", Date: "2026-01-02"}, Clients: []chip.ClientConfig{{Name: "Lettore", URL: "https://lettore.example.org"}}}
	if faults := full.Validate(); len(faults) != 0 || !full.Configured() {
		t.Errorf("%v", faults)
	}
	if (chip.Config{}).Configured() {
		t.Error("nothing is something")
	}
	for word, edit := range map[string]func(*chip.Config){
		"chip.countries, master_lists": func(c *chip.Config) { c.Countries = "" },
		"chip.master_lists[0]":         func(c *chip.Config) { c.MasterLists = []chip.MasterListConfig{{File: "x"}} },
		"chip.act.act":                 func(c *chip.Config) { c.Act.Act = "" },
		"chip.act.date":                func(c *chip.Config) { c.Act.Date = "ieri" },
		"chip.clients":                 func(c *chip.Config) { c.Clients = nil },
		"chip.clients[0]":              func(c *chip.Config) { c.Clients = []chip.ClientConfig{{Name: "x", URL: "lettore"}} },
	} {
		c := full
		edit(&c)
		if faults := c.Validate(); len(faults) != 1 || !strings.HasPrefix(faults[0].Error(), word+":") {
			t.Errorf("%s: %v", word, faults)
		}
	}
}

func TestCodesOfZonesBecomeThoseOfCertificates(t *testing.T) {
	for zone, want := range map[string]string{"ITA": "IT", "FRA": "FR", "D": "DE", "RKS": "KS", "GBR": "GB", "IT": "", "": "", "XYZ": "", "ita": "", "001": "", "UTO": ""} {
		if got := chip.TwoLetters(zone); got != want {
			t.Errorf("%q is %q, want %q", zone, got, want)
		}
	}
}
