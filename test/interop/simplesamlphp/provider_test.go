// Package simplesamlphp_test signs a person in with a provider that is not ours:
// SimpleSAMLphp as Debian ships it, configured by testdata, on loopback.
//
// It writes no Format at the Issuer of its assertions, which SPID demands and CIE does
// not, so it stands at the door of CIE; requests, signatures, metadata and canonical
// forms are the same at both.
package simplesamlphp_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// root is where Debian's package puts the pages.
const root = "/usr/share/simplesamlphp/www"

// provider is a running SimpleSAMLphp.
type provider struct {
	t *testing.T
	// url ends with a slash; entityID is url + "idp".
	url, lab string
}

// newProvider writes what the provider needs and starts it. Services it knows are the
// file service.xml, which it reads at every request.
func newProvider(t *testing.T, fiscalCode string) *provider {
	t.Helper()
	if _, err := os.Stat(root); err != nil {
		t.Fatalf("SimpleSAMLphp is missing: apt-get install simplesamlphp php-cli php-xml php-sqlite3 (tools/setup test does it): %v", err)
	}
	p := &provider{t: t, lab: t.TempDir()}
	for _, dir := range []string{"cert", "log", "data", "temp", "metadata"} {
		if err := os.Mkdir(filepath.Join(p.lab, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	p.keys()
	p.copy("testdata/metadata/saml20-idp-hosted.php", "metadata/saml20-idp-hosted.php")
	p.trust([]byte(noServices))
	p.serve(fiscalCode)
	return p
}

const noServices = `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"/>`

// trust makes the provider know one service.
func (p *provider) trust(metadata []byte) { p.write("service.xml", metadata) }

func (p *provider) write(name string, data []byte) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.lab, name), data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *provider) copy(from, to string) {
	p.t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(to, data)
}

// keys makes the key and certificate of the provider.
func (p *provider) keys() {
	p.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp.example.org"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("cert/idp.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	p.write("cert/idp.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

// serve starts PHP's own server; another port when somebody was faster.
func (p *provider) serve(fiscalCode string) {
	p.t.Helper()
	config, err := filepath.Abs("testdata/config")
	if err != nil {
		p.t.Fatal(err)
	}
	var said string
	for range 5 {
		address := freeAddress(p.t)
		p.url = "http://" + address + "/"
		ctx, end := context.WithCancel(context.Background())
		// PHP warns about old code of the package on its pages; that is not our matter.
		cmd := exec.CommandContext(ctx, "php", "-d", "error_reporting=22527", "-d", "display_errors=0", "-S", address, "-t", root)
		cmd.Env = append(os.Environ(), "LAB="+p.lab, "SSP_URL="+p.url, "SSP_FISCAL_CODE="+fiscalCode, "SIMPLESAMLPHP_CONFIG_DIR="+config)
		log, err := os.Create(filepath.Join(p.lab, "php.log"))
		if err != nil {
			p.t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = log, log
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		if err := cmd.Start(); err != nil {
			p.t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); log.Close(); close(ended) }()
		if p.ready(ended) {
			p.t.Cleanup(func() { end(); <-ended })
			return
		}
		end()
		<-ended
		text, _ := os.ReadFile(log.Name())
		said = string(text)
	}
	p.t.Fatalf("SimpleSAMLphp does not answer:\n%s", said)
}

// ready waits for the first answer, or for the end of the process.
func (p *provider) ready(ended <-chan struct{}) bool {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for range 400 {
		select {
		case <-ended:
			return false
		case <-tick.C:
			if _, err := get(p.url + "saml2/idp/metadata.php"); err == nil {
				return true
			}
		}
	}
	return false
}

// metadata is how the provider describes itself.
func (p *provider) metadata() []byte {
	p.t.Helper()
	data, err := get(p.url + "saml2/idp/metadata.php")
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.log())
	}
	return data
}

// log is what the provider says about itself, for a test that failed.
func (p *provider) log() string {
	data, _ := os.ReadFile(filepath.Join(p.lab, "log/idp.log"))
	return string(data[max(0, len(data)-8000):])
}

func get(address string) ([]byte, error) {
	res, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil && (res.StatusCode != http.StatusOK || !strings.Contains(string(data), "EntityDescriptor")) {
		err = fmt.Errorf("%s answers %s: %.300s", address, res.Status, data)
	}
	return data, err
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
