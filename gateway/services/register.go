package services

// Register finds services. It is built once and only read afterwards.
type Register struct {
	list     []*Service
	byClient map[string]*Service
}

// NewRegister fills in defaults and checks the entries; with any error there is
// no register.
func NewRegister(entries []Service) (*Register, []error) {
	r := &Register{byClient: make(map[string]*Service, len(entries))}
	for _, e := range entries {
		s := e.withDefaults()
		r.list = append(r.list, &s)
		r.byClient[s.ClientID] = &s
	}
	if errs := Validate(entries); len(errs) > 0 {
		return nil, errs
	}
	return r, nil
}

// ByClientID finds a service by its OpenID Connect name.
func (r *Register) ByClientID(id string) (*Service, bool) {
	s, ok := r.byClient[id]
	return s, ok
}

// All lists the services in the order of the configuration.
func (r *Register) All() []*Service { return r.list }

// NameOf gives the display name of a service, its identifier when it is not registered any
// more, nothing when there is none.
func (r *Register) NameOf(id, lang string) string {
	if s, ok := r.ByClientID(id); ok {
		return s.Name.In(lang)
	}
	return id
}

// Identifiers are those of all services.
func (r *Register) Identifiers() (ids []string) {
	for _, s := range r.list {
		ids = append(ids, s.ClientID)
	}
	return ids
}

func (s Service) withDefaults() Service {
	if s.IDTokenAlg == "" {
		s.IDTokenAlg = ES256
	}
	if s.Auth == PrivateKeyJWT && s.AssertionAlg == "" {
		s.AssertionAlg = ES256
	}
	if s.Sector == "" {
		s.Sector, _ = commonHost(s.RedirectURIs)
	}
	return s
}

// Redirects reports whether uri is registered, byte by byte.
// RFC 9700 2.1, ASVS 10.4.1
func (s *Service) Redirects(uri string) bool { return contains(s.RedirectURIs, uri) }

// LogsOutTo reports whether a logout may lead to uri, byte by byte.
func (s *Service) LogsOutTo(uri string) bool { return contains(s.PostLogoutRedirectURIs, uri) }

// Gets reports whether the attribute is released to the service.
func (s *Service) Gets(attribute string) bool {
	for _, rel := range s.Release {
		if rel.Attribute == attribute {
			return true
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}
