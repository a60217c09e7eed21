package app

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/app/config"
	"atrio/app/plant"
	"atrio/db"
	"atrio/saml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// federation publishes one provider, signed, until it is told to fail.
type federation struct {
	url, pinned string
	mu          sync.Mutex
	broken      bool
}

func (f *federation) fail(broken bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = broken
}

const (
	knownProvider = "https://idp.example.it"
	testProvider  = "https://validator.spid.gov.it"
)

// described is the metadata of a provider whose certificate ends half a year after
// samltest.Start.
func described(t *testing.T, entityID string, signer xmlsec.Signer) string {
	t.Helper()
	e := metadata.Entity{EntityID: entityID, Provider: &metadata.Provider{
		Certificates: []metadata.Certificate{{Use: "signing", DER: signer.Certificate}},
		SignOn:       []metadata.Endpoint{{Binding: saml.BindingRedirect, Location: entityID + "/sso"}},
	}}
	document, err := e.XML()
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

func newFederation(t *testing.T) *federation {
	return newFederationOf(t, func(signer xmlsec.Signer) string {
		return described(t, knownProvider, signer) + described(t, testProvider, signer)
	})
}

func newFederationOf(t *testing.T, entities func(xmlsec.Signer) string) *federation {
	signer := samltest.ECDSA(t)
	text := `<md:EntitiesDescriptor xmlns:md="` + saml.NamespaceMetadata + `" ID="_all">` + entities(signer) + `</md:EntitiesDescriptor>`
	document, err := xmlsec.Sign([]byte(text), "_all", xmlsec.Name{}, signer)
	if err != nil {
		t.Fatal(err)
	}
	f := &federation{pinned: samltest.File(t, "federation.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signer.Certificate}))}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.broken {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		_, _ = w.Write(document)
	}))
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// source adds the federation to a configuration.
func (f *federation) source(text string) string {
	return strings.Replace(text, "[gateway.spid.organization.it]", fmt.Sprintf("[[gateway.spid.providers]]\nmetadata_url = %q\nmetadata_certificate = %q\n[gateway.spid.organization.it]", f.url, f.pinned), 1)
}

// opened is a role as serve opens it, with a clock of the test, and its operations
// listener.
type opened struct {
	clock *samltest.Clock
	log   bytes.Buffer
	role  *plant.Role
	url   string
}

func openGatewayOf(t *testing.T, path string) *opened { return openRoleOf(t, "gateway", path) }

func openRoleOf(t *testing.T, name, path string) *opened {
	t.Helper()
	f, err := config.Load([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	o := &opened{clock: samltest.NewClock()}
	p, err := plant.New(f, &o.log, o.clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	if o.role, _, err = p.OpenRole(t.Context(), f, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.role.Ground.DB.Close(); err != nil {
			t.Error(err)
		}
	})
	handler, err := p.Operations("127.0.0.1:8089", []*plant.Role{o.role})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

// later moves the clock and runs the jobs of the registry.
func (o *opened) later(t *testing.T, d time.Duration) {
	t.Helper()
	o.clock.Advance(d)
	for _, j := range plant.JobsOf(o.role.Books) {
		if err := j.Run(t.Context(), o.clock.Now()); err != nil {
			t.Error(err)
		}
	}
}

// wants reads an address of the operations listener.
func (o *opened) wants(t *testing.T, path string, texts ...string) {
	t.Helper()
	status, body := get(t, o.url+path)
	if status != http.StatusOK {
		t.Errorf("%s: %d", path, status)
	}
	for _, text := range texts {
		if !strings.Contains(body, text) {
			t.Errorf("%s: without %s", path, text)
		}
	}
}

// Issue 3: the operator is told by metrics, page and log.
func TestTheOperatorIsToldOfASourceThatFails(t *testing.T) {
	f := newFederation(t)
	path := configuration(t, f.source)
	o := openGatewayOf(t, path)
	about := fmt.Sprintf(`{source="%s",world="spid"}`, f.url)
	o.wants(t, "/metrics", "atrio_provider_source_failures"+about+" 0", `atrio_provider_count{world="spid"} 1`, "atrio_provider_source_held"+about+" 1",
		`atrio_provider_outage{provider="https://idp.example.it",world="spid"} 0`, "atrio_provider_certificate_expiry_seconds", "atrio_provider_source_certificate_expiry_seconds")
	o.wants(t, "/providers", "In ordine", knownProvider, "Si può scegliere", "Nessuna urgenza")

	f.fail(true)
	o.later(t, time.Hour)
	o.wants(t, "/metrics", "atrio_provider_source_failures"+about+" 1", "atrio_provider_source_failures_total"+about+" 1", `atrio_provider_count{world="spid"} 1`, "atrio_provider_source_held"+about+" 1",
		"atrio_provider_source_last_success_timestamp_seconds"+about+" "+strconv.FormatFloat(float64(samltest.Start.Unix()), 'g', -1, 64))
	o.wants(t, "/providers", "Il server ha risposto con un errore", "Vale l’ultima copia buona", "1 cosa richiede", knownProvider, "Si può scegliere")
	if log := o.log.String(); strings.Count(log, "the last good copy goes on counting") != 1 || !strings.Contains(log, `"why":"status"`) {
		t.Errorf("the log: %s", log)
	}

	// A second node on the same database starts from the copy, and serves.
	second := openGatewayOf(t, path)
	second.wants(t, "/providers", "Vale la copia conservata", knownProvider, "Si può scegliere")
	second.later(t, 172*24*time.Hour)
	second.wants(t, "/providers", "Un certificato sta per scadere", "Un certificato della fonte sta per scadere")
	if !strings.Contains(second.log.String(), `"warning":"certificate"`) {
		t.Error("the log does not warn of the certificate")
	}
}

func TestAGatewayStartsWithoutItsSourceAndServes(t *testing.T) {
	f := newFederation(t)
	f.fail(true)
	o := openGatewayOf(t, configuration(t, f.source))
	o.wants(t, "/providers", "Non c’è nessuna copia", "Nessuno.")
	o.wants(t, "/metrics", `atrio_provider_count{world="spid"} 0`, fmt.Sprintf(`atrio_provider_source_held{source="%s",world="spid"} 0`, f.url))
	if !strings.Contains(o.log.String(), "there is no copy") {
		t.Error("the log does not say it")
	}
	f.fail(false)
	o.later(t, time.Minute)
	o.wants(t, "/metrics", `atrio_provider_count{world="spid"} 1`)
}

func TestThePageOfTheOperatorIsServedByAddressOnly(t *testing.T) {
	o := openGatewayOf(t, configuration(t, nil))
	for host, want := range map[string]int{
		"127.0.0.1:8089": http.StatusOK, "localhost": http.StatusOK, "[::1]:8089": http.StatusOK, "rebound.example.org:8089": http.StatusBadRequest, "": http.StatusOK,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.url+"/providers", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("host %q: %d, want %d", host, res.StatusCode, want)
		}
	}
	o.wants(t, "/healthz", "ok")
	o.wants(t, "/readyz", "ok")
}

func TestProvidersAreListedAndTheOperatorSaysWhatIsWrong(t *testing.T) {
	f := newFederation(t)
	path := configuration(t, f.source)
	openGatewayOf(t, path)
	f.fail(true) // the command does not ask the net
	if out, errs, status := atrio(t, "provider", "list", "-c", path); status != 0 || !strings.Contains(out, knownProvider) || !strings.Contains(out, "test, not offered") {
		t.Errorf("list: %d %s%s", status, out, errs)
	}
	if out, errs, status := atrio(t, "provider", "outage", knownProvider, "--on", "--text", "Fermo", "-c", path); status != 0 || !strings.Contains(out, "problems on") || errs != "" {
		t.Errorf("outage: %d %s%s", status, out, errs)
	}
	if _, errs, status := atrio(t, "provider", "outage", "https://unknown.example.it", "--off", "-c", path); status != 0 || !strings.Contains(errs, "is the name right?") {
		t.Errorf("unknown: %d %s", status, errs)
	}
	if _, errs, status := atrio(t, "provider", "validator", "--on", "-c", path); status != 0 || !strings.Contains(errs, "warning") {
		t.Errorf("validator: %d %s", status, errs)
	}
	out, _, _ := atrio(t, "provider", "list", "-c", path)
	if !strings.Contains(out, "offered, with problems") || strings.Contains(out, "not offered") {
		t.Errorf("list: %s", out)
	}
	o := openGatewayOf(t, path)
	o.wants(t, "/providers", "Il validatore è acceso", "Il pulsante segnala problemi: Fermo")
	o.wants(t, "/metrics", `atrio_provider_validator{world="spid"} 1`, `atrio_provider_count{world="spid"} 2`)
	if n := count(t, o.role.Ground.DB, `SELECT count(*) FROM audit WHERE action = 'provider.noted'`); n != 4 { // the switch of the validator is one for each of two worlds
		t.Errorf("%d audit lines", n)
	}
	if out, errs, status := atrio(t, "provider", "forget", f.url, "-c", path); status != 0 || !strings.Contains(out, "forgotten") {
		t.Errorf("forget: %d %s", status, errs)
	}
	if _, errs, status := atrio(t, "provider", "forget", f.url, "-c", path); status != 1 || !strings.Contains(errs, "there is no copy") {
		t.Errorf("forget twice: %d %s", status, errs)
	}
	for _, bad := range [][]string{{"outage", knownProvider}, {"outage", knownProvider, "--on", "--off"}, {"validator"}, {"outage", knownProvider, "--on", "--world", "moon"}} {
		if _, _, status := atrio(t, append(append([]string{"provider"}, bad...), "-c", path)...); status != 2 {
			t.Errorf("%v: status %d", bad, status)
		}
	}
	if _, errs, status := atrio(t, "provider", "outage", knownProvider, "--on", "--text", strings.Repeat("x", 201), "-c", path); status != 1 || !strings.Contains(errs, "200 bytes") {
		t.Errorf("a long text: %d %s", status, errs)
	}
}

func TestCheckReadsTheSourcesAndWarns(t *testing.T) {
	f := newFederation(t)
	path := configuration(t, func(text string) string {
		return strings.Replace(f.source(text), "locality = \"Roma\"", "locality = \"Roma\"\nvalidator = true", 1)
	})
	if _, errs, status := atrio(t, "migrate", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	_, errs, status := atrio(t, "check", "-c", path)
	if status != 0 || !strings.Contains(errs, "validator is on") || !strings.Contains(errs, testProvider+": a test provider is offered") {
		t.Errorf("%d %s", status, errs)
	}
	if _, errs, status := atrio(t, "provider", "validator", "--off", "-c", path); status != 0 {
		t.Fatal(errs)
	}
	if _, errs, _ := atrio(t, "check", "-c", path); strings.Contains(errs, "validator is on") {
		t.Error("what the operator said while the program runs must win")
	}
	f.fail(true)
	if _, errs, status := atrio(t, "check", "-c", path); status != 1 || !strings.Contains(errs, f.url) || !strings.Contains(errs, "502") {
		t.Errorf("%d %s", status, errs)
	}
	doubled := filepath.Join(t.TempDir(), "a.xml")
	if err := os.WriteFile(doubled, []byte(described(t, knownProvider, samltest.ECDSA(t))), 0o600); err != nil {
		t.Fatal(err)
	}
	f.fail(false)
	path = configuration(t, func(text string) string {
		return f.source(strings.Replace(text, "[gateway.spid.organization.it]", "[[gateway.spid.providers]]\nmetadata_file = \""+doubled+"\"\n[gateway.spid.organization.it]", 1))
	})
	if _, errs, _ := atrio(t, "check", "-c", path); !strings.Contains(errs, knownProvider+" is described twice") {
		t.Error(errs)
	}
}

func TestServicesOfTheIdentityProviderComeFromAnAddressToo(t *testing.T) {
	const service = "https://service.example.it"
	f := newFederationOf(t, func(signer xmlsec.Signer) string {
		e := metadata.Entity{EntityID: service, Service: &metadata.Service{
			Certificates: []metadata.Certificate{{Use: "signing", DER: signer.Certificate}},
			Consumers:    []metadata.Consumer{{Endpoint: metadata.Endpoint{Binding: saml.BindingPost, Location: service + "/acs"}}},
		}}
		document, err := e.XML()
		if err != nil {
			t.Fatal(err)
		}
		return string(document)
	})
	o := openRoleOf(t, "idp", configuration(t, func(text string) string {
		return strings.Replace(text, "[portal]", fmt.Sprintf("[[idp.sources]]\nmetadata_url = %q\nmetadata_certificate = %q\n[portal]", f.url, f.pinned), 1)
	}))
	o.wants(t, "/providers", "Servizi del gestore di identità", service, "Conosciuto")
	f.fail(true)
	o.later(t, time.Hour)
	o.wants(t, "/metrics", fmt.Sprintf(`atrio_provider_source_failures{source="%s",world="services"} 1`, f.url), `atrio_provider_count{world="services"} 1`)
}

func count(t *testing.T, d *db.DB, query string) (n int) {
	t.Helper()
	if err := d.Read().QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
