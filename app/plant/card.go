package plant

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/cns"
	"atrio/idp/proofing/trustlist"
)

// CheckCards tells what keeps cards from being read: the files that the listener needs, and
// a certificate that browsers do not take.
func CheckCards(c cns.Config, now time.Time) (warning string, err error) {
	if !c.Configured() {
		return "", nil
	}
	_, err = issuers(c)
	own, unread := tls.LoadX509KeyPair(c.Certificate, c.Key)
	if unread != nil {
		return "", errors.Join(err, fmt.Errorf("idp.cns.certificate: %w", unread))
	}
	const soon = 14 * 24 * time.Hour
	host, leaf := "", own.Leaf
	if u, wrong := url.Parse(c.BaseURL); wrong == nil {
		host = u.Hostname()
	}
	if wrong := leaf.VerifyHostname(host); wrong != nil {
		err = errors.Join(err, fmt.Errorf("idp.cns.certificate: is not for the name in idp.cns.base_url: %w", wrong))
	}
	switch end := leaf.NotAfter.Format(time.DateOnly); {
	case now.After(leaf.NotAfter):
		err = errors.Join(err, fmt.Errorf("idp.cns.certificate: ended on %s: browsers refuse it", end))
	case now.Add(soon).After(leaf.NotAfter):
		warning = fmt.Sprintf("idp.cns.certificate: ends on %s; renew it and restart", end)
	}
	return warning, err
}

// issuers are the authorities that issue cards, one at least.
func issuers(c cns.Config) ([]*x509.Certificate, error) {
	list, err := trustlist.Certificates(c.Authorities)
	if err != nil {
		return nil, fmt.Errorf("idp.cns.authorities: %w", err)
	}
	if len(list) == 0 {
		return nil, errors.New("idp.cns.authorities: there is no certificate in the files")
	}
	return list, nil
}

// cards gives what judges cards, nil where there is no listener for them.
func (g *Ground) cards(c cns.Config) (*cns.Judge, error) {
	if !c.Configured() {
		return nil, nil
	}
	c = c.WithDefaults()
	list, err := issuers(c)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, one := range list {
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
