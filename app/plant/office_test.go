package plant

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/idp"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/signature/signaturetest"
)

// `atrio check` finds what keeps tokens from being judged or sealed.
func TestCheckSaysWhatKeepsTokensFromBeingJudgedOrSealed(t *testing.T) {
	now := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	a := signaturetest.New(now)
	dir := t.TempDir()
	write := func(name, content string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	circuit := point.CircuitConfig{ID: "comune", Name: raotest.Name, RAO: true, IssuerCode: raotest.Code}
	var err error
	if circuit.SealCertificate, circuit.SealKey, err = raotest.Files(raotest.Seal(a, a.Granted), dir); err != nil {
		t.Fatal(err)
	}
	authority := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Granted.Certificate.Raw}))
	good := idp.Config{
		RAO:      rao.Config{Authorities: []string{write("authority.pem", authority)}, Issuers: write("issuers.txt", raotest.Register)},
		Circuits: []point.CircuitConfig{circuit},
	}
	for name, c := range map[string]struct {
		change         func(*idp.Config)
		at             time.Time
		warning, fault string
	}{
		"sound":           {func(*idp.Config) {}, now, "", ""},
		"not offered":     {func(c *idp.Config) { *c = idp.Config{} }, now, "", ""},
		"ends soon":       {func(*idp.Config) {}, now.AddDate(0, 5, 15), "the certificate of the seal ends on", ""},
		"over":            {func(*idp.Config) {}, now.AddDate(0, 7, 0), "", "the certificate of the seal ended on"},
		"no authority":    {func(c *idp.Config) { c.RAO.Authorities = []string{write("empty.pem", "")} }, now, "", "idp.rao.authorities"},
		"no file":         {func(c *idp.Config) { c.RAO.Issuers = filepath.Join(dir, "none") }, now, "", "idp.rao.issuers"},
		"an empty list":   {func(c *idp.Config) { c.RAO.Issuers = write("none.txt", "# none\n") }, now, "", "there is no body in the file"},
		"a line of noise": {func(c *idp.Config) { c.RAO.Issuers = write("noise.txt", "Comune di Prova") }, now, "", "line 1"},
		"no seal":         {func(c *idp.Config) { c.Circuits[0].SealKey = filepath.Join(dir, "none") }, now, "", "seal_certificate"},
	} {
		one := good
		one.Circuits = []point.CircuitConfig{circuit}
		c.change(&one)
		warning, err := CheckOffices(one, c.at)
		fault := ""
		if err != nil {
			fault = err.Error()
		}
		if (warning == "") != (c.warning == "") || !strings.Contains(warning, c.warning) || (fault == "") != (c.fault == "") || !strings.Contains(fault, c.fault) {
			t.Errorf("%s: warning %q, fault %q", name, warning, fault)
		}
	}
}
