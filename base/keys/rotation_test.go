package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// testSPID is the purpose of SAML with certificates by Avviso 29.
func testSPID() Purpose {
	return SPID().Certified(func(at time.Time) Certificate {
		c := certificate
		c.NotBefore, c.NotAfter = at.Add(-time.Hour), at.AddDate(3, 0, 0)
		return c
	})
}

func rotation(t *testing.T, s *Store, p Purpose) *Rotation {
	t.Helper()
	r, err := s.Rotation(p, now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reload(t *testing.T, r *Rotation, changed bool) {
	t.Helper()
	got, err := r.Reload()
	if err != nil || got != changed {
		t.Fatalf("changed %v, %v; want %v", got, err, changed)
	}
}

// pairsOf writes what a process sees: "name:state …", published ones only.
func pairsOf(r *Rotation) string {
	var out []string
	for _, p := range r.Published() {
		out = append(out, p.Name+":"+string(p.State))
	}
	return strings.Join(out, " ")
}

func TestADirectoryOfTheFirstVersionSigns(t *testing.T) {
	s := store(t)
	old, err := s.RSA("saml", 2048) // as 0.1.0 did
	if err != nil {
		t.Fatal(err)
	}
	if old, err = s.SelfSigned(old, certificate); err != nil {
		t.Fatal(err)
	}
	r := rotation(t, reopen(t, s.dir), testSPID())
	if r.Signing().KeyID != old.KeyID || !r.Signing().Certificate.Equal(old.Certificate) || pairsOf(r) != "saml:signing" {
		t.Errorf("it became %s", pairsOf(r))
	}
	if s.exists("spid.state") {
		t.Error("reading wrote a state file: the version before could not go on")
	}
	reload(t, r, false)
}

func TestAKeyLivesFromNextToGone(t *testing.T) {
	for _, p := range []Purpose{testSPID(), TokenES256(), TokenRS256()} {
		s := store(t)
		node := rotation(t, reopen(t, s.dir), p)
		first := node.Signing()
		name, err := s.Next(p, now)
		if err != nil || name != p.First+"-2" {
			t.Fatal(name, err)
		}
		reload(t, node, true)
		reload(t, node, false)
		if node.Signing() == nil || node.Signing().KeyID != first.KeyID || pairsOf(node) != p.First+":signing "+name+":next" {
			t.Errorf("after next: %s", pairsOf(node))
		}
		wantError(t, s.Promote(p, now.Add(p.Publish-time.Second), false), "may sign from", "--force")
		if err := s.Promote(p, now.Add(p.Publish), false); err != nil {
			t.Fatal(err)
		}
		reload(t, node, true)
		if pairsOf(node) != name+":signing "+p.First+":retired" {
			t.Errorf("after promote: %s", pairsOf(node))
		}
		signed := now.Add(p.Publish)
		wantError(t, s.Forget(p, name, signed, true), "signs")
		wantError(t, s.Forget(p, p.First, signed.Add(p.Keep-time.Second), false), "stays published", "--force")
		if err := s.Forget(p, p.First, signed.Add(p.Keep), false); err != nil {
			t.Fatal(err)
		}
		reload(t, node, true)
		if pairsOf(node) != name+":signing" || s.has(p.First) || s.exists(p.First+certSuffix) {
			t.Errorf("after forget: %s", pairsOf(node))
		}
		if name, err = s.Next(p, signed); err != nil || name != p.First+"-3" {
			t.Errorf("a name comes twice: %s, %v", name, err)
		}
		if again := rotation(t, reopen(t, s.dir), p); pairsOf(again) != p.First+"-2:signing "+p.First+"-3:next" {
			t.Errorf("a node that starts sees %s", pairsOf(again))
		}
	}
}

func TestForceSparesTheWaitAndNothingElse(t *testing.T) {
	s, p := store(t), testSPID()
	p.Authority = true
	// The first certificate of a private service comes from outside as well.
	wantError(t, errOf(s.Rotation(p, now)), "no certificate")
	if err := s.ImportCertificate(p, "saml", now, authorityCertificate(t, s, "saml", now, now.AddDate(1, 0, 0))); err != nil {
		t.Fatal(err)
	}
	node := rotation(t, s, p)
	name, err := s.Next(p, now)
	if err != nil {
		t.Fatal(err)
	}
	reload(t, node, true)
	if pairsOf(node) != "saml:signing" || len(node.Current().All) != 2 {
		t.Errorf("a key without certificate is published: %s", pairsOf(node))
	}
	wantError(t, s.Promote(p, now.AddDate(0, 0, 2), true), "no certificate")
	wantError(t, s.Retire(p, now.AddDate(0, 0, 2)), "no certificate")
	wantError(t, s.ImportCertificate(p, "", now, authorityCertificate(t, s, "saml", now, now.AddDate(1, 0, 0))), "does not belong")
	wantError(t, s.ImportCertificate(p, "", now, authorityCertificate(t, s, name, now.AddDate(-1, 0, 0), now)), "not now")
	wantError(t, s.ImportCertificate(p, "", now, []byte("hello")), "PEM")
	imported := now.AddDate(0, 0, 2)
	if err := s.ImportCertificate(p, "", imported, authorityCertificate(t, s, name, now, imported.Add(30*time.Hour))); err != nil {
		t.Fatal(err)
	}
	wantError(t, s.Promote(p, imported.Add(time.Hour), false), "may sign from") // published since the import
	wantError(t, s.Promote(p, imported.Add(30*time.Hour), true), "ended")
	wantError(t, s.Promote(p, now.Add(-time.Hour), true), "begins")
	if err := s.Promote(p, imported.Add(time.Hour), true); err != nil {
		t.Fatal(err)
	}
	reload(t, node, true)
	if pairsOf(node) != name+":signing saml:retired" {
		t.Errorf("now %s", pairsOf(node))
	}
}

func errOf[T any](_ T, err error) error { return err }

// authorityCertificate is one for the key of a pair, in PEM.
func authorityCertificate(t *testing.T, s *Store, name string, from, to time.Time) []byte {
	t.Helper()
	pair, err := s.load(name)
	if err != nil {
		t.Fatal(err)
	}
	c := certificate
	c.NotBefore, c.NotAfter = from, to
	der, err := selfSign(pair, c)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: certificateType, Bytes: der})
}

func TestACertificateOfAnotherKeyKeepsAPairFromSigning(t *testing.T) {
	s, p := store(t), testSPID()
	node := rotation(t, s, p)
	if _, err := s.Next(p, now); err != nil {
		t.Fatal(err)
	}
	reload(t, node, true)
	wrong, err := os.ReadFile(s.path("saml.crt.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path("saml-2.crt.pem"), wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	wantError(t, s.Promote(p, now.Add(p.Publish), true), "does not belong")
	if _, err := node.Reload(); err == nil || pairsOf(node) != "saml:signing saml-2:next" {
		t.Errorf("%s, %v", pairsOf(node), err)
	}
}

func TestALeakedKeyIsGoneAtOnce(t *testing.T) {
	for _, prepared := range []bool{false, true} {
		s, p := store(t), testSPID()
		node := rotation(t, s, p)
		leaked := node.Signing().KeyID
		if prepared {
			if _, err := s.Next(p, now); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Retire(p, now); err != nil {
			t.Fatal(err)
		}
		reload(t, node, true)
		if pairsOf(node) != "saml-2:signing" || node.Signing().KeyID == leaked || s.has("saml") {
			t.Errorf("prepared %v: now %s", prepared, pairsOf(node))
		}
	}
}

func TestAKeyOfAFileBecomesTheNext(t *testing.T) {
	s, other, p := store(t), store(t), testSPID()
	rotation(t, s, p)
	foreign, err := other.RSA("x", 2048)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(other.path("x.key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ECDSA("ec"); err != nil {
		t.Fatal(err)
	}
	wrong, err := os.ReadFile(other.path("ec.key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.NextFromKey(p, now, wrong)
	wantError(t, err, "RSA key of at least 2048 bits")
	_, err = s.NextFromKey(p, now, []byte("-----BEGIN RSA PRIVATE KEY-----"))
	wantError(t, err, "PEM")
	_, err = s.NextFromToken(p, now, "label")
	wantError(t, err, "no token")
	if files, err := s.Files(); err != nil || len(files) != 3 {
		t.Fatalf("refused keys left files: %v, %v", files, err)
	}
	name, err := s.NextFromKey(p, now, data)
	if err != nil {
		t.Fatal(err)
	}
	if pair, err := s.load(name); err != nil || pair.KeyID != foreign.KeyID || pair.Certificate == nil {
		t.Errorf("it became %+v, %v", pair, err)
	}
}

func TestWithoutItsStateFileARotatedDirectoryIsRefused(t *testing.T) {
	s, p := store(t), testSPID()
	node := rotation(t, s, p)
	if _, err := s.Next(p, now); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.path(p.state())); err != nil {
		t.Fatal(err)
	}
	before := node.Signing()
	_, err := node.Reload()
	wantError(t, err, "restore it from the backup")
	if node.Signing() != before {
		t.Error("a failed reload changed what signs")
	}
	wantError(t, errOf(s.Rotation(p, now)), "restore it")
	wantError(t, errOf(s.Next(p, now)), "restore it")
}

// TestARotationUnderLoadBreaksNoSignature: two nodes on one directory and a third
// on a copy that is made now and then. What a node signs must be verifiable by
// what every node publishes at that time.
func TestARotationUnderLoadBreaksNoSignature(t *testing.T) {
	s, p := store(t), TokenES256()
	copied := filepath.Join(t.TempDir(), "copied")
	first := rotation(t, s, p)
	copyKeys(t, s.dir, copied)
	nodes := []*Rotation{first, rotation(t, reopen(t, s.dir), p), rotation(t, reopen(t, copied), p)}
	signed, end := loadOn(t, nodes)
	// Each step is followed by signatures of every state of reloading.
	settle := func() {
		for _, node := range nodes {
			if node == nodes[2] {
				copyKeys(t, s.dir, copied)
			}
			waitFor(signed, 30)
			if _, err := node.Reload(); err != nil {
				t.Error(err)
			}
			waitFor(signed, 30)
		}
	}
	at := now
	for range 5 {
		name := nodes[0].Signing().Name
		if _, err := s.Next(p, at); err != nil {
			t.Fatal(err)
		}
		settle()
		at = at.Add(p.Publish)
		if err := s.Promote(p, at, false); err != nil {
			t.Fatal(err)
		}
		settle()
		at = at.Add(p.Keep)
		if err := s.Forget(p, name, at, false); err != nil {
			t.Fatal(err)
		}
		settle()
	}
	end()
	if pairsOf(nodes[2]) != "token-es256-6:signing" {
		t.Errorf("at the end: %s", pairsOf(nodes[2]))
	}
}

// loadOn lets every node sign without a pause until end, and counts.
func loadOn(t *testing.T, nodes []*Rotation) (signed *atomic.Int64, end func()) {
	signed, stop := new(atomic.Int64), make(chan struct{})
	var load sync.WaitGroup
	for i, node := range nodes {
		load.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := signAndVerify(node, nodes, fmt.Sprint(i, n)); err != nil {
					t.Error(err)
					// Counted all the same: nobody must wait for who gave up.
					signed.Add(1 << 40)
					return
				}
				signed.Add(1)
			}
		})
	}
	return signed, func() { close(stop); load.Wait() }
}

// waitFor lets the load go on for some signatures.
func waitFor(signed *atomic.Int64, n int64) {
	for until := signed.Load() + n; signed.Load() < until; {
		runtime.Gosched()
	}
}

func signAndVerify(node *Rotation, nodes []*Rotation, text string) error {
	pair := node.Signing()
	digest := sha256.Sum256([]byte(text))
	signature, err := pair.Signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return err
	}
	for i, other := range nodes {
		if !verifies(other.Published(), pair.KeyID, digest[:], signature) {
			return fmt.Errorf("node %d publishes %s, which does not verify a signature of %s", i, pairsOf(other), pair.Name)
		}
	}
	return nil
}

func verifies(published []*Pair, keyID string, digest, signature []byte) bool {
	for _, p := range published {
		switch key := p.Signer.Public().(type) {
		case *ecdsa.PublicKey:
			if p.KeyID == keyID && ecdsa.VerifyASN1(key, digest, signature) {
				return true
			}
		case *rsa.PublicKey:
			if p.KeyID == keyID && rsa.VerifyPKCS1v15(key, crypto.SHA256, digest, signature) == nil {
				return true
			}
		}
	}
	return false
}

// copyKeys brings a directory to another node, as rsync --delete does.
func copyKeys(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		there[e.Name()] = true
		temp := filepath.Join(to, ".copy")
		if err := os.WriteFile(temp, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(temp, filepath.Join(to, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err = os.ReadDir(to); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !there[e.Name()] {
			if err := os.Remove(filepath.Join(to, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAHalfCopiedDirectoryChangesNothing(t *testing.T) {
	s, p := store(t), testSPID()
	rotation(t, s, p)
	copied := filepath.Join(t.TempDir(), "copied")
	copyKeys(t, s.dir, copied)
	node := rotation(t, reopen(t, copied), p)
	if _, err := s.Next(p, now); err != nil {
		t.Fatal(err)
	}
	state, err := os.ReadFile(s.path(p.state()))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(copied, p.state()), state, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Reload(); !errors.Is(err, os.ErrNotExist) || pairsOf(node) != "saml:signing" {
		t.Errorf("%s, %v", pairsOf(node), err)
	}
	copyKeys(t, s.dir, copied)
	reload(t, node, true)
}

func TestFilesOfARotationAreForTheOwnerOnly(t *testing.T) {
	s, p := store(t), testSPID()
	node := rotation(t, s, p)
	if _, err := s.Next(p, now); err != nil {
		t.Fatal(err)
	}
	files, err := s.Files()
	if err != nil || len(files) != 5 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(s.path(f)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", f, info.Mode(), err)
		}
		if err := os.Chmod(s.path(f), 0o644); err != nil {
			t.Fatal(err)
		}
		wantError(t, errOf(s.Rotation(p, now)), f, "0644", "chmod 600")
		if err := os.Chmod(s.path(f), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reload(t, node, true)
}

func TestCommandsAtTheSameTimeAreDoneOneAfterTheOther(t *testing.T) {
	s, p := store(t), TokenES256()
	rotation(t, s, p)
	var all sync.WaitGroup
	var made atomic.Int64
	for range 8 {
		all.Go(func() {
			if _, err := s.Next(p, now); err == nil {
				made.Add(1)
			} else if !errors.Is(err, errNextThere) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if files, err := s.Files(); made.Load() != 1 || err != nil || len(files) != 3 {
		t.Errorf("%d made, files %v, %v", made.Load(), files, err)
	}
}

// fakeToken keeps keys as a token would.
type fakeToken map[string]crypto.Signer

func (f fakeToken) Public(label string) (crypto.PublicKey, error) {
	if s, ok := f[label]; ok {
		return s.Public(), nil
	}
	return nil, errors.New("no such key")
}

func (f fakeToken) Signer(label string, public crypto.PublicKey) crypto.Signer {
	return remote{f, label, public}
}

// remote asks the token when it signs, not before.
type remote struct {
	token  fakeToken
	label  string
	public crypto.PublicKey
}

func (r remote) Public() crypto.PublicKey { return r.public }

func (r remote) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s, ok := r.token[r.label]
	if !ok {
		return nil, errors.New("the token is away")
	}
	return s.Sign(random, digest, opts)
}

func TestAKeyInATokenIsAPairLikeOthers(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	token, p := fakeToken{"hsm-1": key}, testSPID()
	dir := filepath.Join(t.TempDir(), "keys")
	s, err := Open(dir, "gateway", WithToken(token))
	if err != nil {
		t.Fatal(err)
	}
	node := rotation(t, s, p)
	for label, says := range map[string]string{"nobody": "no such key", "a/b": "no label", "": "no label"} {
		wantError(t, errOf(s.NextFromToken(p, now, label)), says)
	}
	name, err := s.NextFromToken(p, now, "hsm-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Promote(p, now.Add(day), false); err != nil {
		t.Fatal(err)
	}
	reload(t, node, true)
	c := node.Signing().Certificate
	if node.Signing().Name != name || c.CheckSignature(x509.SHA256WithRSA, c.RawTBSCertificate, c.Signature) != nil {
		t.Errorf("now %s", pairsOf(node))
	}
	delete(token, "hsm-1")
	if away := rotation(t, s, p); pairsOf(away) != "saml-2:signing saml:retired" {
		t.Errorf("without its token a node starts with %s", pairsOf(away))
	}
	wantError(t, errOf(reopen(t, dir).Rotation(p, now)), "no token is configured")
	for text, says := range map[string]string{
		"":                                   "begin with",
		"pkcs11:object=a%2Fb;type=private\n": "begin with",
		"pkcs11:object=hsm-1;type=private\nhello":  "PEM",
		"pkcs11:object=hsm-1;pin-value=1;type=x\n": "begin with",
	} {
		if err := os.WriteFile(s.path(name+tokenSuffix), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		wantError(t, errOf(s.Rotation(p, now)), says)
	}
}

func BenchmarkSigningLookup(b *testing.B) {
	pair := &Pair{Name: "x"}
	r := Fixed(pair)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if r.Signing() != pair {
				b.Fatal("another pair")
			}
		}
	})
}
