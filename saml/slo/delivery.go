package slo

import (
	"atrio/saml"
	"atrio/saml/binding"
	"atrio/saml/xmlsec"
)

// Delivery is a message of logout on its way, unsigned: the signature depends on the
// binding.
type Delivery struct {
	// ID of the message, and its XML.
	ID  string
	XML []byte
	// Parameter is binding.Request or binding.Response.
	Parameter string
	// Binding is saml.BindingRedirect or saml.BindingPost; Location is where it goes.
	Binding, Location string
	Signer            xmlsec.Signer
}

// RedirectURL is the signed address to send the browser to, for saml.BindingRedirect.
func (d Delivery) RedirectURL(relayState string) (string, error) {
	if d.Binding != saml.BindingRedirect {
		return "", &Error{"binding_other"}
	}
	return binding.RedirectURL(d.Location, d.Parameter, d.XML, relayState, d.Signer)
}

// Field is the value of the form field named Parameter, signed, for saml.BindingPost;
// RelayState goes beside it and the form leads to Location.
func (d Delivery) Field() (string, error) {
	if d.Binding != saml.BindingPost {
		return "", &Error{"binding_other"}
	}
	signed, err := xmlsec.Sign(d.XML, d.ID, saml.NameIssuer, d.Signer)
	if err != nil {
		return "", err
	}
	return binding.EncodePost(signed), nil
}
