package plant

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/trustlist"
)

// CheckCards tells what keeps cards from being read: the files that the listener needs.
func CheckCards(c cns.Config) error {
	if !c.Configured() {
		return nil
	}
	if _, err := trustlist.Certificates(c.Authorities); err != nil {
		return fmt.Errorf("idp.cns.authorities: %w", err)
	}
	if _, err := tls.LoadX509KeyPair(c.Certificate, c.Key); err != nil {
		return fmt.Errorf("idp.cns.certificate: %w", err)
	}
	return nil
}

// cards gives what judges cards, nil where there is no listener for them.
func (g *Ground) cards(c cns.Config) (*cns.Judge, error) {
	if !c.Configured() {
		return nil, nil
	}
	c = c.WithDefaults()
	issuers, err := trustlist.Certificates(c.Authorities)
	if err != nil {
		return nil, fmt.Errorf("idp.cns.authorities: %w", err)
	}
	if len(issuers) == 0 {
		return nil, errors.New("idp.cns.authorities: there is no certificate in the files")
	}
	pool := x509.NewCertPool()
	for _, one := range issuers {
		pool.AddCert(one)
	}
	reach, err := c.Options()
	if err != nil {
		return nil, fmt.Errorf("idp.cns.%w", err)
	}
	fetcher := authorities.New(reach, g.Now)
	return &cns.Judge{Authorities: pool, Policies: c.Policies, Fetcher: fetcher, Now: g.Now}, nil
}

// cardEndpoint is the listener that asks for cards, none where the way is not offered.
func cardEndpoint(c cns.Config, handler http.Handler, now func() time.Time) ([]Endpoint, error) {
	if handler == nil {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, fmt.Errorf("idp.cns.certificate: %w", err)
	}
	return []Endpoint{{Name: "cns", Address: c.Listen, Handler: handler, door: &cns.Door{Certificate: pair, Limits: cns.DefaultLimits(), Now: now}}}, nil
}
