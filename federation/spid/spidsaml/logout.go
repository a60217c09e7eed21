package spidsaml

import (
	"crypto"
	"time"

	"atrio/base/fault"
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/metadata"
	"atrio/saml/slo"
	"atrio/saml/xmlsec"
)

// Peer is the other side of a logout: a provider for a service, a service for a provider.
type Peer struct {
	EntityID string
	// Logout are its addresses, one per binding, perhaps with a ResponseLocation.
	Logout []metadata.Endpoint
	// Keys verify what it sends. They come from its metadata and from nowhere else.
	Keys       []crypto.PublicKey
	ValidUntil time.Time
}

// Peer is the provider as the other side of a logout.
func (p Provider) Peer() Peer {
	return Peer{EntityID: p.EntityID, Logout: p.Logout, Keys: p.Keys, ValidUntil: p.ValidUntil}
}

// Peer is the service as the other side of a logout, with the keys that count at a time.
func (s Service) Peer(at time.Time) Peer {
	return Peer{EntityID: s.EntityID, Logout: s.Logout, Keys: s.Keys(at), ValidUntil: s.ValidUntil}
}

func (p Peer) current(now time.Time) bool { return p.ValidUntil.IsZero() || now.Before(p.ValidUntil) }

// Endpoint gives the address for a message and its binding: the wanted one of Redirect
// and POST, otherwise the other; "" when the peer has neither. Answers go to the
// ResponseLocation where there is one (SAML-metadata 2.2.2).
func (p Peer) Endpoint(wanted string, answer bool) (way, location string) {
	for _, way := range []string{wanted, saml.BindingRedirect, saml.BindingPost} {
		for _, e := range p.Logout {
			switch {
			case way == "" || e.Binding != way:
				continue
			case answer && e.ResponseLocation != "":
				return way, e.ResponseLocation
			}
			return way, e.Location
		}
	}
	return "", ""
}

// Leaver is our own side of a logout, whichever role we have (Avviso SPID 3).
type Leaver struct {
	// EntityID names us, SLOURL is our address for both bindings.
	EntityID, SLOURL string
	Signer           xmlsec.Signer
	// Skew and Life bound the age of a message; zero means DefaultSkew and
	// DefaultRequestLife.
	Skew, Life time.Duration
	// provider tells which role we have: the name of a person carries the provider's.
	provider bool
}

// Leaver is the service as a side of a logout.
func (sp *SP) Leaver() Leaver {
	return Leaver{EntityID: sp.EntityID, SLOURL: sp.SLOURL, Signer: sp.Signer, Skew: sp.Skew}
}

// Leaver is the provider as a side of a logout.
func (idp *IdP) Leaver() Leaver {
	return Leaver{EntityID: idp.EntityID, SLOURL: idp.SLOURL, Signer: idp.Signer, Skew: idp.Skew, Life: idp.RequestLife, provider: true}
}

// PendingLogout is what the asking side must remember until the answer: small, plain,
// and safe to seal into the browser that takes the request along.
type PendingLogout struct {
	RequestID string    `json:"id"`
	IssuedAt  time.Time `json:"at"`
	// Peer is the entityID of whom was asked.
	Peer string `json:"to"`
}

// Ask makes a request that ends a session of level 1 at the other side. id comes from
// saml.NewID; wanted is a binding or "". A peer that cannot be reached gives a fault: the
// own session is over by then, and the person is told that this one may not be.
func (l Leaver) Ask(id string, now time.Time, p Peer, nameID, sessionIndex, wanted string) (slo.Delivery, PendingLogout, error) {
	way, location := p.Endpoint(wanted, false)
	switch {
	case location == "":
		return slo.Delivery{}, PendingLogout{}, fault.New(fault.Unavailable, "error.spid.logout_unreachable").For("logout_no_address")
	case !p.current(now):
		return slo.Delivery{}, PendingLogout{}, fault.New(fault.Unavailable, "error.spid.logout_unreachable").For("logout_metadata_expired")
	case nameID == "" || sessionIndex == "":
		return slo.Delivery{}, PendingLogout{}, fault.New(fault.Internal, "error.internal").For("logout_no_session")
	}
	now = now.UTC().Truncate(time.Millisecond) // as precise as the text of the request
	provider := p.EntityID
	if l.provider {
		provider = l.EntityID
	}
	message := saml.LogoutRequest{
		ID: id, Version: saml.Version, IssueInstant: saml.At(now), Destination: location, Issuer: l.issuer(),
		// Avviso SPID 3: the qualifier is the provider's; there is no SPNameQualifier.
		NameID:         &saml.NameID{Format: saml.FormatTransient, NameQualifier: provider, Value: nameID},
		SessionIndexes: []string{sessionIndex},
	}
	text, err := message.XML()
	if err != nil {
		return slo.Delivery{}, PendingLogout{}, err
	}
	d := slo.Delivery{ID: id, XML: text, Parameter: binding.Request, Binding: way, Location: location, Signer: l.Signer}
	return d, PendingLogout{RequestID: id, IssuedAt: now, Peer: p.EntityID}, nil
}

// Answer makes the answer to a request: everything ended, or only what is ours (Avviso
// SPID 3: Requester with PartialLogout). wanted is the binding of the request.
func (l Leaver) Answer(id string, now time.Time, p Peer, inResponseTo, wanted string, partial bool) (slo.Delivery, error) {
	way, location := p.Endpoint(wanted, true)
	if location == "" {
		return slo.Delivery{}, fault.New(fault.Unprocessable, "error.spid.logout_unanswerable").For("logout_no_address")
	}
	status := &saml.Status{Code: saml.StatusSuccess}
	if partial {
		status = &saml.Status{Code: saml.StatusRequester, SubCode: saml.StatusPartialLogout}
	}
	message := saml.LogoutResponse{
		ID: id, Version: saml.Version, IssueInstant: saml.At(now), InResponseTo: inResponseTo, Destination: location,
		Issuer: l.issuer(), Status: status,
	}
	text, err := message.XML()
	return slo.Delivery{ID: id, XML: text, Parameter: binding.Response, Binding: way, Location: location, Signer: l.Signer}, err
}

// issuer carries both attributes, which Avviso SPID 3 wants of either side.
func (l Leaver) issuer() *saml.NameID {
	return &saml.NameID{Format: saml.FormatEntity, NameQualifier: l.EntityID, Value: l.EntityID}
}

func (l Leaver) skew() time.Duration {
	if l.Skew == 0 {
		return DefaultSkew
	}
	return l.Skew
}

func (l Leaver) life() time.Duration {
	if l.Life == 0 {
		return DefaultRequestLife
	}
	return l.Life
}
