package services

import (
	"atrio/federation/spid/spidsaml"
	"atrio/saml/metadata"
)

// AttributeSets are those of the services that have one of their own.
func (r *Register) AttributeSets() []spidsaml.AttributeSet {
	var sets []spidsaml.AttributeSet
	for _, s := range r.All() {
		if s.AttributeIndex != 0 {
			sets = append(sets, spidsaml.AttributeSet{
				Index: s.AttributeIndex, Names: metadata.Localized{{Lang: "it", Text: s.Name.It}, {Lang: "en", Text: s.Name.En}}, Attributes: s.SPIDAttributes,
			})
		}
	}
	return sets
}

// AttributeIndex names the set of attributes to ask for when people come for a service; 0
// is that of the gateway itself.
func (r *Register) AttributeIndex(service string) int {
	if s, ok := r.ByClientID(service); ok {
		return s.AttributeIndex
	}
	return 0
}
