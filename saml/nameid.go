package saml

import (
	"atrio/saml/xmlout"
	"atrio/saml/xmlsec"
)

// NameID is a name of a person or of an entity (SAML-core 2.2.2); Issuer has the
// same form (2.2.5).
type NameID struct {
	Format          string
	NameQualifier   string
	SPNameQualifier string
	Value           string
}

// Entity is the Issuer form of an entityID with the Format that SPID wants.
func Entity(entityID string) *NameID { return &NameID{Format: FormatEntity, Value: entityID} }

func (n *NameID) write(w *xmlout.Writer, element string) {
	if n == nil {
		return
	}
	w.Leaf(element, n.Value, "Format", n.Format, "NameQualifier", n.NameQualifier, "SPNameQualifier", n.SPNameQualifier)
}

func readNameID(e *xmlsec.Element) (*NameID, error) {
	if e == nil {
		return nil, nil
	}
	if err := leafOnly(e); err != nil {
		return nil, err
	}
	return &NameID{
		Format:          attribute(e, "Format"),
		NameQualifier:   attribute(e, "NameQualifier"),
		SPNameQualifier: attribute(e, "SPNameQualifier"),
		Value:           trimmed(e),
	}, nil
}

// ReadIssuer reads the Issuer of a message or assertion, nil when it has none. Read from
// what is not yet verified, it may serve to choose the keys and for nothing else.
func ReadIssuer(e *xmlsec.Element) (*NameID, error) { return readNameID(e.Child(NameIssuer)) }
