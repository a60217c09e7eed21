package spidsaml

import (
	"crypto"
	"strconv"
	"time"

	"atrio/base/fault"
	"atrio/saml"
	"atrio/saml/metadata"
)

// Service is a service provider as an identity provider sees it.
type Service struct {
	EntityID string
	// DisplayNames are the names shown to the person, by language.
	DisplayNames metadata.Localized
	// Consumers are the addresses for answers, by HTTP-POST.
	Consumers []metadata.Consumer
	// Logout are its addresses for logout, one per binding.
	Logout []metadata.Endpoint
	// AttributeSets are what it may ask for.
	AttributeSets []metadata.AttributeSet
	// Certificates hold the keys of its requests; a request signed with a
	// certificate past its date is refused (anomaly 5).
	Certificates []metadata.Certificate
	ValidUntil   time.Time
}

// ReadService reads the metadata of one service from a document that the operator
// trusts.
func ReadService(document []byte, now time.Time) (Service, error) {
	e, err := metadata.ReadTrusted(document, now)
	if err != nil {
		return Service{}, metadataFault(err)
	}
	return ServiceOf(e)
}

// ServiceOf takes what matters from a description that was read as one to be trusted.
func ServiceOf(e *metadata.Entity) (Service, error) {
	if e.Service == nil {
		return Service{}, fault.New(fault.Unprocessable, "error.spid.metadata").For("metadata_no_service")
	}
	s := Service{
		EntityID:      e.EntityID,
		DisplayNames:  metadata.Localized{{Lang: "it", Text: e.EntityID}},
		Logout:        e.Service.Logout,
		AttributeSets: e.Service.AttributeSets,
		Certificates:  e.Service.Certificates,
		ValidUntil:    e.ValidUntil,
	}
	if o := e.Organization; o != nil && len(o.DisplayNames) > 0 {
		s.DisplayNames = o.DisplayNames
	}
	for _, c := range e.Service.Consumers {
		if c.Binding == saml.BindingPost { // SPID-RT 1.2.2: answers travel by POST only
			s.Consumers = append(s.Consumers, c)
		}
	}
	switch {
	case len(s.Consumers) == 0:
		return Service{}, fault.New(fault.Unprocessable, "error.spid.metadata").For("metadata_no_endpoint")
	case len(s.Keys(time.Time{})) == 0:
		return Service{}, fault.New(fault.Unprocessable, "error.spid.metadata").For("metadata_no_key")
	}
	return s, nil
}

// Keys are the keys whose certificates are valid at a time; all of them at the zero
// time.
func (s Service) Keys(at time.Time) []crypto.PublicKey {
	return metadata.SigningKeys(s.Certificates, at)
}

// Current reports whether the metadata still counts (SAML-metadata 2.3.2).
func (s Service) Current(now time.Time) bool {
	return s.ValidUntil.IsZero() || now.Before(s.ValidUntil)
}

// defaultConsumer is the one marked so, else the first one not marked otherwise, else
// the first (SAML-metadata 2.2.3).
func (s Service) defaultConsumer() metadata.Consumer {
	for _, c := range s.Consumers {
		if c.Default {
			return c
		}
	}
	return s.Consumers[0]
}

func (s Service) consumer(index string) (metadata.Consumer, bool) {
	for _, c := range s.Consumers {
		if strconv.Itoa(c.Index) == index {
			return c, true
		}
	}
	return metadata.Consumer{}, false
}

func (s Service) consumerAt(location string) (metadata.Consumer, bool) {
	for _, c := range s.Consumers {
		if c.Location == location {
			return c, true
		}
	}
	return metadata.Consumer{}, false
}

func (s Service) attributeSet(index string) (metadata.AttributeSet, bool) {
	for _, set := range s.AttributeSets {
		if strconv.Itoa(set.Index) == index {
			return set, true
		}
	}
	return metadata.AttributeSet{}, false
}
