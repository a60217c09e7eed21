package signature_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"atrio/idp/proofing/signature"
	"atrio/idp/proofing/signature/refusal"
	st "atrio/idp/proofing/signature/signaturetest"
	"atrio/idp/proofing/trustlist"
	"atrio/people/person"
)

// abroad is a world whose documents other programs make and judge. They go by the clock
// of the machine, so the authority does too; nothing here expires within a day.
type abroad struct {
	*world
	t   *testing.T
	dir string
	now time.Time
}

func newAbroad(t *testing.T) *abroad {
	t.Helper()
	a := &abroad{world: &world{Authority: st.New(time.Now())}, t: t, dir: t.TempDir()}
	a.now = a.Authority.Now
	a.list = a.Trusted(a.Authority.List())
	a.Verifier = &signature.Verifier{List: func() *trustlist.List { return a.list }, Fetcher: a.Authority}
	a.write("contract.pdf", contract)
	a.write("ca.pem", certificatePEM(a.Granted.Certificate))
	return a
}

func (a *abroad) path(name string) string { return filepath.Join(a.dir, name) }

func (a *abroad) write(name string, data []byte) {
	a.t.Helper()
	if err := os.WriteFile(a.path(name), data, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *abroad) read(name string) []byte {
	a.t.Helper()
	data, err := os.ReadFile(a.path(name))
	if err != nil {
		a.t.Fatal(err)
	}
	return data
}

// run runs a program in the directory; one that is missing fails the test (tools/setup
// test installs it).
func (a *abroad) run(name string, args ...string) (string, error) {
	a.t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		a.t.Fatalf("%v: run tools/setup test", err)
	}
	ctx, cancel := context.WithTimeout(a.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = a.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (a *abroad) must(name string, args ...string) string {
	a.t.Helper()
	out, err := a.run(name, args...)
	if err != nil {
		a.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return out
}

func certificatePEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// hand writes an identity for other programs: name.pem and name.key.
func (a *abroad) hand(name string, id *st.Identity) {
	a.t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(id.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(name+".pem", certificatePEM(id.Certificate))
	a.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

func (a *abroad) judge(name string, upload []byte, want refusal.Reason) signature.Verdict {
	a.t.Helper()
	v, err := a.Verify(context.Background(), signature.Request{Contract: contract, FiscalCode: person.FiscalCode(cf), Upload: upload, At: time.Now()})
	if refusal.Of(err) != want || (err == nil) != (want == "") {
		a.t.Errorf("%s: %v, want %q", name, err, want)
	}
	return v
}

func TestWhatOpenSSLSignsIsRead(t *testing.T) {
	a := newAbroad(t)
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a.hand("rsa", a.IssueFor(a.Granted, st.RSAKey(), st.Qualified("TINIT-"+cf), func(c *x509.Certificate) { c.SubjectKeyId = []byte{1, 2, 3, 4} }))
	a.hand("ec", a.IssueFor(a.Granted, curve, st.Qualified("TINIT-"+cf)))
	sign := func(more ...string) []byte {
		a.must("openssl", append([]string{"cms", "-sign", "-cades", "-binary", "-in", "contract.pdf", "-out", "out.p7m"}, more...)...)
		return a.read("out.p7m")
	}
	rsa := []string{"-signer", "rsa.pem", "-inkey", "rsa.key", "-md", "sha256"}
	for _, c := range []struct {
		name string
		args []string
		want refusal.Reason
	}{
		{"DER", append(rsa, "-nodetach", "-outform", "DER"), ""},
		{"a stream", append(rsa, "-nodetach", "-outform", "DER", "-stream"), ""},
		{"PEM", append(rsa, "-nodetach", "-outform", "PEM"), ""},
		{"PSS", append(rsa, "-nodetach", "-outform", "DER", "-keyopt", "rsa_padding_mode:pss"), ""},
		{"P-384", []string{"-signer", "ec.pem", "-inkey", "ec.key", "-md", "sha384", "-nodetach", "-outform", "DER"}, ""},
		{"by key identifier", append(rsa, "-nodetach", "-outform", "DER", "-keyid"), ""},
		{"without certificates", append(rsa, "-nodetach", "-outform", "DER", "-nocerts"), refusal.CertificateMissing},
		{"detached", append(rsa, "-outform", "DER"), refusal.Detached},
		{"SHA-1", []string{"-signer", "rsa.pem", "-inkey", "rsa.key", "-md", "sha1", "-nodetach", "-outform", "DER"}, refusal.WeakAlgorithm},
		{"two signers", append(rsa, "-nodetach", "-outform", "DER", "-signer", "ec.pem", "-inkey", "ec.key"), refusal.SeveralSigners},
		{"S/MIME", append(rsa, "-nodetach", "-outform", "SMIME"), refusal.UnsupportedFormat},
	} {
		if v := a.judge(c.name, sign(c.args...), c.want); c.want == "" && v.Format != signature.CAdES {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	a.must("openssl", append([]string{"cms", "-sign", "-binary", "-in", "contract.pdf", "-out", "plain.p7m", "-nodetach", "-outform", "DER"}, rsa...)...)
	a.judge("no CAdES", a.read("plain.p7m"), refusal.NotBound)
}

func TestOpenSSLJudgesAsWeDo(t *testing.T) {
	a := newAbroad(t)
	mario := a.Person(a.Granted, cf)
	der := st.Message{Content: contract, Claimed: a.now}.Sign(mario)
	spoiled := bytes.Replace(der, []byte("Prova"), []byte("prova"), 1)
	crl := func() []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: a.RevocationList(a.Granted, nil)})
	}
	verify := func(message []byte) (string, error) {
		a.write("m.p7m", message)
		a.write("trust.pem", append(certificatePEM(a.Granted.Certificate), crl()...))
		return a.run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "m.p7m", "-CAfile", "trust.pem", "-crl_check", "-purpose", "any", "-out", "back.pdf")
	}
	if out, err := verify(der); err != nil || !bytes.Equal(a.read("back.pdf"), contract) {
		t.Errorf("ours: %v\n%s", err, out)
	}
	a.judge("ours", der, "")
	if out, err := verify(st.BER(der)); err != nil {
		t.Errorf("ours in BER: %v\n%s", err, out)
	}
	if out, err := verify(spoiled); err == nil {
		t.Errorf("spoiled: %s", out)
	}
	a.judge("spoiled", spoiled, refusal.OtherContent)
	a.Granted.Revoke(mario.Certificate, a.now.Add(-time.Hour), 1)
	if out, err := verify(der); err == nil || !strings.Contains(out, "certificate revoked") {
		t.Errorf("revoked: %v\n%s", err, out)
	}
	a.judge("revoked", der, refusal.Revoked)
}

// responder asks openssl ocsp, without a network: request and answer are files.
type responder struct {
	*abroad
	index string
}

func (r responder) OCSP(_ context.Context, _ string, request []byte) ([]byte, error) {
	r.write("index.txt", []byte(r.index))
	r.write("q.der", request)
	if out, err := r.run("openssl", "ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "ocsp.pem", "-rkey", "ocsp.key", "-nmin", "60", "-reqin", "q.der", "-respout", "a.der"); err != nil {
		return nil, fmt.Errorf("%w: %s", err, out)
	}
	return r.read("a.der"), nil
}

func (r responder) CRL(context.Context, string) ([]byte, error) { return nil, st.ErrSilent }

// answered plays an answer of before.
type answered []byte

func (a answered) OCSP(context.Context, string, []byte) ([]byte, error) { return a, nil }
func (a answered) CRL(context.Context, string) ([]byte, error)          { return nil, st.ErrSilent }

func TestAnswersOfAnotherResponderAreUnderstood(t *testing.T) {
	a := newAbroad(t)
	mario := a.Person(a.Granted, cf)
	der := cades().Sign(mario)
	a.hand("ocsp", a.Granted.Responder)
	line := func(status, revoked string) string {
		return strings.Join([]string{status, mario.Certificate.NotAfter.Format("060102150405Z"), revoked, fmt.Sprintf("%X", mario.Certificate.SerialNumber), "unknown", "/CN=x"}, "\t") + "\n"
	}
	gone := a.now.Add(-time.Hour).Format("060102150405Z")
	for _, c := range []struct {
		name, index string
		want        refusal.Reason
	}{
		{"good", line("V", ""), ""},
		{"revoked", line("R", gone+",keyCompromise"), refusal.Revoked},
		{"on hold", line("R", gone+",certificateHold"), refusal.Suspended},
		{"unknown", "", refusal.RevocationUnreachable},
	} {
		a.Fetcher = responder{a, c.index}
		a.judge(c.name, der, c.want)
	}
	a.Fetcher = responder{a, line("V", "")}
	a.judge("good again", der, "")
	a.Fetcher = answered(a.read("a.der"))
	a.judge("an answer to another question", der, refusal.RevocationUnreachable)
}

const tsaConfig = `[tsa]
default_tsa = one
[one]
serial = serial.txt
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = %s
`

func TestTokensOfAnotherAuthorityForTimeAreRead(t *testing.T) {
	a := newAbroad(t)
	mario := a.Person(a.Granted, cf)
	a.hand("tsa", a.TSA)
	for _, alg := range []string{"sha1", "sha256"} {
		a.write("tsa.cnf", fmt.Appendf(nil, tsaConfig, alg))
		a.write("serial.txt", []byte("01\n"))
		m := cades()
		m.Stamp = func(value []byte) []byte {
			a.write("value", value)
			a.must("openssl", "ts", "-query", "-data", "value", "-sha256", "-cert", "-out", "q.tsq")
			a.must("openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "one", "-queryfile", "q.tsq", "-signer", "tsa.pem", "-inkey", "tsa.key", "-token_out", "-out", "t.der")
			return a.read("t.der")
		}
		if v := a.judge("ess_cert_id_alg "+alg, m.Sign(mario), ""); v.StampedAt.IsZero() {
			t.Errorf("%s: no time", alg)
		}
	}
	a.write("value", []byte("ours"))
	a.write("ours.der", a.Token(a.TSA, []byte("ours"), a.now))
	a.write("stamps.pem", certificatePEM(a.Stamps.Certificate))
	if out, err := a.run("openssl", "ts", "-verify", "-data", "value", "-in", "ours.der", "-token_in", "-CAfile", "stamps.pem"); err != nil || !strings.Contains(out, "Verification: OK") {
		t.Errorf("ours: %v\n%s", err, out)
	}
}

// keyring hands an identity to poppler, as "mario".
func (a *abroad) keyring(mario *st.Identity) {
	a.t.Helper()
	a.hand("mario", mario)
	a.must("openssl", "pkcs12", "-export", "-in", "mario.pem", "-inkey", "mario.key", "-certfile", "ca.pem", "-name", "mario", "-passout", "pass:", "-out", "mario.p12")
	if err := os.Mkdir(a.path("nss"), 0o700); err != nil {
		a.t.Fatal(err)
	}
	a.must("certutil", "-N", "-d", "nss", "--empty-password")
	a.must("pk12util", "-i", "mario.p12", "-d", "nss", "-W", "")
	a.must("certutil", "-A", "-d", "nss", "-n", "ca", "-t", "CT,C,C", "-i", "ca.pem")
}

func TestPopplerSignsAndJudges(t *testing.T) {
	a := newAbroad(t)
	mario := a.IssueFor(a.Granted, st.RSAKey(), st.Qualified("TINIT-"+cf))
	a.keyring(mario)
	a.run("pdfsig", "-nssdir", "nss", "-add-signature", "-nick", "mario", "contract.pdf", "signed.pdf") // its exit status says nothing: see the file
	signed := a.read("signed.pdf")
	if v := a.judge("by pdfsig", signed, ""); v.Format != signature.PAdES || v.SignedAt.IsZero() {
		t.Errorf("%+v", v)
	}
	says := func(pdf []byte) string {
		a.write("judged.pdf", pdf)
		out, _ := a.run("pdfsig", "-nssdir", "nss", "-no-ocsp", "judged.pdf")
		return out
	}
	const valid, total = "Signature is Valid", "Total document signed"
	for name, p := range map[string]st.PDF{"PAdES": {}, "PKCS#7": {SubFilter: "adbe.pkcs7.detached"}} {
		ours := p.Sign(contract, mario)
		if out := says(ours); !strings.Contains(out, valid) || !strings.Contains(out, "  - "+total) {
			t.Errorf("%s: %s", name, out)
		}
		a.judge(name, ours, "")
	}
	spoiled := bytes.Replace(signed, []byte("/Size"), []byte("/size"), 1)
	if out := says(bytes.Replace(signed, []byte("Helvetica"), []byte("Helvetika"), 1)); strings.Contains(out, valid) {
		t.Errorf("spoiled: %s", out)
	}
	a.judge("spoiled", spoiled, refusal.OtherContent)
	// what other programs call valid and must not be accepted (A20)
	updated := st.Update(signed, map[int]string{4: "<< /Length 0 >>\nstream\n\nendstream"})
	if out := says(updated); !strings.Contains(out, valid) || strings.Contains(out, "  - "+total) {
		t.Errorf("updated: %s", out)
	}
	a.judge("updated", updated, refusal.IncrementalUpdate)
}

func TestXmlsec1JudgesTheTrustedListAsWeDo(t *testing.T) {
	a := newAbroad(t)
	list := a.Write(a.Authority.List())
	a.write("operator.pem", certificatePEM(a.Operator.Certificate))
	verify := func(doc []byte) error {
		a.write("list.xml", doc)
		_, err := a.run("xmlsec1", "--verify", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties", "--pubkey-cert-pem", "operator.pem", "--enabled-key-data", "x509", "--enabled-reference-uris", "empty,same-doc", "list.xml")
		return err
	}
	for name, doc := range map[string][]byte{"list": list, "changed": bytes.Replace(list, []byte("withdrawn</ServiceStatus>"), []byte("granted</ServiceStatus>"), 1),
		"properties changed": bytes.Replace(list, []byte("2026-01-01"), []byte("2026-01-02"), 1)} {
		_, err := trustlist.Read(doc, []*x509.Certificate{a.Operator.Certificate})
		if theirs := verify(doc); (theirs == nil) != (err == nil) || (err == nil) != (name == "list") {
			t.Errorf("%s: ours %v, theirs %v", name, err, theirs)
		}
	}
}
