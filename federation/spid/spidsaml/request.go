package spidsaml

import (
	"slices"
	"strconv"
	"time"

	"atrio/base/fault"
	"atrio/federation/spid"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/xmlsec"
)

// Want is what a service asks of a provider.
type Want struct {
	Level spid.Level
	// Comparison defaults to Minimum.
	Comparison spid.Comparison
	// AttributeIndex is the Index of one of the SP's AttributeSets.
	AttributeIndex int
	// Binding is saml.BindingRedirect or saml.BindingPost; "" takes the first of them
	// for which the provider has an address.
	Binding string
	// ForceAuthn asks for a fresh authentication at level 1 too; CIE wants that always.
	ForceAuthn bool
	// Purpose names the kinds of identity that are taken; empty leaves it out.
	Purpose spid.Purpose
	// EIDAS asks the eIDAS node: the sets reserved for it are for it alone.
	EIDAS bool
}

// Pending is what a service must remember of a request until the answer: small,
// plain, and safe to seal into a cookie of the browser that started.
type Pending struct {
	RequestID string    `json:"id"`
	IssuedAt  time.Time `json:"at"`
	// Provider is the entityID of whom was asked.
	Provider       string          `json:"idp"`
	Level          spid.Level      `json:"lvl"`
	Comparison     spid.Comparison `json:"cmp"`
	AttributeIndex int             `json:"set"`
}

// Request is a request for authentication, ready to be sent by either binding.
type Request struct {
	Pending Pending
	// XML is the request, unsigned; the register keeps it beside the answer.
	XML []byte
	// Deflated is the same compressed, as a redirect carries it.
	Deflated []byte
	// Binding tells by which it must be sent: RedirectURL or Post.
	Binding string

	address string
	signer  xmlsec.Signer
}

// Request makes a request to a provider. id comes from saml.NewID.
func (sp *SP) Request(id string, now time.Time, p Provider, want Want) (Request, error) {
	if want.Comparison == "" {
		want.Comparison = spid.Minimum
	}
	way, address := p.signOn(want.Binding)
	switch _, reachable := want.Comparison.Target(want.Level); {
	case !reachable:
		return Request{}, fault.New(fault.Internal, "error.internal").For("spid_level_unknown")
	case spid.ReservedForEIDAS(want.AttributeIndex) != want.EIDAS:
		// A provider of SPID does not know the sets of eIDAS, nor the node others. // Avviso eIDAS 01-2018
		return Request{}, fault.New(fault.Internal, "error.internal").For("spid_attribute_set_of_another_world")
	case want.AttributeIndex == spid.SetSignature:
		// A signature is no login. // AgID LG-firma
		return Request{}, fault.New(fault.Internal, "error.internal").For("spid_attribute_set_of_another_world")
	case !want.Purpose.Valid():
		return Request{}, fault.New(fault.Internal, "error.internal").For("spid_purpose_unknown")
	case !sp.publishes(want.AttributeIndex):
		return Request{}, fault.New(fault.Internal, "error.internal").For("spid_attribute_set_unknown")
	case address == "":
		return Request{}, fault.New(fault.Internal, "error.spid.provider_failed").For("spid_no_address")
	case !p.Current(now):
		return Request{}, fault.New(fault.Unavailable, "error.spid.provider_failed").For("spid_metadata_expired")
	}
	now = now.UTC().Truncate(time.Millisecond) // as precise as the text of the request
	message := saml.AuthnRequest{
		ID:           id,
		Version:      saml.Version,
		IssueInstant: saml.At(now),
		Destination:  address,
		ForceAuthn:   forceAuthn(want),
		// IsPassive must be absent. SPID-RT 1.2.2.
		AssertionConsumerServiceIndex:  "0",
		AttributeConsumingServiceIndex: strconv.Itoa(want.AttributeIndex),
		Issuer:                         &saml.NameID{Format: saml.FormatEntity, NameQualifier: sp.EntityID, Value: sp.EntityID},
		Extensions:                     purpose(want.Purpose),
		NameIDPolicy:                   &saml.NameIDPolicy{Format: saml.FormatTransient}, // no AllowCreate: Avviso 5
		RequestedAuthnContext: &saml.RequestedAuthnContext{
			Comparison: string(want.Comparison),
			ClassRefs:  []string{want.Level.URI()},
		},
	}
	text, err := message.XML()
	if err != nil {
		return Request{}, err
	}
	return Request{
		Pending: Pending{
			RequestID: id, IssuedAt: now, Provider: p.EntityID,
			Level: want.Level, Comparison: want.Comparison, AttributeIndex: want.AttributeIndex,
		},
		XML:      text,
		Deflated: binding.Deflate(text),
		Binding:  way,
		address:  address,
		signer:   sp.Signer.Current(),
	}, nil
}

// publishes reports whether a set is in our metadata; a provider would answer nr18.
func (sp *SP) publishes(index int) bool {
	return slices.ContainsFunc(sp.AttributeSets, func(set AttributeSet) bool { return set.Index == index })
}

// forceAuthn is required for levels 2 and 3, which never use a session. At level 1 it
// is left out, so that the provider may use the session it has. SPID-RT 1.2.2.
func forceAuthn(want Want) saml.Bool {
	if want.Level >= spid.L2 || want.ForceAuthn {
		return saml.True
	}
	return ""
}

// purpose is the extension for professional use. Avviso SPID 18
func purpose(p spid.Purpose) []saml.Extension {
	if p == "" {
		return nil
	}
	return []saml.Extension{{Prefix: "spid", Space: extensionSpace, Local: "Purpose", Text: string(p)}}
}

// RedirectURL gives the address to send the browser to, signed, when Binding is
// saml.BindingRedirect. relayState must be opaque and not empty. SPID-RT 1.2.2.
func (r Request) RedirectURL(relayState string) (string, error) {
	if r.Binding != saml.BindingRedirect {
		return "", fault.New(fault.Internal, "error.internal").For("spid_wrong_binding")
	}
	return binding.DeflatedRedirectURL(r.address, binding.Request, r.Deflated, relayState, r.signer)
}

// Post gives the form that the browser must post, when Binding is saml.BindingPost: its
// address and the signed request for the field SAMLRequest. RelayState goes beside it.
func (r Request) Post() (action, samlRequest string, err error) {
	if r.Binding != saml.BindingPost {
		return "", "", fault.New(fault.Internal, "error.internal").For("spid_wrong_binding")
	}
	signed, err := xmlsec.Sign(r.XML, r.Pending.RequestID, saml.NameIssuer, r.signer)
	if err != nil {
		return "", "", err
	}
	return r.address, binding.EncodePost(signed), nil
}
