package simulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/xmlsec"
	"atrio/web"
)

// Scheme is what makes a simulated provider the provider of its scheme.
type Scheme struct {
	// Words begins the keys of its texts: "demo.cie".
	Words string
	// Logins is the path under which the pages of a login are: "/cie/idp/login/".
	Logins string
	People []Holder
	// Codes are the anomalies with which the scheme ends a login.
	Codes []int
	// Needed is the attribute without which nobody can be recognised.
	Needed string
	// Labels are the keys of the labels of attributes that the scheme calls by another
	// name than SPID; optional.
	Labels map[string]string
	// Manners is true where the rules leave liberties (Manner).
	Manners bool
	// Dress gives a right answer the form of the scheme, before it is signed; optional.
	Dress func(r *saml.Response, v Visit)
	// Agreed is told of a right answer that leaves; optional.
	Agreed func(v Visit)
}

// Provider is a simulated provider: one scheme, its own keys, and the services that
// it was introduced to.
type Provider struct {
	Scheme
	Site *web.Site
	IdP  *spidsaml.IdP
	Now  func() time.Time

	Visits Visits

	mu       sync.Mutex
	services map[string]spidsaml.Service
	sent     map[string][]byte // the last right answer, by service
	stranger xmlsec.Signer
}

// Introduce makes a service known by its metadata, as the federation does.
func (p *Provider) Introduce(document []byte) error {
	s, err := spidsaml.ReadService(document, p.Now())
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.services == nil {
		p.services = map[string]spidsaml.Service{}
	}
	p.services[s.EntityID] = s
	return nil
}

// Service finds a service that was introduced.
func (p *Provider) Service(entityID string) (spidsaml.Service, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.services[entityID]
	return s, ok
}

// Reader checks a request by the rules of a scheme, like spidsaml.IdP.ReadRequest.
type Reader func(in spidsaml.Incoming, services spidsaml.ServiceLookup) (*spidsaml.Authn, *spidsaml.Anomaly)

// Receive takes requests: a right one begins a login, of a wrong one the service or
// the person learns, as the table of anomalies says.
func (p *Provider) Receive(read Reader) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		in, err := p.Incoming(r)
		if err != nil {
			return err
		}
		request, anomaly := read(in, p.Service)
		switch {
		case anomaly != nil && anomaly.To == spid.ToPerson:
			return person(anomaly)
		case anomaly != nil:
			return p.refuse(w, r, request, anomaly.Code)
		}
		return web.Redirect(w, r, p.page(p.Visits.Open(*request, p.Now()), ""))
	}
}

// Incoming is a request as the checks of a scheme want it.
func (p *Provider) Incoming(r *http.Request) (spidsaml.Incoming, error) {
	in := spidsaml.Incoming{Method: r.Method, RawQuery: r.URL.RawQuery, Now: p.Now()}
	switch r.Method {
	case http.MethodHead:
		in.Method = http.MethodGet
	case http.MethodPost:
		if err := r.ParseForm(); err != nil {
			var large *http.MaxBytesError
			if errors.As(err, &large) {
				return in, err
			}
			return in, person(Anomaly(4, "form", err))
		}
		in.Form = r.PostForm
	}
	return in, nil
}

// Anomaly makes a row of the table with what a check found. cause is for logs.
func Anomaly(code int, detail string, cause error) *spidsaml.Anomaly {
	row, _ := spid.LookupAnomaly(code) // all callers use codes of the table
	if cause != nil {
		detail += ": " + cause.Error()
	}
	return &spidsaml.Anomaly{Anomaly: row, Detail: detail}
}

// person makes the page of a request that only the person learns about. SPID-RT
// messaggi di errore: nr 4 to 7 and 10 with status 403
func person(a *spidsaml.Anomaly) error {
	return fault.New(fault.Denied, a.Key).For(a.Reason()).Because(a)
}

// WrongMethod answers what is neither GET nor POST (nr 6).
func (p *Provider) WrongMethod() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Site.Fail(w, r, person(Anomaly(6, "method", nil)))
	})
}

// errEnded answers what comes for a login that is over or never was.
var errEnded = fault.New(fault.Gone, "error.demo.login_ended").For("demo_login_ended")

// At serves a page of a login.
func (p *Provider) At(h func(w http.ResponseWriter, r *http.Request, v Visit) error) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, ok := p.Visits.Find(r.PathValue("visit"), p.Now())
		if !ok {
			return errEnded
		}
		return h(w, r, v)
	}
}

// page is the address of a page of a login; "" is the first one.
func (p *Provider) page(v Visit, name string) string {
	if name == "" {
		return p.Logins + v.ID
	}
	return p.Logins + v.ID + "/" + name
}

// Go leads to a page of a login.
func (p *Provider) Go(w http.ResponseWriter, r *http.Request, v Visit, name string) error {
	return web.Redirect(w, r, p.page(v, name))
}

// Mount adds the pages that every simulated provider has.
func (p *Provider) Mount(m *web.Mux) {
	at := p.Logins + "{visit}/"
	m.Get(at+"consent", p.At(p.consent))
	m.Post(at+"consent", p.At(p.decide))
	m.Post(at+"end", p.At(p.end))
	m.Get(at+"trial", p.At(p.trial))
	m.Post(at+"spoil", p.At(p.spoil))
	m.Post(at+"manner", p.At(p.manner))
}

// Metadata serves a description as it is.
func Metadata(document func() ([]byte, error)) web.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		data, err := document()
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		tag := `"` + hex.EncodeToString(sum[:16]) + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		w.Header().Set("Content-Type", "application/samlmetadata+xml")
		w.Header().Set("Content-Disposition", `inline; filename="metadata.xml"`)
		_, _ = w.Write(data) // a client that went away cannot be told
		return nil
	}
}

// strangerSigner has a key that stands in no metadata.
func (p *Provider) strangerSigner() (xmlsec.Signer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stranger.Key == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return xmlsec.Signer{}, fmt.Errorf("a key of nobody: %w", err)
		}
		p.stranger = xmlsec.Signer{Key: key, Hash: p.IdP.Signer.Hash}
	}
	return p.stranger, nil
}

// reports says whether the scheme ends logins with a code.
func (p *Provider) reports(code int) bool { return slices.Contains(p.Codes, code) }
