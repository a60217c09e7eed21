package spidsaml

import "slices"

// Kind says what a service provider is to the federation: a body that offers its own
// services, or one that brings the services of others in. // Avviso SPID 29, Avviso SPID 19
type Kind string

// The kinds.
const (
	Public                Kind = "public"
	Private               Kind = "private"
	AggregatorPublicFull  Kind = "aggregator-public-full"
	AggregatorPublicLite  Kind = "aggregator-public-lite"
	AggregatorPrivateFull Kind = "aggregator-private-full"
	AggregatorPrivateLite Kind = "aggregator-private-lite"
	OperatorPublicFull    Kind = "operator-public-full"
	OperatorPublicLite    Kind = "operator-public-lite"
)

// Profile is what the rules ask of the metadata of a kind.
type Profile struct {
	Kind Kind
	// Type is the element that names the kind in the contact of who signs.
	Type string
	// Activity must be part of the entityID; empty for who offers its own services.
	Activity string
	// AggregatedType is that element in the contact of the body whose services are
	// brought in; empty when there is no such contact.
	AggregatedType string
	// Private services are billed, and their certificate comes from the authority.
	Private bool
	// Light kinds publish the key by which what they bring in is validated.
	Light bool
	// Operator is a body whose own legal name stands in the metadata.
	Operator bool
}

// Profiles lists the kinds in the order of the rules. The list is shared: callers only
// read it. // Avviso SPID 19
func Profiles() []Profile { return profiles }

var profiles = []Profile{
	{Kind: Public, Type: "Public"},
	{Kind: Private, Type: "Private", Private: true},
	{Kind: AggregatorPublicFull, Type: "PublicServicesFullAggregator", Activity: "pub-ag-full", AggregatedType: "Public"},
	{Kind: AggregatorPublicLite, Type: "PublicServicesLightAggregator", Activity: "pub-ag-lite", AggregatedType: "Public", Light: true},
	{Kind: AggregatorPrivateFull, Type: "PrivateServicesFullAggregator", Activity: "pri-ag-full", AggregatedType: "Private", Private: true},
	{Kind: AggregatorPrivateLite, Type: "PrivateServicesLightAggregator", Activity: "pri-ag-lite", AggregatedType: "Private", Private: true, Light: true},
	{Kind: OperatorPublicFull, Type: "PublicServicesFullOperator", Activity: "pub-op-full", Operator: true},
	{Kind: OperatorPublicLite, Type: "PublicServicesLightOperator", Activity: "pub-op-lite", AggregatedType: "Public", Operator: true, Light: true},
}

// Profile finds the row of a kind; that of Public for "". ok is false for an unknown
// kind.
func (k Kind) Profile() (p Profile, ok bool) {
	if k == "" {
		k = Public
	}
	i := slices.IndexFunc(profiles, func(p Profile) bool { return p.Kind == k })
	if i < 0 {
		return Profile{}, false
	}
	return profiles[i], true
}

// OfOthers reports whether the services of others are brought in, so that contacts say
// who is who.
func (p Profile) OfOthers() bool { return p.Activity != "" }
