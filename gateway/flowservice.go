package gateway

// purposeOf is the kinds of SPID identity that a service takes, empty for one that
// does not say. // Avviso SPID 18
func (f *Flow) purposeOf(service string) string {
	if s, ok := f.Services.ByClientID(service); ok {
		return s.Purpose
	}
	return ""
}

// unitOf is the unit that owns a service, whose clerks help the people who come by it.
func (f *Flow) unitOf(service string) string {
	if s, ok := f.Services.ByClientID(service); ok {
		return s.Owner.Unit
	}
	return ""
}
