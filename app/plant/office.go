package plant

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"atrio/idp"
	"atrio/idp/proofing/authorities"
	"atrio/idp/proofing/rao"
	"atrio/idp/proofing/rao/office"
	"atrio/idp/proofing/trustlist"
)

// CheckOffices tells what keeps tokens of public offices from being judged or sealed: files
// that cannot be read, and a seal that ends.
func CheckOffices(c idp.Config, now time.Time) (warning string, err error) {
	if c.RAO.Configured() {
		_, _, err = believed(c.RAO)
	}
	bodies, unread := office.Open(c.Circuits)
	warnings, over := office.Check(bodies, now)
	return strings.Join(warnings, "; "), errors.Join(err, unread, over)
}

// believed are the authorities that issue seals, one at least, and the register of bodies.
func believed(c rao.Config) (*x509.CertPool, rao.Register, error) {
	list, err := trustlist.Certificates(c.Authorities)
	if err != nil {
		return nil, nil, fmt.Errorf("idp.rao.authorities: %w", err)
	}
	if len(list) == 0 {
		return nil, nil, errors.New("idp.rao.authorities: there is no certificate in the files")
	}
	pool := x509.NewCertPool()
	for _, one := range list {
		pool.AddCert(one)
	}
	register, err := rao.OpenRegister(c.Issuers)
	if err == nil && len(register) == 0 {
		err = errors.New("there is no body in the file")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("idp.rao.issuers: %w", err)
	}
	return pool, register, nil
}

// offices gives what judges tokens of public offices, nil where the way is not configured.
func (g *Ground) offices(c rao.Config) (*rao.Judge, error) {
	if !c.Configured() {
		return nil, nil
	}
	c = c.WithDefaults()
	pool, register, err := believed(c)
	if err != nil {
		return nil, err
	}
	reach, err := c.Options()
	if err != nil {
		return nil, fmt.Errorf("idp.rao.%w", err)
	}
	return &rao.Judge{Authorities: pool, Policies: c.Policies, Register: register, Fetcher: authorities.New(reach, g.Now)}, nil
}
