package samldoor

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid/spidsaml"
	"atrio/saml/metadata"
	"atrio/saml/samltest"
	"atrio/saml/xmlsec"
)

// away is a key whose token is away, and counts who asks.
type away struct {
	crypto.Signer
	asked atomic.Int64
}

func (a *away) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	a.asked.Add(1)
	return nil, fault.New(fault.Unavailable, "error.unavailable")
}

func (a *away) Public() crypto.PublicKey { return a.Signer.Public() }

func describedDoor(s *atomic.Pointer[xmlsec.Signer]) *Metadata {
	it := func(text string) metadata.Localized { return metadata.Localized{{Lang: "it", Text: text}} }
	sp := &spidsaml.SP{
		EntityID: "https://porta.example.it", ACSURL: "https://porta.example.it/spid/acs", SLOURL: "https://porta.example.it/spid/slo",
		Organization:  metadata.Organization{Names: it("Ente"), DisplayNames: it("Ente"), URLs: it("https://example.it")},
		Contact:       spidsaml.Contact{IPACode: "prova", Email: "spid@example.it"},
		AttributeSets: []spidsaml.AttributeSet{{Names: it("Accesso"), Attributes: []string{"spidCode"}}},
		Signer:        xmlsec.Signer{Source: func() xmlsec.Signer { return *s.Load() }},
	}
	return &Metadata{
		Path: "/spid/metadata", Describe: sp.Metadata, KeyMark: sp.KeyMark,
		Now: func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
	}
}

func TestMetadataAreSignedOnceForEachSetOfKeys(t *testing.T) {
	one, two := samltest.RSA(t), samltest.RSA(t)
	var signer atomic.Pointer[xmlsec.Signer]
	signer.Store(&one)
	d := describedDoor(&signer)
	get := func(tag string) *httptest.ResponseRecorder {
		t.Helper()
		r, w := httptest.NewRequest(http.MethodGet, d.Path, nil), httptest.NewRecorder()
		r.Header.Set("If-None-Match", tag)
		if err := d.serve(w, r); err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := get("")
	tag := first.Header().Get("ETag")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if w := get(""); w.Header().Get("ETag") != tag {
				t.Error("signed again")
			}
		})
	}
	all.Wait()
	if w := get(tag); w.Code != http.StatusNotModified {
		t.Errorf("the tag is known: %d", w.Code)
	}
	signer.Store(&two)
	second := get(tag)
	if second.Code != http.StatusOK || second.Header().Get("ETag") == tag {
		t.Fatalf("with another key: %d", second.Code)
	}
	if _, err := metadata.ReadSigned(second.Body.Bytes(), samltest.Public(two), d.Now()); err != nil {
		t.Error(err)
	}
}

func TestWhileTheNewKeyIsAwayTheDocumentBeforeIsServed(t *testing.T) {
	one := samltest.RSA(t)
	other := samltest.RSA(t)
	gone := &away{Signer: other.Key}
	absent := xmlsec.Signer{Key: gone, Certificate: other.Certificate}
	var signer atomic.Pointer[xmlsec.Signer]
	signer.Store(&absent)
	d := describedDoor(&signer)
	if _, err := d.Document(); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("nothing to serve yet: %v", err)
	}
	signer.Store(&one)
	before, err := d.Document()
	if err != nil {
		t.Fatal(err)
	}
	signer.Store(&absent)
	during, err := d.Document()
	if err != nil || !bytes.Equal(during, before) || gone.asked.Load() != 2 {
		t.Errorf("%v, the key was asked %d times", err, gone.asked.Load())
	}
	signer.Store(&other)
	after, err := d.Document()
	if err != nil || bytes.Equal(after, before) {
		t.Errorf("the key is back: %v", err)
	}
	if _, err := metadata.ReadSigned(after, []crypto.PublicKey{other.Key.Public().(*rsa.PublicKey)}, d.Now()); err != nil {
		t.Error(err)
	}
}
