package applicant

import (
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/rao/sealed"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/mrtd/mrtdtest"
)

// Outside is who vouches for applicants and does not go down with the program: a country that
// issues electronic documents, and a municipality that seals tokens.
type Outside struct {
	issuer    *mrtdtest.Authority
	seal      sealed.Seal
	countries string // a directory
	authority string // a file
}

// NewOutside makes them, until the end of the test.
func NewOutside(t testing.TB) *Outside {
	t.Helper()
	now, dir := time.Now(), t.TempDir()
	key := func() mrtdtest.Key {
		k := mrtdtest.NewKey(12)
		k.Explicit = true // ICAO 9303-12
		return k
	}
	csca := mrtdtest.NewCountry("IT", key(), mrtdtest.Years(now, 1, 20))
	hall := st.New(now)
	hall.Clock = time.Now
	server := httptest.NewServer(hall)
	t.Cleanup(server.Close)
	hall.Base = server.URL
	o := &Outside{
		issuer: csca.Signer(key(), mrtdtest.Years(now, 1, 15)), seal: raotest.Seal(hall, hall.Granted),
		countries: filepath.Join(dir, "countries"), authority: filepath.Join(dir, "seals.pem"),
	}
	if err := os.Mkdir(o.countries, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{
		filepath.Join(o.countries, "it.cer"): csca.Certificate.Raw,
		o.authority:                          pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: hall.Granted.Certificate.Raw}),
	} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// Settings let a demonstration believe both.
func (o *Outside) Settings() string {
	return fmt.Sprintf("[idp.chip]\ncountries = %q\n[idp.rao]\nauthorities = [%q]\n", o.countries, o.authority)
}
