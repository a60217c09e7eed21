// Package office is the desk of a public body that identifies people for every provider
// (RAO): an operator sees the person and the papers, types what they say, and the seal of
// the body closes it into a token. // 1.8, I8
//
// It owns which desks seal and what an operator has to have seen. The form of tokens is
// package sealed's, fields and their rules are form's; who the operator is and that their
// key answered just now is operator's. Nothing stays here: token and second half of the
// code go to the person, the first half stands on one page once, and the log has the
// numbers of token and identification. // A16, A26
package office

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"time"

	"atrio/base/audit"
	"atrio/base/notify"
	"atrio/base/ratelimit"
	"atrio/idp/backoffice/operator"
	"atrio/idp/enrolment/apply"
	"atrio/idp/enrolment/form"
	"atrio/idp/proofing/point"
	"atrio/idp/proofing/rao/sealed"
	"atrio/web"
	"atrio/web/ui"
)

//go:embed pages texts
var files embed.FS

// Pages are the pages of this package and their texts.
func Pages() ui.Pages { return ui.Pages{Name: "office", FS: files} }

// Path is the page; it stands below that of Points.
const Path = operator.PointPath + "/token"

// Body is a public body with its seal.
type Body struct {
	// Code is that of the body (IPA), Name what people call it.
	Code, Name string
	Seal       sealed.Seal
}

// Open reads the seals of the circuits that are public bodies, by circuit.
func Open(circuits []point.CircuitConfig) (map[string]Body, error) {
	bodies := map[string]Body{}
	for n, c := range circuits {
		if !c.RAO {
			continue
		}
		seal, err := open(c.SealCertificate, c.SealKey)
		if err != nil {
			return nil, fmt.Errorf("idp.circuit[%d].seal_certificate: %w", n, err)
		}
		bodies[c.ID] = Body{Code: c.IssuerCode, Name: c.Name, Seal: seal}
	}
	return bodies, nil
}

// minRSA is the shortest key that tokens are sealed with.
const minRSA = 2048

func open(certificate, key string) (s sealed.Seal, err error) {
	pair, err := tls.LoadX509KeyPair(certificate, key) // also that they fit
	if err != nil {
		return s, err
	}
	private, ok := pair.PrivateKey.(*rsa.PrivateKey)
	if !ok || private.N.BitLen() < minRSA {
		return s, fmt.Errorf("the key must be an RSA key of %d bits or more: tokens are signed by RS256", minRSA)
	}
	s.Key = private
	for _, der := range pair.Certificate {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return s, err
		}
		s.Certificates = append(s.Certificates, c)
	}
	return s, nil
}

// Check tells what will keep a seal from being believed: a certificate that ends.
func Check(bodies map[string]Body, now time.Time) (warnings []string, err error) {
	const soon = 30 * 24 * time.Hour
	for circuit, b := range bodies {
		end := b.Seal.Certificates[0].NotAfter
		switch day := end.Format(time.DateOnly); {
		case now.After(end):
			err = errors.Join(err, fmt.Errorf("idp.circuit %q: the certificate of the seal ended on %s: nobody takes its tokens", circuit, day))
		case now.Add(soon).After(end):
			warnings = append(warnings, fmt.Sprintf("idp.circuit %q: the certificate of the seal ends on %s; tokens of before are refused then", circuit, day))
		}
	}
	return warnings, err
}

// Store is what this package needs of the database; idpdb implements it.
type Store interface {
	// NoteSealed counts a token, queues what the person gets and writes the line, in one
	// commit. Where one of the bounds admits no other, nothing is kept or counted: it is
	// named, with the time until it does.
	NoteSealed(ctx context.Context, s Sealed) (over string, wait time.Duration, err error)
}

// Sealed is a token that was sealed. Nothing of it is kept.
type Sealed struct {
	// Operator and Point are counted by day; Odd: at an unusual time or place.
	Operator, Point string
	Odd             bool
	Bounds          []ratelimit.Bucket
	Messages        []notify.Message
	Line            audit.Event
}

// Office serves the pages.
type Office struct {
	Desk      *operator.Desk
	Directory *point.Directory
	// Bodies are those whose desks are here, by circuit.
	Bodies map[string]Body
	Places form.Places
	Store  Store
	// Limiter and Limits bound what desks seal and the messages that go out from them. // A03, A16
	Limiter   *ratelimit.Limiter
	Limits    apply.Limits
	SMSSender string
}

// Mount gives the pages their addresses.
func (o *Office) Mount(m *web.Mux) {
	staff := o.Desk.Staff(operator.Collector)
	m.Get(Path, o.page, staff)
	m.Post(Path, o.issue, staff, o.Desk.Limit)
}
