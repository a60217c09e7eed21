package spidcases

import (
	"crypto/rand"
	"time"

	"atrio/federation/spid"
	"atrio/federation/spid/spidsaml"
	"atrio/saml"
	"atrio/saml/forge"
	"atrio/saml/metadata"
	"atrio/saml/xmlsec"
)

// Provider is a provider that sends what a case wants. It exists for tests: whoever
// trusts it lets in whomever it names.
type Provider struct {
	spidsaml.IdP
	// Stranger is a key that no metadata names.
	Stranger xmlsec.Signer
	// Person are the attributes that it states.
	Person map[string]string
}

// EntityID of the provider for the acceptance.
const EntityID = spid.AcceptanceProvider

// NewProvider makes the provider for the acceptance from its key and from one that
// nobody trusts.
func NewProvider(signer, stranger xmlsec.Signer) *Provider {
	p := &Provider{Stranger: stranger, Person: Person()}
	p.IdP = spidsaml.IdP{
		EntityID: EntityID, SSOURL: EntityID + "/sso", SLOURL: EntityID + "/slo", Signer: signer,
		Organization: metadata.Organization{
			Names:        localized("Collaudo di Atrio, non per le persone", "Acceptance test of Atrio, not for people"),
			DisplayNames: localized("Collaudo di Atrio", "Acceptance test of Atrio"),
			URLs:         localized(EntityID, EntityID),
		},
	}
	for _, a := range spid.Attributes() {
		p.Attributes = append(p.Attributes, a.Name)
	}
	return p
}

func localized(it, en string) metadata.Localized {
	return metadata.Localized{{Lang: "it", Text: it}, {Lang: "en", Text: en}}
}

// Person is who the provider says is there: invented, with a right check character.
func Person() map[string]string {
	return map[string]string{
		"spidCode": "ATRI0000000001", "name": "Prova", "familyName": "Collaudo", "fiscalNumber": "TINIT-CLLPRV80A41H501E",
		"dateOfBirth": "1980-01-01", "placeOfBirth": "H501", "countyOfBirth": "RM", "gender": "F",
		"email": "prova.collaudo@example.org", "mobilePhone": "+393330000000",
	}
}

// forged is whom the attacker wants to be read instead.
const (
	forgedNumber = "TINIT-RSSMRA80A01H501U"
	forgedName   = "Forgiata"
)

// making is one document on its way.
type making struct {
	provider *Provider
	asked    *spidsaml.Authn
	now      time.Time
}

// edited is a genuine answer, changed and not signed yet. It has a SessionIndex, which
// at levels 2 and 3 our own provider leaves out: case 1-NS takes it away again.
func (m *making) edited(edits ...forge.Edit) ([]byte, error) {
	level := m.asked.Target()
	answer := spidsaml.Answer{
		ResponseID: saml.NewID(), AssertionID: saml.NewID(), NameID: "_" + rand.Text(), SessionIndex: "_" + rand.Text(),
		Level: level, AuthnInstant: m.now, Now: m.now, Attributes: m.provider.Person,
	}
	r := m.provider.Unsigned(m.asked, answer)
	r.Assertion.AuthnStatements[0].SessionIndex = answer.SessionIndex
	document, err := r.XML()
	if err != nil {
		return nil, err
	}
	return forge.Apply(document, edits...)
}

// signed signs what a case wants signed, with the provider's key.
func (m *making) signed(document []byte, s signing) ([]byte, error) {
	if s == unissued {
		e, err := forge.Find(document, asrt)
		if err != nil {
			return nil, err
		}
		id, _ := e.Attr("ID")
		if document, err = xmlsec.Sign(document, id, xmlsec.Name{}, m.provider.Signer); err != nil {
			return nil, err
		}
		return forge.Sign(document, m.provider.Signer, false, true)
	}
	return forge.Sign(document, m.provider.Signer, s == both || s == assertion, s == both || s == response)
}
