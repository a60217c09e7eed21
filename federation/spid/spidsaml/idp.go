package spidsaml

import (
	"time"

	"atrio/federation/spid"
	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
)

// IdP is our own provider towards SPID services.
type IdP struct {
	EntityID string
	// SSOURL and SLOURL are our addresses, the same for both bindings.
	SSOURL, SLOURL string
	Organization   metadata.Organization
	Signer         xmlsec.Signer
	// Published gives the certificates, DER, of all keys that others may meet; see SP.
	Published func() [][]byte
	// Attributes are the names of the attributes that we can state.
	Attributes []string
	// OnlySets are the only indexes of attribute sets that a request may name, and
	// must name one of: the Italian eIDAS node takes 99 and 100. Nil leaves it to the
	// metadata of the service.
	OnlySets []int
	// Skew is how far the clocks of services may differ from ours; zero means
	// DefaultSkew.
	Skew time.Duration
	// RequestLife is how old a request may be; zero means DefaultRequestLife.
	RequestLife time.Duration
	// AssertionLife is how long an answer counts; zero means DefaultAssertionLife.
	AssertionLife time.Duration
}

// Lives of messages. The rules give no figure; the official validators use five
// minutes for assertions, and a browser delivers a request at once.
const (
	DefaultRequestLife   = 5 * time.Minute
	DefaultAssertionLife = 5 * time.Minute
)

// ServiceLookup finds the service of an entityID among those we trust.
type ServiceLookup func(entityID string) (Service, bool)

// Incoming is a request as it came to the address of the provider.
type Incoming struct {
	// Method is GET (HTTP-Redirect) or POST (HTTP-POST).
	Method string
	// RawQuery is the query as the client sent it, undecoded.
	RawQuery string
	// Form are the fields of a POST (url.Values).
	Form map[string][]string
	Now  time.Time
}

// Authn is a request that a provider may act upon, or, together with an anomaly for
// the service, as much of it as is needed to answer. It is plain data that can be
// sealed or stored.
type Authn struct {
	RequestID string `json:"id"`
	// Service is the entityID of who asks; DisplayNames are shown to the person.
	Service      string             `json:"sp"`
	DisplayNames metadata.Localized `json:"names"`
	// ACSURL is the address for the answer, taken from the metadata.
	ACSURL     string          `json:"acs"`
	RelayState string          `json:"relay"`
	Level      spid.Level      `json:"lvl"`
	Comparison spid.Comparison `json:"cmp"`
	ForceAuthn bool            `json:"force"`
	// Attributes are the names of those asked for; none means that the service wants
	// only to know that the person authenticated.
	Attributes []string `json:"attrs"`
	// XML is the request as received, for the register.
	XML []byte `json:"xml"`
}

// Answer is what a provider states about a person.
type Answer struct {
	ResponseID, AssertionID string
	// NameID is the transient name; a new one for every answer.
	NameID string
	// SessionIndex is written at level 1 only.
	SessionIndex string
	// Level is the one really used.
	Level        spid.Level
	AuthnInstant time.Time
	Now          time.Time
	// Attributes by SPID name: those that were asked for and that the person agreed to.
	Attributes map[string]string
}

// Target is the level at which the person must authenticate.
func (a *Authn) Target() spid.Level {
	level, _ := a.Comparison.Target(a.Level) // the request checks saw to it
	return level
}
