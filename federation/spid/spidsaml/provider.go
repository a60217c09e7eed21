package spidsaml

import (
	"crypto"
	"net/url"
	"time"

	"atrio/base/fault"
	"atrio/saml"
	"atrio/saml/metadata"
)

// Provider is an identity provider as a service sees it.
type Provider struct {
	EntityID string
	// Name is the display name in Italian, the entityID when the metadata has none.
	Name string
	// Websites is the provider's own site by language, where people find its help desk;
	// empty when the metadata name none that a browser can open.
	Websites metadata.Localized
	// SignOn and Logout are its addresses, one per binding.
	SignOn, Logout []metadata.Endpoint
	// Keys verify its answers. They come from its metadata and from nowhere else.
	Keys []crypto.PublicKey
	// ValidUntil is the end of the metadata's life; zero when it has none.
	ValidUntil time.Time
}

// ReadProvider reads the metadata of one provider from a document that the operator
// trusts. Dates of certificates do not matter here; those of the metadata do.
func ReadProvider(document []byte, now time.Time) (Provider, error) {
	e, err := metadata.ReadTrusted(document, now)
	if err != nil {
		return Provider{}, metadataFault(err)
	}
	return ProviderOf(e)
}

// ReadSignedProvider is ReadProvider for a document that must carry a signature
// made with one of the keys.
func ReadSignedProvider(document []byte, keys []crypto.PublicKey, now time.Time) (Provider, error) {
	e, err := metadata.ReadSigned(document, keys, now)
	if err != nil {
		return Provider{}, metadataFault(err)
	}
	return ProviderOf(e)
}

// ProviderOf takes what matters from a description that was read as one to be trusted
// (metadata.ReadSignedAggregate and its like). The fault says in one word what is missing:
// metadata_no_provider, metadata_no_key, metadata_no_endpoint.
func ProviderOf(e *metadata.Entity) (Provider, error) {
	if e.Provider == nil {
		return Provider{}, fault.New(fault.Unprocessable, "error.spid.metadata").For("metadata_no_provider")
	}
	p := Provider{
		EntityID:   e.EntityID,
		Name:       e.EntityID,
		SignOn:     e.Provider.SignOn,
		Logout:     e.Provider.Logout,
		Keys:       metadata.SigningKeys(e.Provider.Certificates, time.Time{}),
		ValidUntil: e.ValidUntil,
	}
	if o := e.Organization; o != nil && o.DisplayNames.In("it") != "" {
		p.Name = o.DisplayNames.In("it")
	}
	if e.Organization != nil {
		p.Websites = websites(e.Organization.URLs)
	}
	if len(p.Keys) == 0 {
		// Fail closed: without a key nothing it says can be believed.
		return Provider{}, fault.New(fault.Unprocessable, "error.spid.metadata").For("metadata_no_key")
	}
	if _, address := p.signOn(""); address == "" {
		return Provider{}, fault.New(fault.Unprocessable, "error.spid.metadata").For("metadata_no_endpoint")
	}
	return p, nil
}

// websites leaves out what is no address of a web site: it comes from outside and stands
// on our pages as a link.
func websites(all metadata.Localized) metadata.Localized {
	var out metadata.Localized
	for _, w := range all {
		u, err := url.Parse(w.Text)
		if err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil {
			out = append(out, w)
		}
	}
	return out
}

// Current reports whether the metadata still counts. Past its end nothing is sent to the
// provider nor believed from it (SAML-metadata 2.3.2).
func (p Provider) Current(now time.Time) bool {
	return p.ValidUntil.IsZero() || now.Before(p.ValidUntil)
}

// signOn gives the address for a binding, or for the first of Redirect and POST for which
// there is one.
func (p Provider) signOn(wanted string) (way, address string) {
	for _, way := range []string{saml.BindingRedirect, saml.BindingPost} {
		if wanted != "" && wanted != way {
			continue
		}
		for _, e := range p.SignOn {
			if e.Binding == way {
				return way, e.Location
			}
		}
	}
	return wanted, ""
}

func metadataFault(cause error) error {
	return fault.New(fault.Unprocessable, "error.spid.metadata").For("metadata_unreadable").Because(cause)
}
