package registry

import (
	"atrio/federation/spid/spidsaml"
	"atrio/saml/metadata"
)

// Registry knows the identity providers of one world.
type Registry struct{ *book[spidsaml.Provider] }

// New makes a registry; it knows nobody before Load.
func New(c Config) (*Registry, error) {
	b, err := newBook(c, face[spidsaml.Provider]{
		of:           spidsaml.ProviderOf,
		certificates: func(e *metadata.Entity) []metadata.Certificate { return e.Provider.Certificates },
		name:         func(p spidsaml.Provider) string { return p.Name },
	})
	if err != nil {
		return nil, err
	}
	return &Registry{b}, nil
}

// Provider finds a provider by its entityID.
func (r *Registry) Provider(entityID string) (spidsaml.Provider, bool) { return r.find(entityID) }

// Providers lists the providers whose descriptions count now.
func (r *Registry) Providers() []spidsaml.Provider { return r.offered() }

// Services knows the services that may ask an identity provider.
type Services struct{ *book[spidsaml.Service] }

// NewServices makes a registry of services; it knows nobody before Load.
func NewServices(c Config) (*Services, error) {
	b, err := newBook(c, face[spidsaml.Service]{
		of:           spidsaml.ServiceOf,
		certificates: func(e *metadata.Entity) []metadata.Certificate { return e.Service.Certificates },
		name:         func(s spidsaml.Service) string { return s.DisplayNames.In("it") },
	})
	if err != nil {
		return nil, err
	}
	return &Services{b}, nil
}

// Service finds a service by its entityID.
func (s *Services) Service(entityID string) (spidsaml.Service, bool) { return s.find(entityID) }
