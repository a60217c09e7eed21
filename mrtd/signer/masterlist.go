package signer

import (
	"encoding/asn1"
	"fmt"
	"time"
)

// MasterList is a list of certificates of countries that one of them has gathered and
// signed (ICAO 9303-12).
type MasterList struct {
	Countries []*Certificate
	// Left are the certificates that are not understood, or are no country's, and why: a
	// list of hundreds always holds some.
	Left   []error
	Signer *Certificate
}

var (
	oidMasterList = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 2}
	// useMasterList is the extended key usage of who may sign one.
	useMasterList = asn1.ObjectIdentifier{2, 23, 136, 1, 1, 3}
)

const (
	maxMasterList = 8 << 20
	maxCountries  = 4096
)

// ParseMasterList reads a list whose signer was certified by a country that the caller
// already believes, and says at which time.
func ParseMasterList(der []byte, believed *Certificate, now time.Time) (*MasterList, error) {
	if len(der) > maxMasterList {
		return nil, fmt.Errorf("%w: master list of %d bytes", ErrMalformed, len(der))
	}
	e, err := openEnvelope(der, oidMasterList)
	if err != nil {
		return nil, err
	}
	if err := e.signer.IssuedBy(believed); err != nil {
		return nil, fmt.Errorf("signer of a master list: %w", err)
	}
	if err := e.verify(); err != nil {
		return nil, fmt.Errorf("master list: %w", err)
	}
	if !e.signer.ValidAt(now) || !believed.ValidAt(now) || !e.signer.maySignLists() {
		return nil, fmt.Errorf("%w: %q may not sign master lists now", ErrMalformed, e.signer.Subject)
	}
	var list struct {
		Version      int
		Certificates []asn1.RawValue `asn1:"set"`
	}
	if !whole(e.content, &list) || list.Version != 0 || len(list.Certificates) > maxCountries {
		return nil, fmt.Errorf("%w: list of %d certificates", ErrMalformed, len(list.Certificates))
	}
	out := &MasterList{Signer: e.signer}
	for _, raw := range list.Certificates {
		c, err := ParseCertificate(raw.FullBytes)
		if err == nil && !c.IsCountry() {
			err = fmt.Errorf("%w: %q may not sign certificates", ErrMalformed, c.Subject)
		}
		if err != nil {
			out.Left = append(out.Left, err)
			continue
		}
		out.Countries = append(out.Countries, c)
	}
	return out, nil
}
