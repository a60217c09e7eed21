package townhall

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/office"
	"atrio/idp/proofing/rao/raotest"
	"atrio/idp/proofing/rao/sealed"
	"atrio/idp/proofing/trustlist"
	"atrio/web/webtest"
)

const mine = "PRVMRA83E50A744N"

// What the desk seals is judged as a provider judges it, over the network, at the start and
// after the clock of the demonstration has jumped.
func TestTokensOfTheMunicipalityAreBelieved(t *testing.T) {
	present := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	now := func() time.Time { return present }
	var h *Hall
	webtest.Serve(t, func(base string) http.Handler {
		h = New(base, now)
		return h.Around(http.NotFoundHandler())
	})
	c, circuit, err := h.Publish(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	places := []point.PointConfig{{ID: "anagrafe", Circuit: Circuit, Name: "Anagrafe", Street: "Via di Prova 1", Town: "Roma", Hours: []string{"mon 09:00-12:00"}}}
	if faults := append(c.Validate(), point.Validate([]point.CircuitConfig{circuit}, places)...); len(faults) > 0 {
		t.Fatal(faults)
	}
	bodies, err := office.Open([]point.CircuitConfig{circuit})
	if err != nil {
		t.Fatal(err)
	}
	list, err := trustlist.Certificates(c.Authorities)
	if err != nil {
		t.Fatal(err)
	}
	register, err := rao.OpenRegister(c.Issuers)
	if err != nil {
		t.Fatal(err)
	}
	reach, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for _, one := range list {
		pool.AddCert(one)
	}
	judge := &rao.Judge{Authorities: pool, Policies: c.WithDefaults().Policies, Register: register, Fetcher: authorities.New(reach, now)}
	for _, jump := range []time.Duration{0, 20 * 365 * 24 * time.Hour} {
		present = present.Add(jump)
		claims := raotest.Claims(mine, present)
		token, err := bodies[Circuit].Seal.Token(claims, raotest.Data(claims), sealed.NewHalves())
		if err != nil {
			t.Fatal(err)
		}
		if v, err := judge.Judge(t.Context(), token, present); err != nil || v.Issuer.Name != raotest.Name || v.FiscalCode != mine {
			t.Errorf("at %s: %+v, %v", present, v.Issuer, err)
		}
	}
}

func TestTheKeyOfTheSealIsKeptInItsDirectory(t *testing.T) {
	former, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if raotest.KeyIn(dir) != nil {
		t.Error("an empty directory has a key")
	}
	if _, _, err := raotest.Files(sealed.Seal{Key: former}, dir); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)
	if _, _, err := New("http://localhost", func() time.Time { return at }).Publish(dir); err != nil {
		t.Fatal(err)
	}
	if !former.Equal(raotest.KeyIn(dir)) {
		t.Error("a start made another key")
	}
}
