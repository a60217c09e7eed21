package metadata

import (
	"crypto"
	"strings"
	"time"

	"atrio/saml"
	"atrio/saml/xmlsec"
)

// ReadSigned reads the description of one entity from a document whose signature
// verifies with one of the keys, and only from the bytes that were verified.
func ReadSigned(document []byte, keys []crypto.PublicKey, now time.Time) (*Entity, error) {
	root, err := xmlsec.Parse(document, xmlsec.Metadata)
	if err != nil {
		return nil, err
	}
	signed, err := xmlsec.Verify(root, keys)
	if err != nil {
		return nil, err
	}
	return read(signed.Root(), now)
}

// ReadTrusted reads the description of one entity from a document that the operator
// put in place: the file is the anchor of trust, a signature in it is not looked at.
func ReadTrusted(document []byte, now time.Time) (*Entity, error) {
	root, err := xmlsec.Parse(document, xmlsec.Metadata)
	if err != nil {
		return nil, err
	}
	return read(root, now)
}

// read takes the parts that matter here; what it does not know (other roles,
// extensions) it leaves alone, as SAML-metadata 2.1 asks.
func read(root *xmlsec.Element, now time.Time) (*Entity, error) {
	if root.Name != name("EntityDescriptor") {
		return nil, fail("metadata_root", "an EntityDescriptor is expected, found %s", root.Name.Local)
	}
	e := &Entity{ID: attribute(root, "ID"), EntityID: strings.TrimSpace(attribute(root, "entityID"))}
	if e.EntityID == "" || len(e.EntityID) > maxEntityID { // SAML-metadata 2.2.1
		return nil, fail("metadata_entity_id", "entityID is absent or longer than %d characters", maxEntityID)
	}
	if err := e.readLife(root, now); err != nil {
		return nil, err
	}
	var err error
	if e.Service, err = readRole(root, "SPSSODescriptor", now, readService); err != nil {
		return nil, err
	}
	if e.Provider, err = readRole(root, "IDPSSODescriptor", now, readProvider); err != nil {
		return nil, err
	}
	if o := root.Child(name("Organization")); o != nil {
		e.Organization = &Organization{
			Names:        localized(o, "OrganizationName"),
			DisplayNames: localized(o, "OrganizationDisplayName"),
			URLs:         localized(o, "OrganizationURL"),
		}
	}
	for _, c := range root.Named(name("ContactPerson")) {
		e.Contacts = append(e.Contacts, readContact(c))
	}
	return e, nil
}

func (e *Entity) readLife(root *xmlsec.Element, now time.Time) error {
	until, err := expiry(root)
	if err != nil {
		return err
	}
	if !until.IsZero() && !now.Before(until) { // SAML-metadata 2.3.2
		return fail("metadata_expired", "%s: valid until %s", e.EntityID, until.Format(time.RFC3339))
	}
	e.ValidUntil = until
	text, present := root.Attr("cacheDuration")
	e.CacheDuration, err = cacheDuration(present, text)
	return err
}

// maxEntityID bounds the name of an entity (SAML-metadata 2.2.1).
const maxEntityID = 1024

func expiry(e *xmlsec.Element) (time.Time, error) {
	text, present := e.Attr("validUntil")
	if !present {
		return time.Time{}, nil
	}
	until, err := instant(text)
	if err != nil {
		return until, fail("metadata_valid_until", "validUntil is not an instant")
	}
	return until, nil
}

func instant(text string) (time.Time, error) { return saml.Instant(text).Time() }

// readRole reads the one descriptor of a role that speaks SAML 2.0. A role past its
// own validUntil counts as absent.
func readRole[T any](root *xmlsec.Element, local string, now time.Time, readOne func(*xmlsec.Element) (*T, error)) (*T, error) {
	var found *T
	for _, e := range root.Named(name(local)) {
		if !supports(e) {
			continue
		}
		until, err := expiry(e)
		if err != nil {
			return nil, err
		}
		if !until.IsZero() && !now.Before(until) {
			continue
		}
		if found != nil {
			return nil, fail("metadata_roles", "%s stands there twice", local)
		}
		if found, err = readOne(e); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func supports(e *xmlsec.Element) bool {
	for p := range strings.FieldsSeq(attribute(e, "protocolSupportEnumeration")) {
		if p == saml.NamespaceProtocol {
			return true
		}
	}
	return false
}
