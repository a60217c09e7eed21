// Package trustlist reads trusted lists of the European Union (eIDAS art. 22; versions 5
// and 6 of ETSI TS 119 612) and the list of these lists: which authority was granted
// to issue qualified certificates, and when.
//
// A document is verified first, and only the verified octets are read
// (saml/xmlsec.VerifyXAdES). Who may sign a list is said by whoever imports it: the
// certificates that the list of lists gives for a territory, or the Official Journal
// for the list of lists itself. There is no network here.
package trustlist

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"strconv"
	"time"
)

// Types of services that matter (ETSI TS 119 612 5.5.1).
const (
	QualifiedCertificates = svctype + "CA/QC"
	QualifiedTimeStamps   = svctype + "TSA/QTST"

	svctype = "http://uri.etsi.org/TrstSvc/Svctype/"
)

// Statuses of a service (ETSI TS 119 612 5.5.4). Those before the regulation applied
// count only for the time before it.
const (
	Granted = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"

	underSupervision = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/undersupervision"
	inCessation      = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/supervisionincessation"
	accredited       = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/accredited"
)

// regulation is the day from which eIDAS applies (art. 52).
var regulation = time.Date(2016, 7, 1, 0, 0, 0, 0, time.UTC)

// List is a verified list.
type List struct {
	Territory string
	// Version is TSLVersionIdentifier, Sequence TSLSequenceNumber.
	Version, Sequence int
	Issued            time.Time
	// NextUpdate is zero where the list is closed: it is then never fresh.
	NextUpdate time.Time
	// Services are those of the types that matter.
	Services []*Service
	// Pointers lead from the list of lists to the others.
	Pointers []Pointer
	// Digest is SHA-256 of the document as it came.
	Digest [sha256.Size]byte
}

// Pointer says where a list is and who signs it.
type Pointer struct {
	Territory, Location string
	Signers             []*x509.Certificate
}

// Service is an entry with its history.
type Service struct {
	Provider, Name, Type string
	Certificates         []*x509.Certificate
	// Periods are newest first.
	Periods []Period
}

// Period is the state of a service from a time on.
type Period struct {
	Status string
	Since  time.Time
	// ForSignatures says that the service issues for signatures of people (ForeSignatures).
	ForSignatures bool
	// Unusable says that an extension is critical and not understood (5.5.9).
	Unusable bool

	qualifications []qualification
}

// String names the list for evidence.
func (l *List) String() string {
	return l.Territory + " " + strconv.Itoa(l.Sequence) + " sha256:" + hex.EncodeToString(l.Digest[:])
}

// Fresh says whether the list may be used at a time.
func (l *List) Fresh(at time.Time) bool {
	return l != nil && !l.Issued.After(at) && !l.NextUpdate.Before(at)
}

// Signers are the certificates that the list of lists gives for a territory.
func (l *List) Signers(territory string) []*x509.Certificate {
	var all []*x509.Certificate
	for _, p := range l.Pointers {
		if p.Territory == territory {
			all = append(all, p.Signers...)
		}
	}
	return all
}

// At is the state of the service at a time, nil before its first.
func (s *Service) At(t time.Time) *Period {
	for i := range s.Periods {
		if !s.Periods[i].Since.After(t) {
			return &s.Periods[i]
		}
	}
	return nil
}

// Good says whether the service was granted at a time, or was under supervision when
// there was nothing else.
func (s *Service) Good(t time.Time) bool {
	p := s.At(t)
	if p == nil || p.Unusable {
		return false
	}
	switch p.Status {
	case Granted:
		return true
	case underSupervision, inCessation, accredited:
		return t.Before(regulation)
	}
	return false
}

// Issuer finds the certificate of a listed authority that issued c, and the services of
// a type that have that key. The signature on c is verified here.
func (l *List) Issuer(c *x509.Certificate, kind string) (*x509.Certificate, []*Service) {
	var issuer *x509.Certificate
	var found []*Service
	for _, s := range l.Services {
		if s.Type != kind {
			continue
		}
		for _, ca := range s.Certificates {
			if !bytes.Equal(ca.RawSubject, c.RawIssuer) || c.CheckSignatureFrom(ca) != nil {
				continue
			}
			if issuer == nil || ca.NotAfter.After(issuer.NotAfter) {
				issuer = ca
			}
			found = append(found, s)
			break
		}
	}
	return issuer, found
}

// Itself finds the services of a type that have this very certificate.
func (l *List) Itself(c *x509.Certificate, kind string) []*Service {
	var found []*Service
	for _, s := range l.Services {
		for _, own := range s.Certificates {
			if s.Type == kind && own.Equal(c) {
				found = append(found, s)
				break
			}
		}
	}
	return found
}
