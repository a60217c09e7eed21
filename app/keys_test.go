package app

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atrio/app/config"
	"atrio/app/keyscmd"
	"atrio/app/plant"
	"atrio/base/audit"
	"atrio/base/keys"
	"atrio/base/keys/hsm/hsmtest"
	"atrio/db"
	"atrio/db/shareddb"
	"atrio/saml/samltest"
)

func TestMain(m *testing.M) { os.Exit(hsmtest.Run(m)) }

// must runs a command line that has to succeed.
func must(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, status := atrio(t, args...)
	if status != 0 {
		t.Fatalf("%v: status %d, %s", args, status, errs)
	}
	return out
}

// refusedWith runs a command line that has to fail with those words.
func refusedWith(t *testing.T, says string, args ...string) {
	t.Helper()
	if _, errs, status := atrio(t, args...); status == 0 || !strings.Contains(errs, says) {
		t.Errorf("%v: status %d, %s", args, status, errs)
	}
}

// node is a role that runs without listening, on a calendar of its own.
type node struct {
	*plant.Role
	t     *testing.T
	log   lockedBuffer
	plant *plant.Plant

	mu  sync.Mutex
	now time.Time
}

func (n *node) clock() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

func newNode(t *testing.T, path, role string) *node {
	t.Helper()
	f, err := config.Load([]string{path}, config.Environ())
	if err != nil {
		t.Fatal(err)
	}
	// A minute later it is still no further ahead of the commands than two nodes may be apart,
	// which do not open a role that signed in the future. // A37
	n := &node{t: t, now: time.Now().Add(-30 * time.Second)}
	if n.plant, err = plant.New(f, &n.log, n.clock); err != nil {
		t.Fatal(err)
	}
	if n.Role, _, err = n.plant.OpenRole(t.Context(), f, role); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return n
}

// minute lets a minute pass: the jobs that are due run.
func (n *node) minute() {
	n.t.Helper()
	n.mu.Lock()
	n.now = n.now.Add(time.Minute + time.Second)
	n.mu.Unlock()
	if err := n.Jobs.RunDue(n.t.Context()); err != nil {
		n.t.Error(err)
	}
}

func (n *node) get(path string, header ...string) *httptest.ResponseRecorder {
	n.t.Helper()
	r := httptest.NewRequest(http.MethodGet, n.Ground.BaseURL+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	n.Handler.ServeHTTP(w, r)
	return w
}

func (n *node) metrics() string {
	n.t.Helper()
	w := httptest.NewRecorder()
	n.plant.Metrics.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

var descriptor = regexp.MustCompile(`(?s)<md:KeyDescriptor[^>]*>.*?<ds:X509Certificate>(.*?)</ds:X509Certificate>`)

// described reads metadata as served: the certificates of the keys in it. The
// signature must be that of the first one, says xmlsec1.
func (n *node) described(path string) (certificates []*x509.Certificate, etag string) {
	n.t.Helper()
	w := n.get(path)
	if w.Code != http.StatusOK {
		n.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	for _, m := range descriptor.FindAllStringSubmatch(w.Body.String(), -1) {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(m[1]), ""))
		if err != nil {
			n.t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			n.t.Fatal(err)
		}
		if !slices.ContainsFunc(certificates, c.Equal) {
			certificates = append(certificates, c)
		}
	}
	if len(certificates) == 0 {
		n.t.Fatalf("no certificate in %s", w.Body)
	}
	xmlsec1, err := exec.LookPath("xmlsec1")
	if err != nil {
		n.t.Fatal("xmlsec1 is missing: apt-get install xmlsec1")
	}
	signer := samltest.File(n.t, "signer.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificates[0].Raw}))
	out, err := exec.Command(xmlsec1, "--verify", "--enabled-key-data", "x509", "--pubkey-cert-pem", signer,
		"--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:metadata:EntityDescriptor", samltest.File(n.t, "metadata.xml", w.Body.Bytes())).CombinedOutput()
	if err != nil {
		n.t.Errorf("xmlsec1: %v\n%s", err, out)
	}
	return certificates, w.Header().Get("ETag")
}

// status reads atrio keys status --json.
func status(t *testing.T, path, role string) map[string]keyscmd.Status {
	t.Helper()
	var list []keyscmd.Status
	if err := json.Unmarshal([]byte(must(t, "keys", "status", role, "--json", "-c", path)), &list); err != nil {
		t.Fatal(err)
	}
	out := map[string]keyscmd.Status{}
	for _, st := range list {
		out[st.Pair] = st
	}
	return out
}

// events are the audit lines about keys.
func events(t *testing.T, path, role string) (out []audit.Event) {
	t.Helper()
	d, err := db.Open(t.Context(), "sqlite://"+filepath.Join(filepath.Dir(path), role+".db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	store := &shareddb.Store{DB: d}
	rows, err := store.ChainedEvents(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	tail, err := store.UnchainedEvents(t.Context(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range append(rows, tail...) {
		if r.Event.Action == audit.KeysChanged || r.Event.Action == audit.KeysRotated {
			out = append(out, r.Event)
		}
	}
	return out
}

func TestARunningRoleFollowsTheRotationOfItsSAMLKey(t *testing.T) {
	for role, c := range map[string]struct{ purpose, metadata string }{
		"gateway": {"spid", "/spid/metadata"},
		"idp":     {"saml", "/metadata"},
	} {
		t.Run(role, func(t *testing.T) {
			path := configuration(t, nil)
			n := newNode(t, path, role)
			first, tag := n.described(c.metadata)
			must(t, "keys", "next", role, c.purpose, "-c", path)
			if _, again := n.described(c.metadata); again != tag {
				t.Error("signed again without a reason")
			}
			n.minute()
			both, announced := n.described(c.metadata)
			if announced == tag || len(both) != 2 || !both[0].Equal(first[0]) || both[1].SerialNumber.Sign() <= 0 {
				t.Fatalf("%d certificates, tag %s then %s", len(both), tag, announced)
			}
			if w := n.get(c.metadata, "If-None-Match", tag); w.Code != http.StatusOK {
				t.Errorf("the old tag: %d", w.Code)
			}
			if w := n.get(c.metadata, "If-None-Match", announced); w.Code != http.StatusNotModified {
				t.Errorf("the new tag: %d", w.Code)
			}
			refusedWith(t, "may sign from", "keys", "promote", role, c.purpose, "-c", path)
			refusedWith(t, "--reason", "keys", "promote", role, c.purpose, "--force", "-c", path)
			must(t, "keys", "promote", role, c.purpose, "--force", "--reason", "prova concordata", "-c", path)
			n.minute()
			after, _ := n.described(c.metadata)
			if len(after) != 2 || !after[0].Equal(both[1]) || !after[1].Equal(first[0]) {
				t.Errorf("after the change %d certificates", len(after))
			}
			figures := n.metrics()
			for _, want := range []string{
				`atrio_keys_expiry_seconds{pair="saml-2",purpose="` + c.purpose + `",role="` + role + `",state="signing"}`,
				`atrio_keys_pairs{purpose="` + c.purpose + `",role="` + role + `",state="retired"} 1`,
			} {
				if !strings.Contains(figures, want) {
					t.Errorf("the figures lack %s", want)
				}
			}
			got := status(t, path, role)
			if got["saml"].State != keys.Retired || got["saml-2"].State != keys.Signing || got["saml"].From == nil || got["saml-2"].NotAfter == nil {
				t.Errorf("status %+v", got)
			}
			refusedWith(t, "stays published", "keys", "forget", role, c.purpose, "saml", "-c", path)
			must(t, "keys", "forget", role, c.purpose, "saml", "--force", "--reason", "prova", "-c", path)
			must(t, "keys", "retire", role, c.purpose, "--reason", "copia rubata", "-c", path)
			n.minute()
			last, _ := n.described(c.metadata)
			if len(last) != 1 || last[0].Equal(after[0]) {
				t.Errorf("after the leak %d certificates", len(last))
			}
			told(t, path, role, c.purpose, "next:", "promote:prova concordata", "forget:prova", "retire:copia rubata")
			if !strings.Contains(n.log.String(), "keys changed") {
				t.Error("the log says nothing")
			}
		})
	}
}

// told checks the audit lines about a purpose: "change:why".
func told(t *testing.T, path, role, purpose string, want ...string) {
	t.Helper()
	var got []string
	for _, ev := range events(t, path, role) {
		if ev.Detail["purpose"] == purpose {
			got = append(got, ev.Detail["change"]+":"+ev.Detail["why"])
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the audit log says %q", got)
	}
}

func TestTheKeySetFollowsTheRotation(t *testing.T) {
	path := configuration(t, nil)
	n := newNode(t, path, "gateway")
	count := func() int {
		return strings.Count(n.get("/oidc/jwks").Body.String(), `"kid"`)
	}
	if count() != 2 {
		t.Fatalf("%d keys at the start", count())
	}
	must(t, "keys", "next", "gateway", "token-es256", "-c", path)
	must(t, "keys", "next", "gateway", "token-rs256", "-c", path)
	n.minute()
	if count() != 4 {
		t.Errorf("%d keys after next", count())
	}
	must(t, "keys", "promote", "gateway", "token-es256", "--force", "--reason", "prova", "-c", path)
	n.minute()
	if body := n.get("/oidc/jwks").Body.String(); count() != 4 || !strings.Contains(body, status(t, path, "gateway")["token-es256-2"].KeyID) {
		t.Errorf("after promote: %s", body)
	}
}

func TestCommandsAboutKeysRefuseWhatMakesNoSense(t *testing.T) {
	path := configuration(t, nil)
	must(t, "migrate", "-c", path)
	for says, args := range map[string][]string{
		"has no purpose":      {"next", "gateway", "saml"},
		"signs nothing":       {"next", "portal", "saml"},
		"no next key":         {"promote", "gateway", "spid"},
		"name the pair":       {"forget", "gateway", "spid"},
		"--before":            {"forget", "gateway", "sealing"},
		"no pair is called":   {"forget", "gateway", "spid", "saml-9"},
		"give --key":          {"import", "gateway", "spid"},
		"no token":            {"import", "gateway", "spid", "--label", "x"},
		"no such file":        {"import", "gateway", "spid", "--key", "/nowhere"},
		"--pair goes with":    {"import", "gateway", "spid", "--key", "x", "--pair", "saml"},
		"keys_secret":         {"encrypt", "gateway"},
		"have no certificate": {"import", "gateway", "token-es256", "--certificate", path},
		"empty":               {"retire", "gateway", "spid", "--reason", " "},
	} {
		refusedWith(t, says, append(append([]string{"keys"}, args...), "-c", path)...)
	}
	if list := events(t, path, "gateway"); len(list) != 0 {
		t.Errorf("what was refused stands in the audit log: %v", list)
	}
}

func TestOldSealingGenerationsAreForgotten(t *testing.T) {
	path := configuration(t, nil)
	must(t, "migrate", "-c", path)
	file := filepath.Join(filepath.Dir(path), "keys-portal", "sealing.keys")
	for range 3 {
		must(t, "keys", "rotate", "portal", "-c", path)
	}
	must(t, "keys", "forget", "portal", "sealing", "--before", time.Now().Add(time.Hour).Format(time.RFC3339), "-c", path)
	data, err := os.ReadFile(file)
	if err != nil || strings.Count(string(data), "\ngeneration ") != 2 {
		t.Errorf("%v, %d generations", err, strings.Count(string(data), "\ngeneration "))
	}
	if list := events(t, path, "portal"); len(list) != 4 || list[3].Detail["change"] != "forget" {
		t.Errorf("the audit log says %v", list)
	}
}

func TestKeyFilesAreEncryptedInPlace(t *testing.T) {
	path := configuration(t, nil)
	must(t, "migrate", "-c", path)
	newNode(t, path, "gateway").get("/")
	if _, errs, status := atrio(t, "check", "-c", path); status != 0 || !strings.Contains(errs, "are in clear") {
		t.Errorf("check: %d, %s", status, errs)
	}
	dir := filepath.Join(filepath.Dir(path), "keys-gateway")
	secret := strings.TrimSpace(must(t, "keys", "secret"))
	file := samltest.File(t, "secret", []byte(secret+"\n"))
	t.Setenv("ATRIO_GATEWAY_KEYS_SECRET_FILE", file)
	must(t, "keys", "encrypt", "gateway", "-c", path)
	if out, errs, status := atrio(t, "check", "-c", path); status != 0 || strings.Contains(errs, "clear") || strings.Contains(out+errs, secret) {
		t.Errorf("check: %d, %s", status, errs)
	}
	n := newNode(t, path, "gateway")
	n.described("/spid/metadata")
	must(t, "keys", "next", "gateway", "spid", "-c", path)
	n.minute()
	if both, _ := n.described("/spid/metadata"); len(both) != 2 {
		t.Error("a running role does not read an encrypted key")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil || strings.Contains(string(data), "PRIVATE KEY") {
			t.Errorf("%s: %v, in clear", e.Name(), err)
		}
	}
	second := strings.TrimSpace(must(t, "keys", "secret"))
	if err := os.WriteFile(file, []byte(second+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check"}, {"keys", "status", "gateway"}, {"keys", "encrypt", "gateway"}, {"metadata", "gateway"}} {
		_, errs, status := atrio(t, append(args, "-c", path)...)
		if status != 1 || !strings.Contains(errs, "another secret") || strings.Contains(errs, secret) || strings.Contains(errs, second) {
			t.Errorf("%v with another secret: %d, %s", args, status, errs)
		}
	}
	if err := os.WriteFile(file, []byte(second+"\n"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "keys", "encrypt", "gateway", "-c", path)
	if err := os.WriteFile(file, []byte(second+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must(t, "keys", "decrypt", "gateway", "-c", path)
	t.Setenv("ATRIO_GATEWAY_KEYS_SECRET_FILE", samltest.File(t, "empty", nil))
	must(t, "metadata", "gateway", "-c", path)
	if log := n.log.String(); strings.Contains(log, secret) || strings.Contains(log, "PRIVATE") {
		t.Error("the log shows a secret")
	}
}

func TestCheckWarnsOfCertificatesThatEnd(t *testing.T) {
	path := configuration(t, nil)
	f, err := config.Load([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	newNode(t, path, "gateway")
	now := time.Now()
	for _, c := range []struct {
		in   time.Duration
		says string
	}{
		{0, ""}, {plant.CertificateLife - soon - time.Hour, ""}, {plant.CertificateLife - soon + time.Hour, "ends on"}, {plant.CertificateLife + time.Hour, "ended on"},
	} {
		warnings, err := checkKeys(f, "gateway", now.Add(c.in))
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(warnings[1:], "; ") // the first says that files are in clear
		if (c.says == "") != (all == "") || !strings.Contains(all, c.says) {
			t.Errorf("in %s: %s", c.in, all)
		}
	}
	must(t, "keys", "next", "gateway", "spid", "-c", path)
	if warnings, err := checkKeys(f, "gateway", now.Add(plant.CertificateLife-soon+time.Hour)); err != nil || len(warnings) != 1 {
		t.Errorf("with a next key: %v, %v", warnings, err)
	}
}
