package spidcases

import (
	"fmt"
	"strings"

	"atrio/saml/forge"
)

// xslt asks the verifier to run a program before it hashes.
const xslt = `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"></xsl:stylesheet></ds:Transform>`

// keyCases play with keys and with elements that others have signed.
func keyCases() []Case {
	made := func(id, tool, it, en, check string, make func(*making) ([]byte, error)) Case {
		return Case{ID: id, Tools: tool, Title: Text{it, en}, expect: refusal(check), make: make}
	}
	return []Case{
		made("4", Both, "Firma con una chiave sconosciuta", "Signed with an unknown key", "response-signature", (*making).unknownKey),
		made("5", SPTest, "Firma con una chiave sconosciuta, che porta il proprio certificato", "Signed with an unknown key that brings its own certificate", "response-signature", (*making).ownCertificate),
		made("100", Both, "Assertion firmata con la chiave di un altro", "Assertion signed with the key of another", "assertion-signature", (*making).anothersAssertion),
		made("112", SAMLCheck, "Un elemento firmato da altri davanti all’Issuer, Assertion non firmata", "An element signed by others before the Issuer, Assertion not signed", "one-assertion", (*making).foreignElement),
		made("113", SAMLCheck, "Un elemento firmato da altri davanti all’Issuer, firma dell’Assertion guasta", "An element signed by others before the Issuer, signature of the Assertion broken", "one-assertion", (*making).foreignAndBroken),
		made("xslt", SPTest, "Una trasformazione XSLT nella firma", "An XSLT transform in the signature", "assertion-signature", (*making).transformed),
	}
}

func (m *making) unknownKey() ([]byte, error) {
	document, err := m.edited()
	if err != nil {
		return nil, err
	}
	unnamed := m.provider.Stranger
	unnamed.Certificate = nil
	return forge.Sign(document, unnamed, true, true)
}

func (m *making) ownCertificate() ([]byte, error) {
	document, err := m.edited()
	if err != nil {
		return nil, err
	}
	return forge.Sign(document, m.provider.Stranger, true, true)
}

func (m *making) anothersAssertion() ([]byte, error) {
	document, err := m.edited()
	if err != nil {
		return nil, err
	}
	if document, err = forge.Sign(document, m.provider.Stranger, true, false); err != nil {
		return nil, err
	}
	return forge.Sign(document, m.provider.Signer, false, true)
}

func (m *making) transformed() ([]byte, error) {
	document, err := m.edited()
	if err != nil {
		return nil, err
	}
	if document, err = m.signed(document, assertion); err != nil {
		return nil, err
	}
	return forge.Apply(document, forge.Insert(asrt+"/Signature/SignedInfo/Reference/Transforms/Transform", xslt))
}

// foreignElement puts a description that a stranger signed into the Assertion: a verifier
// that takes any good signature for that of the Assertion is deceived.
func (m *making) foreignElement() ([]byte, error) {
	document, err := m.edited()
	if err != nil {
		return nil, err
	}
	return m.beforeIssuer(document)
}

func (m *making) foreignAndBroken() ([]byte, error) {
	document, err := m.edited()
	if err != nil {
		return nil, err
	}
	if document, err = m.signed(document, assertion); err != nil {
		return nil, err
	}
	name := m.provider.Person["name"]
	if document, err = forge.Apply(document, forge.Replace(">"+name+"<", ">"+forgedName+"<")); err != nil {
		return nil, err
	}
	return m.beforeIssuer(document)
}

func (m *making) beforeIssuer(document []byte) ([]byte, error) {
	other := m.provider.IdP
	other.EntityID, other.Signer = foreign, m.provider.Stranger
	description, err := other.Metadata("_foreign", m.now)
	if err != nil {
		return nil, err
	}
	return forge.Apply(document, forge.Insert(asrt+"/Issuer", string(description)))
}

// wrapCases are the eight attacks by wrapping, in namespaces that are whole: the
// signature verifies, and covers something else than what stands in place.
func wrapCases() []Case {
	var all []Case
	for n := 1; n <= 8; n++ {
		id := fmt.Sprintf("xsw%d", n)
		check := "one-assertion"
		switch n {
		case 1: // the Response hides in an Object of its own signature
			check = "response-signature"
		case 2, 7: // it stands where the strict reader knows no such child
			check = "response-xml"
		}
		all = append(all, Case{
			ID: id, Tools: SPTest, expect: refusal(check), make: wrapping(id),
			Title: Text{fmt.Sprintf("Firma avvolta attorno ad altro, attacco %d", n), fmt.Sprintf("Signature wrapping, attack %d", n)},
		})
	}
	return all
}

func wrapping(id string) func(m *making) ([]byte, error) {
	return func(m *making) ([]byte, error) {
		document, err := m.edited()
		if err != nil {
			return nil, err
		}
		sign := assertion
		if id == "xsw1" || id == "xsw2" {
			sign = both
		}
		if document, err = m.signed(document, sign); err != nil {
			return nil, err
		}
		person := m.provider.Person
		all, err := forge.Wrap(document, strings.NewReplacer(person["fiscalNumber"], forgedNumber, ">"+person["name"]+"<", ">"+forgedName+"<").Replace)
		if err != nil {
			return nil, err
		}
		for _, w := range all {
			if strings.HasPrefix(w.Name, id+" ") && (sign == assertion || strings.Contains(w.Name, "envelope")) {
				return w.XML, nil
			}
		}
		return nil, fmt.Errorf("spidcases: no wrapping attack %s", id)
	}
}
